import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '#observability';
import type { DataDirectory } from './data-directory.js';
import type { LauncherConfig } from './options.js';
import type { RunningServices, ServiceEntry } from './running-services.js';
import { endLeftOver, type ServiceProcess, startServiceProcess } from './service-process.js';
import { SERVICES } from './services.js';
import { rememberedPort } from './stores/remembered.js';
import { waitUntil } from './stores/server-process.js';
import { type Supervised, supervise } from './supervise.js';
import type { Undo } from './undo.js';

/** For all of them, as in one process. */
const DRAIN_LIMIT_MS = 25_000;
const ASK_LIMIT_MS = 3_000;
const FIRST_START_ATTEMPTS = 3;
/** The one whose first replica gets the ports that were asked for. */
const API = 'api-gateway';

interface Started {
  readonly name: string;
  readonly replica: number;
  readonly process: Supervised<ServiceProcess>;
}

export interface ApartParts {
  readonly config: LauncherConfig;
  readonly environmentOf: (service: string) => NodeJS.ProcessEnv;
  readonly data: DataDirectory;
  readonly logger: Logger;
  readonly undo: Undo;
  /** Told of each process that was started again. */
  readonly onRestart: () => Promise<void>;
}

/** Ends what a killed launcher left of its services; the stores must not change under them. */
export async function endServicesLeftOver(data: DataDirectory): Promise<void> {
  const directory = data.file('services');
  const files = await readdir(directory).catch(() => []);
  await Promise.all(files.filter((file) => file.endsWith('.pid')).map((file) => endLeftOver(join(directory, file))));
}

/**
 * Runs every service as a process of its own, `REPLICAS` of each, all started at once: none may rely on an order. Each is
 * kept up, and logs to a file of its own. They end in the reverse order, replicas side by side.
 * @throws Error with the last words of the first that does not start, after ending the others
 */
export async function startApart(parts: ApartParts): Promise<RunningServices> {
  const { config, data, logger, undo, onRestart } = parts;
  await mkdir(data.file('services'), { recursive: true });
  await mkdir(data.file('logs'), { recursive: true });
  const replicas = Array.from({ length: config.REPLICAS }, (_, index) => index + 1);
  const wanted = SERVICES.flatMap(({ name }) => replicas.map((replica) => ({ name, replica })));
  const started: Started[] = [];
  const stopping = new AbortController();
  const starts = wanted.map(async ({ name, replica }): Promise<void> => {
    const start = starter(parts, name, replica);
    const id = `${name}-${replica}`;
    started.push({ name, replica, process: await superviseFromStart(id, start, logger, onRestart, stopping.signal) });
  });
  // Known before the first is up: asked to end meanwhile, none may lose its stores while it comes up.
  undo.add('the services', async () => {
    stopping.abort();
    await Promise.allSettled(starts);
    await drain(started);
  });
  const results = await Promise.allSettled(starts);
  started.sort((a, b) => wanted.findIndex(isSame(a)) - wanted.findIndex(isSame(b)));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return {
    entries: () => started.map(entryOf),
    untilReady: async (limitMs) => {
      await waitUntil(async () => (await Promise.all(started.map(isReady))).every(Boolean), limitMs);
    },
  };
}

function isSame(one: Pick<Started, 'name' | 'replica'>): (other: typeof one) => boolean {
  return ({ name, replica }) => name === one.name && replica === one.replica;
}

/** On a machine that starts everything at once the stores may answer too late: the first start is tried a few times. */
async function superviseFromStart(
  id: string,
  start: () => Promise<ServiceProcess>,
  logger: Logger,
  onRestart: () => Promise<void>,
  stopping: AbortSignal,
): Promise<Supervised<ServiceProcess>> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await supervise(id, start, logger, onRestart);
    } catch (error) {
      if (attempt === FIRST_START_ATTEMPTS || stopping.aborted) throw error;
      logger.warn({ err: error, process: id }, 'did not start, trying again');
    }
}

/** Starts one replica, each time on the port of the first time. */
function starter(
  { config, environmentOf, data }: ApartParts,
  name: string,
  replica: number,
): () => Promise<ServiceProcess> {
  const id = `${name}-${replica}`;
  const hasAskedPorts = name === API && replica === 1;
  return async () => {
    const env = environmentOf(name);
    return startServiceProcess({
      app: name,
      env: {
        ...env,
        PORT: String(
          hasAskedPorts && config.PORT !== 0 ? config.PORT : await rememberedPort(data.file('services', `${id}.port`)),
        ),
        OPS_PORT: String(hasAskedPorts ? config.OPS_PORT : 0),
        // A name for each: one that comes back takes its accounts at once, and two never share one (ADR 7).
        GATEWAY_INSTANCE_ID: `${env['GATEWAY_INSTANCE_ID'] ?? 'launcher'}-${replica}`,
      },
      logFile: data.file('logs', `${id}.log`),
      pidFile: data.file('services', `${id}.pid`),
    });
  };
}

async function drain(started: readonly Started[]): Promise<void> {
  const deadline = performance.now() + DRAIN_LIMIT_MS;
  const problems: unknown[] = [];
  for (const { name } of [...SERVICES].reverse()) {
    const leftMs = Math.max(1_000, deadline - performance.now());
    const ends = started
      .filter((one) => one.name === name)
      .map(({ process }) => process.stop((running) => running.stopWithin(leftMs)));
    for (const end of await Promise.allSettled(ends)) if (end.status === 'rejected') problems.push(end.reason);
  }
  if (problems.length > 0) throw new AggregateError(problems, 'Services did not end');
}

function entryOf({ name, replica, process }: Started): ServiceEntry {
  const { pid, opsUrl, urls } = process.current();
  const api = urls['api'];
  return { name, replica, pid, opsUrl, ...(api === undefined ? {} : { apiUrl: new URL(api).origin }) };
}

async function isReady({ process }: Started): Promise<boolean> {
  try {
    const url = `${process.current().opsUrl}/health/ready`;
    return (await fetch(url, { signal: AbortSignal.timeout(ASK_LIMIT_MS) })).ok;
  } catch {
    return false;
  }
}
