import { createServer } from 'node:net';
import { destination } from 'pino';
import { type Logger, ServiceHost, VERSION, createLogger, exitOnSignals } from '#observability';
import { DataDirectory } from './data-directory.js';
import { openDemoAccount } from './demo-account.js';
import { type DemoFile, greeting } from './demo-file.js';
import { openStores } from './open-stores.js';
import type { LauncherConfig } from './options.js';
import { prepareDatabase } from './prepare-database.js';
import { type ServiceConfig, configureServices } from './service-configs.js';
import { SERVICES } from './services.js';
import { startSimVenue } from './sim-venue-process.js';
import { waitUntil } from './stores/server-process.js';
import { supervise } from './supervise.js';

const READY_LIMIT_MS = 30_000;

/** What is asked for cannot be had, for a reason that fits in one line. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

/** What was started, newest last, to be ended newest first. */
class Undo {
  readonly #steps: { what: string; run: () => Promise<unknown> }[] = [];
  #running: Promise<boolean> | undefined;

  constructor(private readonly logger: Logger) {}

  add(what: string, run: () => Promise<unknown>): void {
    this.#steps.push({ what, run });
  }

  /** Ends everything, whatever fails; says whether all ended in order. */
  run(): Promise<boolean> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<boolean> {
    let inOrder = true;
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        inOrder = (await step.run()) !== false && inOrder;
      } catch (error) {
        inOrder = false;
        this.logger.error({ err: error }, `${step.what} did not end in order`);
      }
    }
    return inOrder;
  }
}

/**
 * Starts everything, prints what is where, and returns; the process then lives until a signal drains it.
 * @throws CannotStart, ConfigError or DataDirectoryInUse after ending whatever had been started
 */
export async function launch(
  config: LauncherConfig,
  env: NodeJS.ProcessEnv,
  print: (text: string) => void,
): Promise<void> {
  const startedAt = performance.now();
  await assertPortIsFree(config.PORT);
  const data = await DataDirectory.hold(config.TRANCHE_DATA_DIR);
  const logFile = data.file('tranche.log');
  const logOutput = destination({ dest: logFile, sync: true, mode: 0o600 });
  const logger = createLogger('launcher', config.LOG_LEVEL, logOutput);
  const undo = new Undo(logger);
  undo.add('the data directory', () => data.release());
  exitOnSignals(logger, async () => {
    print('\nStopping ...\n');
    return undo.run();
  });
  try {
    const demo = await start(config, env, {
      data,
      logger,
      undo,
      loggerOf: (name) => createLogger(name, config.LOG_LEVEL, logOutput),
    });
    print(greeting(demo.file, demo.stores, (performance.now() - startedAt) / 1_000, logFile));
  } catch (error) {
    logger.fatal({ err: error }, 'could not start');
    await undo.run();
    throw error;
  }
}

interface Parts {
  readonly data: DataDirectory;
  readonly logger: Logger;
  readonly undo: Undo;
  readonly loggerOf: (service: string) => Logger;
}

