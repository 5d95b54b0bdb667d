import { randomBytes, randomUUID } from 'node:crypto';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { cancelChildOrder, JobQueues, JOBS, wakeParentOrder, type HandlerResult } from '#queues';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { until } from '../../support/until.js';

let stores: TestDatabase;
let open: JobQueues[] = [];
const failures: { queue: string; final: boolean }[] = [];

beforeAll(async () => {
  stores = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(open.map((queues) => queues.close()));
  open = [];
  failures.length = 0;
});
afterAll(() => stores.drop());

async function connect(over: Partial<Parameters<typeof JobQueues.connect>[0]> = {}): Promise<JobQueues> {
  const queues = await JobQueues.connect({
    url: stores.redisUrl,
    prefix: `${stores.redisPrefix}:${randomBytes(3).toString('hex')}`,
    allowUnsafe: true,
    ...over,
  });
  open.push(queues);
  return queues;
}

const payload = () => ({ v: 1, tenantId: randomUUID(), parentOrderId: randomUUID(), traceId: '0'.repeat(32) });
const wake = (over: object = {}, delayMs = 0) => ({
  job: 'parent-order.wake',
  payload: { ...payload(), ...over },
  delayMs,
});
const onFailed = (_error: Error, { queue, final }: { queue: string; final: boolean }) =>
  void failures.push({ queue, final });

