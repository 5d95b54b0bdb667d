import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { JobQueues, wakeParentOrder } from '#queues';
import { CuttableProxy } from '../../support/cuttable-proxy.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { until } from '../../support/until.js';

jest.setTimeout(120_000);

let stores: TestDatabase;
let proxy: CuttableProxy;
let queues: JobQueues;
const worked: string[] = [];

beforeAll(async () => {
  stores = await createTestDatabase();
  proxy = await CuttableProxy.to(stores.redisUrl);
  const url = new URL(stores.redisUrl);
  url.port = new URL(proxy.url).port;
  url.hostname = '127.0.0.1';
  queues = await JobQueues.connect({ url: url.href, prefix: stores.redisPrefix, allowUnsafe: true });
  queues.work(wakeParentOrder, (job) => Promise.resolve(void worked.push(job.parentOrderId)), {
    onFailed: () => undefined,
  });
});
afterAll(async () => {
  await queues.close();
  await proxy.cut();
  await stores.drop();
});

/** Publishes as the relay does, again and again, until the job was worked. @returns how long that took, ms */
async function untilWorked(): Promise<number> {
  const began = performance.now();
  const parentOrderId = randomUUID();
  const payload = { v: 1, tenantId: randomUUID(), parentOrderId, traceId: '0'.repeat(32) };
  await until(
    () =>
      queues.publish([{ job: 'parent-order.wake', payload, delayMs: 0 }]).then(
        () => true,
        () => false,
      ),
    { timeoutMs: 60_000, everyMs: 50, what: 'the job is published' },
  );
  await until(() => worked.includes(parentOrderId), { timeoutMs: 60_000, everyMs: 10, what: 'the job is worked' });
  return performance.now() - began;
}

it.each([3_000, 12_000])('B-07 a worker works again within 5 s of an outage of %i ms', async (downMs) => {
  await untilWorked();
  await proxy.cut();
  const cutAt = performance.now();
  await until(() => performance.now() - cutAt >= downMs, { timeoutMs: downMs + 1_000, everyMs: 50 });
  expect(await queues.isReachable()).toBe(false);
  await proxy.restore(stores.redisUrl);
  expect(await untilWorked()).toBeLessThan(5_000);
});

it('B-07 a worker works again within 5 s when the Redis that comes back is empty', async () => {
  await untilWorked();
  await proxy.cut();
  const redis = new Redis(stores.redisUrl);
  const keys = await redis.keys(`*${stores.redisPrefix}*`);
  expect(keys.length).toBeGreaterThan(0);
  await redis.del(keys);
  redis.disconnect();
  await proxy.restore(stores.redisUrl);
  expect(await untilWorked()).toBeLessThan(5_000);
});
