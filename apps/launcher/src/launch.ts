import { destination } from 'pino';
import { loadConfig, redisConfig } from '#config';
import { type Logger, createLogger, exitOnSignals } from '#observability';
import { assertPortIsFree } from './cannot-start.js';
import { DataDirectory } from './data-directory.js';
import { openDemoAccount } from './demo-account.js';
import { type DemoFile, type Greeting, greeting } from './demo-file.js';
import { openStores } from './open-stores.js';
import type { LauncherConfig } from './options.js';
import { prepareDatabase } from './prepare-database.js';
import type { RunningServices, ServiceEntry } from './running-services.js';
import { endServicesLeftOver, startApart } from './services-apart.js';
import { startTogether } from './services-together.js';
import { playTapes, type SimVenue, startSimVenue } from './sim-venue-process.js';
import { supervise } from './supervise.js';
import { Undo } from './undo.js';
import { untilPricesAreHeard } from './until-priced.js';

const READY_LIMIT_MS = 30_000;
/** A tape may have no price to begin with: then it goes on without. */
const PRICES_LIMIT_MS = 10_000;

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
  await assertPortIsFree(config.PORT, '--port');
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
    print(greeting(demo, (performance.now() - startedAt) / 1_000, logFile));
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
): Promise<Greeting> {
  const secrets = await data.secrets();
  const key = { apiKey: secrets.venueKey, apiSecret: secrets.venueSecret };
  let demo: DemoFile | undefined;
  let written: Promise<void> = Promise.resolve();
  // One after the other: several processes may come back at the same time.
  const rewriteDemo = (): Promise<void> => {
    written = written
      .then(async () => {
        if (demo === undefined) return;
        demo = describe(services.entries(), pids(), venue.current(), secrets.demoToken);
        await data.writePrivately('demo.json', demo);
      })
      .catch((error: unknown) => logger.error({ err: error }, 'demo.json not written'));
    return written;
  };
  await endServicesLeftOver(data);
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
  // The tapes of a first start wait until orders can be placed; those of an exchange that was killed begin at once.
  let tapeStart = env['SIM_TAPE_START'] ?? 'when_asked';
  const startVenue = supervise(
    'sim-venue',
    () => startSimVenue(data.file('sim-venue'), { ...env, SIM_TAPE_START: tapeStart }),
    logger,
    rewriteDemo,
  );
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
    SIM_USDM_URL: venue.current().usdmUrl,
    CREDENTIALS_MASTER_KEY: secrets.masterKey,
    SIGNAL_SECRETS_KEY: secrets.signalSecretsKey,
    // The data directory is held by one launcher at a time, so the next one may take the accounts back at once.
    GATEWAY_INSTANCE_ID: 'launcher',
  };
  const environmentOf = (service: string): NodeJS.ProcessEnv => ({
    ...common,
    DATABASE_URL: service === 'exchange-gateway' ? urls.gateway : urls.app,
  });
  const services: RunningServices =
    config.LAYOUT === 'apart'
      ? await startApart({ config, environmentOf, data, logger, undo, onRestart: rewriteDemo })
      : await startTogether(config, environmentOf, loggerOf, undo);
  // An order placed at once must not meet a gateway that still compares its books with the venue's.
  await services.untilReady(READY_LIMIT_MS);
  tapeStart = 'at_once';
  if (env['SIM_TAPE_START'] === undefined) await playTapes(venue.current());
  // Nor must it meet an API that has not heard of a price yet.
  const { REDIS_PREFIX: prefix } = loadConfig({ REDIS_PREFIX: redisConfig.REDIS_PREFIX }, env);
  if (!(await untilPricesAreHeard({ url: stores.redisUrl, prefix }, PRICES_LIMIT_MS)))
    logger.warn({ limitMs: PRICES_LIMIT_MS }, 'a market of the simulated exchange has no price yet');
  demo = describe(services.entries(), pids(), venue.current(), secrets.demoToken);
  await data.writePrivately('demo.json', demo);
  logger.info({ pids: demo.pids, apiUrl: demo.apiUrl, layout: config.LAYOUT }, 'ready');
  return { file: demo, stores: stores.descriptions, tapes: venue.current().tapes };
}

function describe(services: readonly ServiceEntry[], pids: DemoFile['pids'], venue: SimVenue, token: string): DemoFile {
  const apis = services.filter((service) => service.apiUrl !== undefined);
  const apiUrl = apis[0]?.apiUrl ?? '';
  return {
    apiUrl,
    apiUrls: apis.flatMap((api) => api.apiUrl ?? []),
    dashboardUrl: `${apiUrl}/`,
    docsUrl: `${apiUrl}/docs`,
    token,
    metricsUrl: `${apis[0]?.opsUrl ?? ''}/metrics`,
    simVenueUrl: venue.spotUrl,
    simControlUrl: venue.controlUrl,
    pids,
    services,
  };
}
