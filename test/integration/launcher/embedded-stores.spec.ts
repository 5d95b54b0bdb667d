import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { JobQueues, wakeParentOrder } from '#queues';
import { startEmbeddedPostgres } from '../../../apps/launcher/src/stores/embedded-postgres.js';
import { startEmbeddedRedis } from '../../../apps/launcher/src/stores/embedded-redis.js';
import { startJsRedis } from '../../../apps/launcher/src/stores/js-redis.js';
import { type EmbeddedServer, isAlive } from '../../../apps/launcher/src/stores/server-process.js';
import { onServer } from '../../support/postgres-admin.js';
import { until } from '../../support/until.js';

let directory = '';
let started: EmbeddedServer[] = [];

const postgres = async (): Promise<EmbeddedServer> => {
  const server = await startEmbeddedPostgres({ directory: join(directory, 'postgres'), durable: true });
  started.push(server);
  return server;
};
const redis = async (): Promise<EmbeddedServer> => {
  const server = await startEmbeddedRedis({ directory: join(directory, 'redis'), allowFallback: false });
  started.push(server);
  return server;
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tranche-stores-'));
  await chmod(directory, 0o711);
});
afterEach(async () => {
  await Promise.all(started.map((server) => server.stop()));
  started = [];
  await rm(directory, { recursive: true, force: true });
});

describe('embedded Postgres', () => {
  it('keeps its data, port and password over kill -9, and commits durably', async () => {
    const first = await postgres();
    await onServer(first.url, (client) => client.query('CREATE TABLE kept AS SELECT 1 AS id'));
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    const second = await postgres();
    expect(second.url).toBe(first.url);
    const { rows } = await onServer(second.url, (client) =>
      client.query(
        `SELECT id, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commits FROM kept`,
      ),
    );
    expect(rows).toEqual([{ id: 1, fsync: 'on', commits: 'on' }]);
  });

  it('ends the server that a killed run left on the same cluster', async () => {
    const left = await postgres();
    const next = await postgres();
    expect(next.pid).not.toBe(left.pid);
    await left.ended;
    expect(isAlive(left.pid)).toBe(false);
  });

  it('lets nobody in without its password, nor into its directory', async () => {
    const server = await postgres();
    const stranger = new URL(server.url);
    stranger.password = 'wrong';
    await expect(onServer(stranger.href, (client) => client.query('SELECT 1'))).rejects.toThrow('password');
    expect((await stat(join(directory, 'postgres'))).mode & 0o777).toBe(0o700);
    const log = await readFile(join(directory, 'postgres', 'server.log'), 'utf8');
    expect(log).not.toContain(new URL(server.url).password);
  });
});

describe('embedded Redis', () => {
  it('keeps what it acknowledged over kill -9 of itself', async () => {
    const first = await redis();
    const client = new Redis(first.url);
    await client.set('kept', '1');
    client.disconnect();
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    const second = await redis();
    expect(second.url).toBe(first.url);
    const again = new Redis(second.url);
    expect(await again.get('kept')).toBe('1');
    again.disconnect();
  });

  it('ends the server that a killed run left on the same directory', async () => {
    const left = await redis();
    const next = await redis();
    expect(next.pid).not.toBe(left.pid);
    await left.ended;
  });
});

/** Tries until it is done: the queues give up a command after a time that a slow machine needs for one of these. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const done: T[] = [];
  await until(() =>
    work().then(
      (value) => done.push(value) > 0,
      () => false,
    ),
  );
  return done[0] as T;
}

describe('JavaScript stand-in for Redis', () => {
  it('carries jobs, and says that it keeps nothing', async () => {
    const server = await startJsRedis();
    started.push(server);
    expect(server.isVolatile).toBe(true);
    await expect(JobQueues.connect({ url: server.url, prefix: 'p', allowUnsafe: false })).rejects.toThrow('lose work');
    const queues = await patiently(() => JobQueues.connect({ url: server.url, prefix: 'p', allowUnsafe: true }));
    const payload = { v: 1, tenantId: randomUUID(), parentOrderId: randomUUID(), traceId: '0'.repeat(32) };
    const worked = new Promise<string>((resolve, reject) => {
      queues.work(
        wakeParentOrder,
        (job) => {
          resolve(job.parentOrderId);
          return Promise.resolve(undefined);
        },
        { onFailed: reject },
      );
    });
    await patiently(() => queues.publish([{ job: 'parent-order.wake', payload, delayMs: 50 }]));
    expect(await worked).toBe(payload.parentOrderId);
    await queues.close();
  });
});
