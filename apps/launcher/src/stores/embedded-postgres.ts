import { execFile } from 'node:child_process';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { postgresPrograms } from './postgres-programs.js';
import { rememberedPassword, rememberedPort } from './remembered.js';
import { type ServerAccount, ownDirectory } from './server-account.js';
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

const run = promisify(execFile);
const OWNER = 'tranche_owner';
const DATABASE = 'tranche';
/** Where the embedded server is, for whoever has a password to it. */
export const EMBEDDED_DATABASE = (port: string): string => `postgres://127.0.0.1:${port}/${DATABASE}`;
const START_LIMIT_MS = 30_000;
const PORT_ATTEMPTS = 5;

export interface EmbeddedPostgresOptions {
  /** Holds the cluster, its password and its log; made when missing. */
  readonly directory: string;
  /** False only where the data may be lost with the machine: tests. */
  readonly durable: boolean;
}

interface Cluster {
  readonly path: string;
  readonly data: string;
  readonly logFile: string;
  readonly account: ServerAccount | undefined;
  readonly password: string;
  readonly durable: boolean;
}

/**
 * A PostgreSQL server of our own on the loopback interface. Its cluster is made once; a server that a killed run left
 * behind on the same directory is ended in order first.
 * @returns a server whose URL is that of the cluster's owner and the database `tranche`
 * @throws Error with the end of the server's log when it does not come up
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedServer> {
  const programs = await postgresPrograms();
  const { path, account } = await ownDirectory(options.directory);
  const cluster: Cluster = {
    path,
    data: join(path, 'cluster'),
    logFile: join(path, 'server.log'),
    account,
    password: await rememberedPassword(join(path, 'password'), account),
    durable: options.durable,
  };
  await createClusterOnce(programs.initdb, cluster);
  await endLeftOver(cluster.data);
  for (let attempt = 1; ; attempt += 1) {
    const port = await rememberedPort(join(path, 'port'));
    try {
      return await startServer(programs.postgres, cluster, port);
    } catch (error) {
      // The port was free a moment ago: someone else was faster.
      if (attempt === PORT_ATTEMPTS || !String(error).includes('could not bind')) throw error;
    }
  }
}

async function createClusterOnce(initdb: string, cluster: Cluster): Promise<void> {
  const isThere = await stat(join(cluster.data, 'PG_VERSION')).catch(() => undefined);
  if (isThere !== undefined) return;
  const draft = `${cluster.data}.new`;
  await rm(draft, { recursive: true, force: true });
  const args = ['-D', draft, '-U', OWNER, '--auth=scram-sha-256', `--pwfile=${join(cluster.path, 'password')}`];
  await run(initdb, [...args, '-E', 'UTF8', '--locale=C', ...(cluster.durable ? [] : ['--no-sync'])], {
    cwd: cluster.path,
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
    ...cluster.account,
  }).catch((error: unknown) => {
    const { stderr } = error as { stderr?: string };
    throw new Error(`The database cluster could not be created: ${stderr?.trim() ?? String(error)}`, { cause: error });
  });
  await rename(draft, cluster.data);
}

/** A launcher that was killed leaves its server running; two on one cluster must never be. */
async function endLeftOver(data: string): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return;
  if (!(await commandLineOf(pid)).includes(data)) {
    await rm(pidFile, { force: true }); // the number belongs to an unrelated process now
    return;
  }
  await endProcess(
    pid,
    [
      { signal: 'SIGINT', waitMs: 10_000 },
      { signal: 'SIGQUIT', waitMs: 10_000 },
    ],
    async () => (await commandLineOf(pid)) === '',
  );
}

function settingsOf(cluster: Cluster, port: number): string[] {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '64MB',
    jit: 'off',
    log_min_messages: 'warning',
    log_line_prefix: '%m [%p] ',
    ...(cluster.durable ? {} : { fsync: 'off', full_page_writes: 'off', wal_level: 'minimal', max_wal_senders: 0 }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function startServer(postgres: string, cluster: Cluster, port: number): Promise<EmbeddedServer> {
  const child = spawnServer({
    program: postgres,
    args: ['-D', cluster.data, ...settingsOf(cluster, port)],
    directory: cluster.path,
    logFile: cluster.logFile,
    account: cluster.account,
  });
  const { ended, hasEnded } = watchEnd(child);
  const urlOf = (database: string): string => `postgres://${OWNER}:${cluster.password}@127.0.0.1:${port}/${database}`;
  let version: string | undefined;
  await waitUntil(async () => {
    version = hasEnded() ? undefined : await askVersion(urlOf('postgres'));
    return hasEnded() || version !== undefined;
  }, START_LIMIT_MS);
  if (version === undefined || child.pid === undefined) {
    if (!hasEnded()) child.kill('SIGQUIT');
    throw new Error(`The embedded PostgreSQL did not start: ${await tailOf(cluster.logFile)}`);
  }
  const { pid } = child;
  await ensureDatabase(urlOf('postgres'));
  return {
    url: urlOf(DATABASE),
    pid,
    description: `PostgreSQL ${version} (embedded)`,
    isVolatile: !cluster.durable,
    ended,
    stop: () =>
      endProcess(
        pid,
        cluster.durable
          ? [
              { signal: 'SIGINT', waitMs: 10_000 },
              { signal: 'SIGQUIT', waitMs: 5_000 },
            ]
          : [{ signal: 'SIGQUIT', waitMs: 10_000 }],
        hasEnded,
      ),
  };
}

async function askVersion(url: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