async function start(
  config: LauncherConfig,
  env: NodeJS.ProcessEnv,
  { data, logger, undo, loggerOf }: Parts,
): Promise<{ file: DemoFile; stores: string[] }> {
  const secrets = await data.secrets();
  const key = { apiKey: secrets.venueKey, apiSecret: secrets.venueSecret };
  let demo: DemoFile | undefined;
  const rewriteDemo = async (): Promise<void> => {
    if (demo === undefined) return;
    demo = { ...demo, pids: pids() };
    await data.writePrivately('demo.json', demo);
  };
  const startStores = openStores(
    {
      databaseUrl: config.DATABASE_URL,
      redisUrl: config.REDIS_URL,
      postgresDirectory: data.file('postgres'),
      redisDirectory: data.file('redis'),
    },
    logger,
    rewriteDemo,
  );
  const startVenue = supervise('sim-venue', () => startSimVenue(data.file('sim-venue'), env), logger, rewriteDemo);
  // Both are waited for before either's failure is reported, so that what did start is ended.
  const [storesResult, venueResult] = await Promise.allSettled([startStores, startVenue]);
  if (storesResult.status === 'fulfilled') undo.add('the stores', () => storesResult.value.stop());
  if (venueResult.status === 'fulfilled') undo.add('the simulated exchange', () => venueResult.value.stop());
  if (storesResult.status === 'rejected') throw storesResult.reason;
  if (venueResult.status === 'rejected') throw venueResult.reason;
  const stores = storesResult.value;
  const venue = venueResult.value;
  const pids = (): DemoFile['pids'] => ({
    launcher: process.pid,
    simVenue: venue.current().pid,
    postgres: stores.postgres()?.pid ?? null,
    redis: stores.redis()?.pid ?? null,
  });

  const [urls] = await Promise.all([
    prepareDatabase(stores.ownerUrl, secrets),
    openDemoAccount(venue.current().controlUrl, key),
  ]);
  const common = {
    ...env,
    REDIS_URL: stores.redisUrl,
    REDIS_ALLOW_UNSAFE: env['REDIS_ALLOW_UNSAFE'] ?? String(stores.isRedisVolatile),
    SIM_VENUE_URL: venue.current().spotUrl,
    CREDENTIALS_MASTER_KEY: secrets.masterKey,
    // The data directory is held by one launcher at a time, so the next one may take the accounts back at once.
    GATEWAY_INSTANCE_ID: 'launcher',
  };
  const configs = configureServices(SERVICES, (service) => ({
    ...common,
    DATABASE_URL: service === 'exchange-gateway' ? urls.gateway : urls.app,
  }));
  const { host, apiUrl } = await startServices(config, configs, loggerOf, undo);
  demo = {
    apiUrl,
    dashboardUrl: `${apiUrl}/`,
    docsUrl: `${apiUrl}/docs`,
    token: secrets.demoToken,
    metricsUrl: `${host.opsUrl}/metrics`,
    simVenueUrl: venue.current().spotUrl,
    simControlUrl: venue.current().controlUrl,
    pids: pids(),
  };
  await data.writePrivately('demo.json', demo);
  logger.info({ pids: demo.pids, apiUrl }, 'ready');
  return { file: demo, stores: stores.descriptions };
}

async function startServices(
  config: LauncherConfig,
  configs: ReadonlyMap<string, ServiceConfig>,
  loggerOf: (service: string) => Logger,
  undo: Undo,
): Promise<{ host: ServiceHost; apiUrl: string }> {
  const host = await ServiceHost.open({
    opsHost: config.OPS_HOST,
    opsPort: config.OPS_PORT,
    version: VERSION,
    loggerOf,
  }).catch((error: unknown) => {
    throw taken(error, config.OPS_PORT, '--ops-port');
  });
  undo.add('the services', () => host.drain());
  host.expect(SERVICES.map(({ name }) => name));
  let apiUrl = '';
  for (const service of SERVICES) {
    const running = await host.start(service, configs.get(service.name) ?? {}).catch((error: unknown) => {
      throw taken(error, config.PORT, '--port');
    });
    const api = running.urls?.['api'];
    if (api !== undefined) apiUrl = new URL(api).origin;
  }
  // An order placed at once must not meet a gateway that still compares its books with the venue's.
  await waitUntil(async () => (await host.health.ready()).status === 'ok', READY_LIMIT_MS);
  return { host, apiUrl };
}

function taken(error: unknown, port: number, flag: string): Error {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error as Error;
  return new CannotStart(`port ${port} is taken: stop what listens there, or choose another with ${flag}`);
}

/** Asked before anything is started; the API itself says the same if someone is faster. */
async function assertPortIsFree(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      reject(taken(error, port, '--port'));
    });
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve();
      });
    });
  });
}
