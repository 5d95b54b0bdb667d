import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '#persistence';
import { startEmbeddedPostgres } from '../../apps/launcher/src/stores/embedded-postgres.js';
import { startEmbeddedRedis } from '../../apps/launcher/src/stores/embedded-redis.js';
import type { EmbeddedServer } from '../../apps/launcher/src/stores/server-process.js';
import { APP_PASSWORD, TEMPLATE, onServer, withDatabase } from './postgres-admin.js';

/**
 * One private Postgres and one private Redis in a fresh temporary directory, with a migrated template database. Prints
 * one line of JSON with their URLs, then lives until its standard input closes, which happens however the process that
 * wanted them ends, be it by kill -9; then both are ended and their files removed.
 */
const directory = await mkdtemp(join(tmpdir(), 'tranche-test-'));
const servers: EmbeddedServer[] = [];

async function start(): Promise<{ postgresUrl: string; redisUrl: string }> {
  await chmod(directory, 0o711); // as root the servers run as another account, which must pass
  const postgres = await startEmbeddedPostgres({ directory: join(directory, 'postgres'), durable: false });
  servers.push(postgres);
  const redis = await startEmbeddedRedis({ directory: join(directory, 'redis'), allowFallback: false });
  servers.push(redis);
  await onServer(postgres.url, (client) => client.query(`CREATE DATABASE ${TEMPLATE}`));
  await migrate({ ownerUrl: withDatabase(postgres.url, TEMPLATE), appPassword: APP_PASSWORD });
  return { postgresUrl: postgres.url, redisUrl: redis.url };
}

const isClosed = new Promise<void>((resolve) => {
  process.stdin.resume().once('close', () => {
    resolve();
  });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdout.on('error', () => undefined); // nobody listens any more: standard input closes as well

const failed = await start().then(
  (urls) => {
    process.stdout.write(`${JSON.stringify(urls)}\n`);
    return false;
  },
  (error: unknown) => {
    process.stderr.write(`Cannot start the test stores: ${String(error)}\n`);
    return true;
  },
);
if (!failed) await isClosed;
await Promise.allSettled(servers.map((server) => server.stop()));
await rm(directory, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
