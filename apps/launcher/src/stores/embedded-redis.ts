import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type RedisProgram, findRedis } from './redis-programs.js';
import { rememberedPassword, rememberedPort } from './remembered.js';
import { type ServerAccount, giveTo, ownDirectory } from './server-account.js';
import {
  type EmbeddedServer,
  commandLineOf,
  endProcess,
  isAlive,
  spawnServer,
  tailOf,
  watchEnd,
  waitUntil,
} from './server-process.js';
import { startJsRedis } from './js-redis.js';

const START_LIMIT_MS = 30_000;
const PORT_ATTEMPTS = 5;
const STOP_STEPS = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

export interface EmbeddedRedisOptions {
  /** Holds the append-only log, the configuration with its password, and the server's log; made when missing. */
  readonly directory: string;
  /** Whether the pure JavaScript server may stand in where no real one can be had: demo mode only, it keeps nothing. */
  readonly allowFallback: boolean;
}

/**
 * A Redis of our own on the loopback interface: one in PATH, one unpacked from the distribution's packages, or the
 * JavaScript stand-in (its `description` says so).
 * @throws Error when there is none, or with the end of the server's log when it does not come up
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedServer> {
  const program = await findRedis();
  if (program === undefined) {
    if (options.allowFallback) return startJsRedis();
    throw new Error('No Redis: set REDIS_URL, or install redis-server or valkey-server');
  }
  const { path, account } = await ownDirectory(options.directory);
  await endLeftOver(path);
  const password = await rememberedPassword(join(path, 'password'), account);
  for (let attempt = 1; ; attempt += 1) {
    const port = await rememberedPort(join(path, 'port'));
    try {
      return await startServer({ program, path, account, password, port });
    } catch (error) {
      if (attempt === PORT_ATTEMPTS || !String(error).includes('Address already in use')) throw error;
    }
  }
}

async function endLeftOver(path: string): Promise<void> {
  const pid = Number((await readFile(join(path, 'server.pid'), 'utf8').catch(() => '')).trim());
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return;
  const port = (await readFile(join(path, 'port'), 'utf8').catch(() => '')).trim();
  // The server shows its program and address, not its directory.
  if (!new RegExp(`(redis|valkey)-server 127\\.0\\.0\\.1:${port}$`).test(await commandLineOf(pid))) return;
  await endProcess(pid, STOP_STEPS, async () => (await commandLineOf(pid)) === '');
}

interface Start {
  readonly program: RedisProgram;
  readonly path: string;
  readonly account: ServerAccount | undefined;
  readonly password: string;
  readonly port: number;
}

/** In a file and not on the command line, where every user of the machine could read the password. */
async function writeConfiguration({ path, account, password, port }: Start): Promise<string> {
  const lines = [
    'bind 127.0.0.1',
    'protected-mode yes',
    `port ${port}`,
    `requirepass ${password}`,
    `dir "${path}"`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    'hz 500', // delayed jobs are up to 1000/hz ms late
    'daemonize no',
  ];
  const file = join(path, 'redis.conf');
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  giveTo(account, file);
  return file;
}

async function startServer(start: Start): Promise<EmbeddedServer> {
  const { program, path, account, password, port } = start;
  const logFile = join(path, 'server.log');
  const child = spawnServer({
    program: program.command,
    args: [await writeConfiguration(start)],
    directory: path,
    logFile,
    account,
    env: program.env,
  });
  const { ended, hasEnded } = watchEnd(child);
  const url = `redis://:${password}@127.0.0.1:${port}`;
  const answered = await waitUntil(async () => hasEnded() || (await answers(url)), START_LIMIT_MS);
  if (hasEnded() || !answered || child.pid === undefined) {
    if (!hasEnded()) child.kill('SIGKILL');
    throw new Error(`The embedded Redis did not start: ${await tailOf(logFile)}`);
  }
  const { pid } = child;
  await writeFile(join(path, 'server.pid'), `${pid}\n`, { mode: 0o600 });
  return {
    url,
    pid,
    description: `Redis ${program.version} (${program.command.startsWith('/') ? 'unpacked' : 'from PATH'})`,
    isVolatile: false,
    ended,
    stop: () => endProcess(pid, STOP_STEPS, hasEnded),
  };
}

/** Loading a long log takes a while, during which Redis answers LOADING. */
async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    connectTimeout: 2_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
    return true;
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