/** A way to Redis that can be cut and mended. */
async function startProxy(
  targetPort: number,
): Promise<{ port: number; cut(): Promise<void>; restore(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const listen = async (port: number): Promise<Server> => {
    const server = createServer((socket) => {
      const upstream = createConnection({ host: '127.0.0.1', port: targetPort });
      for (const end of [socket, upstream]) {
        sockets.add(end);
        end.on('error', () => end.destroy());
        end.on('close', () => {
          sockets.delete(end);
          socket.destroy();
          upstream.destroy();
        });
      }
      socket.pipe(upstream).pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return server;
  };
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    cut: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
    restore: async () => {
      server = await listen(port);
    },
  };
}

describe('job queues', () => {
  it('B-01 carries ids, schema version and trace only: any other field is refused at both ends', async () => {
    const queues = await connect();
    const refused = await queues.publish([
      wake({ orderQty: '10' }),
      wake({}, 60_000),
      wake({ v: 2 }),
      { ...wake(), job: 'nothing' },
    ]);
    expect(refused.map(({ index }) => index)).toEqual([0, 2, 3]);
    expect(refused[0]?.reason).toContain('orderQty');
    expect(refused[2]?.reason).toBe('no job is called "nothing"');
    expect((await queues.counts()).get('parent-order.wake')?.['delayed']).toBe(1);
    for (const contract of Object.values(JOBS))
      expect(Object.keys((contract.payload as unknown as { shape: object }).shape).sort()).toEqual(
        [
          'parentOrderId',
          'tenantId',
          'traceId',
          'v',
          ...(contract.queue.startsWith('child') ? ['sequence'] : []),
        ].sort(),
      );
  });

  it('B-02 takes the same work as often as it is published: nothing rests on job ids', async () => {
    const queues = await connect();
    const seen: string[] = [];
    queues.work(wakeParentOrder, (job) => Promise.resolve(void seen.push(job.parentOrderId)), { onFailed });
    const job = wake();
    await queues.publish([job, job]);
    await until(() => seen.length === 2);
    await queues.publish([job]);
    await until(() => seen.length === 3);
  });

  it('B-02 gives no job an id that another had, not even one of before Redis was emptied', async () => {
    const prefix = `${stores.redisPrefix}:ids`;
    const queues = await connect({ prefix });
    const redis = new Redis(stores.redisUrl);
    const ids = async (): Promise<string[]> => {
      await queues.publish([wake({}, 60_000), wake({}, 60_000)]);
      return redis.zrange(`{${prefix}:parent-order.wake}:parent-order.wake:delayed`, 0, -1);
    };
    const before = await ids();
    await redis.del(await redis.keys(`*${prefix}*`));
    const after = await ids();
    redis.disconnect();
    expect([before.length, after.length]).toEqual([2, 2]);
    expect(new Set([...before, ...after]).size).toBe(4);
    for (const id of [...before, ...after]) expect(id).toMatch(/^[a-z][^:]+$/);
  });

  it('B-03 and B-09 hands a job back that is not due yet, and runs it again then', async () => {
    const queues = await connect();
    const answers: HandlerResult[] = [{ againInMs: 60 }, undefined];
    const at: number[] = [];
    queues.work(
      wakeParentOrder,
      () => {
        at.push(performance.now());
        return Promise.resolve(answers[at.length - 1]);
      },
      { onFailed },
    );
    await queues.publish([wake()]);
    await until(() => at.length === 2);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(55);
    expect(failures).toEqual([]);
  });

  it('keeps delayed jobs back until they are due', async () => {
    const queues = await connect();
    let ranAt = 0;
    queues.work(wakeParentOrder, () => Promise.resolve(void (ranAt = performance.now())), { onFailed });
    const before = performance.now();
    await queues.publish([wake({}, 150)]);
    await until(() => ranAt > 0);
    expect(ranAt - before).toBeGreaterThanOrEqual(145);
  });

  it('B-05 tries a failing job a few times, tells of each, and counts what is left as failed', async () => {
    const queues = await connect();
    queues.work(cancelChildOrder, () => Promise.reject(new Error('no')), { onFailed });
    await queues.publish([{ job: 'child-order.cancel', payload: { ...payload(), sequence: 0 }, delayMs: 0 }]);
    await until(() => failures.some((f) => f.final));
    expect(failures).toHaveLength(4);
    const counts = await queues.counts();
    expect(counts.get('child-order.cancel')).toMatchObject({ failed: 1, waiting: 0 });
  });

  it('B-05 works a job again whose worker stalled once; one that stalled twice is told of as failed for good', async () => {
    const prefix = `${stores.redisPrefix}:stalled`;
    const queues = await connect({ prefix });
    const redis = new Redis(stores.redisUrl);
    const key = (name: string) => `{${prefix}:parent-order.wake}:parent-order.wake:${name}`;
    const jobs = [wake(), wake()];
    // Both were taken by workers that are gone, their locks ran out, and a look has seen them without.
    for (const [stalledBefore, job] of jobs.entries()) {
      await queues.publish([job]);
      const id = await redis.rpoplpush(key('wait'), key('active'));
      await redis.sadd(key('stalled'), id);
      await redis.hset(key(id), 'stc', stalledBefore);
    }
    redis.disconnect();
    const seen: string[] = [];
    queues.work(wakeParentOrder, (job) => Promise.resolve(void seen.push(job.parentOrderId)), { onFailed });
    await until(() => failures.length > 0 && seen.length > 0, { what: 'both jobs were found' });
    expect(seen).toEqual([jobs[0]?.payload.parentOrderId]);
    expect(failures).toEqual([{ queue: 'parent-order.wake', final: true }]);
    await until(async () => (await queues.counts()).get('parent-order.wake')?.['active'] === 0);
    expect((await queues.counts()).get('parent-order.wake')).toMatchObject({ failed: 1, waiting: 0, delayed: 0 });
  });

  it('refuses a second handler for a queue in one process', async () => {
    const queues = await connect();
    queues.work(wakeParentOrder, () => Promise.resolve(undefined), { onFailed });
    expect(() => queues.work(wakeParentOrder, () => Promise.resolve(undefined), { onFailed })).toThrow(/Two handlers/);
  });

  it('B-06 fails fast against a Redis that is gone', async () => {
    const before = performance.now();
    await expect(connect({ url: 'redis://127.0.0.1:1' })).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  it('B-06 fails within a second when Redis goes away, and publishes again when it is back', async () => {
    const target = new URL(stores.redisUrl);
    const proxy = await startProxy(Number(target.port));
    const url = new URL(stores.redisUrl);
    url.port = String(proxy.port);
    const queues = await connect({ url: url.href });
    await queues.publish([wake({}, 60_000)]);
    await proxy.cut();
    const before = performance.now();
    await expect(queues.publish([wake({}, 60_000)])).rejects.toThrow();
    expect(performance.now() - before).toBeLessThan(5_000); // a second, and what a busy machine adds
    expect(await queues.isReachable()).toBe(false);
    await proxy.restore();
    // B-07: well within five seconds.
    await until(
      () =>
        queues.publish([wake({}, 60_000)]).then(
          () => true,
          () => false,
        ),
      { everyMs: 50 },
    );
    await queues.close();
    await proxy.cut();
  });

  it('B-11 stops in time although a handler never ends', async () => {
    const queues = await connect();
    let begun = false;
    let release = (): void => undefined;
    queues.work(
      wakeParentOrder,
      () => {
        begun = true;
        return new Promise((resolve) => (release = () => resolve(undefined)));
      },
      { onFailed },
    );
    await queues.publish([wake()]);
    await until(() => begun);
    const before = performance.now();
    await queues.stopWorkers();
    expect(performance.now() - before).toBeLessThan(30_000);
    release();
  });

  it('B-13 keeps one hash tag per queue', async () => {
    const prefix = `${stores.redisPrefix}:tags`;
    const queues = await connect({ prefix });
    await queues.publish([
      wake({}, 60_000),
      { job: 'child-order.submit', payload: { ...payload(), sequence: 1 }, delayMs: 0 },
    ]);
    const redis = new Redis(stores.redisUrl);
    const keys = await redis.keys(`*${prefix}*`);
    redis.disconnect();
    expect(keys.length).toBeGreaterThan(3);
    const tags = new Set(keys.map((key) => /^\{([^}]+)\}/.exec(key)?.[1]));
    expect(tags).toEqual(new Set([`${prefix}:parent-order.wake`, `${prefix}:child-order.submit`]));
  });

  it('B-10 refuses a Redis that may lose work, unless told otherwise', async () => {
    const redis = new Redis(stores.redisUrl);
    const [, appendOnly] = (await redis.config('GET', 'appendonly')) as string[];
    const [, policy] = (await redis.config('GET', 'maxmemory-policy')) as string[];
    redis.disconnect();
    const safe = appendOnly === 'yes' && policy === 'noeviction';
    const told: string[] = [];
    await connect({ onHazard: (hazard) => told.push(hazard) });
    expect(told).toHaveLength(safe ? 0 : 1);
    const attempt = connect({ allowUnsafe: false }).then(
      () => 'connected',
      (error: { code: string }) => error.code,
    );
    expect(await attempt).toBe(safe ? 'connected' : 'REDIS_UNSAFE');
  });
});
