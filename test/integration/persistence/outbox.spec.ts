import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { addMs, type ParentOrderId } from '#domain';
import {
  addToOutbox,
  ChannelListener,
  DueWorkSweeper,
  ExecutionOrderRepository,
  hastenWork,
  lockWork,
  measureOutbox,
  OutboxRelay,
  relayOutbox,
  removeWork,
  scheduleWork,
  sweepDueWork,
  type Publish,
  type PublishableJob,
  type RefusedEntry,
  type RefusedWork,
  type Tx,
  wakeParentsOf,
} from '#persistence';
import { CuttableProxy } from '../../support/cuttable-proxy.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { until } from '../../support/until.js';

let world: LedgerWorld;
let id: ParentOrderId;

beforeAll(async () => {
  world = await openLedgerWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.db.inSystem((tx) => tx.query('DELETE FROM outbox'));
  await world.db.inSystem((tx) => tx.query('DELETE FROM due_work'));
  id = await world.addParent();
});

const entry = (n: number) => ({ job: 'parent-order.wake', payload: { v: 1, n } });
const add = (count: number) =>
  world.inTenant((tx) =>
    addToOutbox(
      tx,
      world.tenantId,
      Array.from({ length: count }, (_, n) => entry(n)),
    ),
  );

const takeInto =
  (published: PublishableJob[]): Publish =>
  (jobs) => {
    published.push(...jobs);
    return Promise.resolve([]);
  };

const unexpected = (what: unknown): never => {
  throw what instanceof Error ? what : new Error(JSON.stringify(what));
};

describe('outbox', () => {
  it('D-02 publishes what was committed, and nothing of what was rolled back', async () => {
    await add(2);
    await expect(
      world.inTenant(async (tx) => {
        await addToOutbox(tx, world.tenantId, [entry(99)]);
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    const published: PublishableJob[] = [];
    expect(await relayOutbox(world.db, takeInto(published), 10)).toBe(2);
    expect(published.map((j) => j.payload.n)).toEqual([0, 1]);
    expect(await relayOutbox(world.db, () => Promise.resolve([]), 10)).toBe(0);
  });

  it('keeps entries that could not be published, and publishes them with the next try', async () => {
    await add(3);
    await expect(relayOutbox(world.db, () => Promise.reject(new Error('Redis is gone')), 10)).rejects.toThrow('gone');
    expect(await relayOutbox(world.db, () => Promise.resolve([]), 10)).toBe(3);
  });

  it('D-05 lets several relays work side by side without publishing anything twice', async () => {
    await add(60);
    const published: unknown[] = [];
    const publish: Publish = (jobs) => {
      published.push(...jobs.map((j) => j.payload.n));
      return Promise.resolve([]);
    };
    const rounds = await Promise.all(Array.from({ length: 6 }, () => relayOutbox(world.db, publish, 25)));
    let moved = rounds.reduce((sum, n) => sum + n, 0);
    while (moved < 60) moved += await relayOutbox(world.db, publish, 25);
    expect([...published].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 60 }, (_, n) => n));
  });

  it('B-05 puts aside what no queue takes, with the reason, and publishes the rest', async () => {
    await add(3);
    const published: PublishableJob[] = [];
    const errors: unknown[] = [];
    const refused: RefusedEntry[] = [];
    const relay = new OutboxRelay({
      db: world.db,
      url: world.stores.appUrl,
      publish: (jobs) => {
        const bad = jobs.findIndex((job) => job.payload.n === 1);
        published.push(...jobs.filter((_, index) => index !== bad));
        return Promise.resolve(bad === -1 ? [] : [{ index: bad, reason: 'no such job' }]);
      },
      onError: (error) => errors.push(error),
      onRefused: (entries) => refused.push(...entries),
    }).start();
    await until(() => published.length === 2);
    await add(1); // those that come later go past it
    await until(() => published.length === 3);
    await relay.stop();
    expect(published.map((job) => job.payload.n)).toEqual([0, 2, 0]);
    expect(errors).toEqual([]);
    const left = await world.db.inSystem((tx) => tx.query<{ id: string }[]>('SELECT id, payload, refused FROM outbox'));
    expect(left).toEqual([{ id: expect.any(String), payload: { v: 1, n: 1 }, refused: 'no such job' }]);
    expect(refused).toEqual([{ id: left[0]?.id, job: 'parent-order.wake', reason: 'no such job' }]);
    expect(await measureOutbox(world.db)).toEqual({ oldestAgeSeconds: 0, refused: 1 });
    await add(1);
    const behind = await measureOutbox(world.db);
    expect(behind.oldestAgeSeconds).toBeGreaterThan(0);
    expect(behind.refused).toBe(1);
  });

  it('is woken by the commit itself', async () => {
    const published: PublishableJob[] = [];
    const errors: unknown[] = [];
    const relay = new OutboxRelay({
      db: world.db,
      url: world.stores.appUrl,
      publish: takeInto(published),
      onError: (error) => errors.push(error),
      onRefused: unexpected,
    }).start();
    await add(1);
    await until(() => published.length === 1);
    await world.inTenant((tx) =>
      addToOutbox(tx, world.tenantId, [{ ...entry(7), notBefore: addMs(world.clock.now(), 60_000) }]),
    );
    await until(() => published.length === 2);
    await relay.stop();
    expect(published[1]?.delayMs).toBeGreaterThan(58_000);
    expect(errors).toEqual([]);
  });
});

describe('relays side by side', () => {
  const relayInto = (published: PublishableJob[], errors: unknown[]) =>
    new OutboxRelay({
      db: world.db,
      url: world.stores.appUrl,
      publish: takeInto(published),
      onError: (error) => errors.push(error),
      onRefused: unexpected,
    });
  const owner = async () =>
    (await world.db.inSystem((tx) => tx.query<{ owner: string }[]>('SELECT owner FROM relay_leases')))[0]?.owner;

  it('D-05 one of them is woken, and another as soon as that one stops', async () => {
    const [first, second]: PublishableJob[][] = [[], []];
    const errors: unknown[] = [];
    const one = relayInto(first ?? [], errors).start();
    await until(async () => (await owner()) !== undefined);
    const woken = await owner();
    const other = relayInto(second ?? [], errors).start();
    await one.stop();
    await until(async () => {
      const now = await owner();
      return now !== undefined && now !== woken;
    });
    await add(1);
    await until(() => second?.length === 1);
    await other.stop();
    expect(await owner()).toBeUndefined();
    expect(errors).toEqual([]);
  });

  it('I-11 entries are published although whoever would be woken is gone', async () => {
    await world.db.inSystem((tx) =>
      tx.query(`INSERT INTO relay_leases VALUES ('outbox', 'gone', now() + interval '1 hour')`),
    );
    const published: PublishableJob[] = [];
    const errors: unknown[] = [];
    const relay = relayInto(published, errors).start();
    await add(2);
    await until(() => published.length === 2);
    await relay.stop();
    expect(await owner()).toBe('gone');
    await world.db.inSystem((tx) => tx.query('DELETE FROM relay_leases'));
    expect(errors).toEqual([]);
  });
});

it('listens anew when the server has gone without a word', async () => {
  const proxy = await CuttableProxy.to(world.stores.appUrl);
  const url = new URL(world.stores.appUrl);
  url.host = new URL(proxy.url).host;
  const heard: (string | null)[] = [];
  const listener = new ChannelListener({
    url: url.href,
    channel: 'test_channel',
    onNotify: (payload) => heard.push(payload),
    askEveryMs: 300,
  }).start();
  try {
    await until(() => heard.length === 1);
    proxy.silence();
    await until(() => heard.length === 2); // it listens, and says that something may have been missed
    await world.db.inSystem((tx) => tx.query(`SELECT pg_notify('test_channel', 'said')`));
    await until(() => heard.length === 3);
    expect(heard).toEqual([null, null, 'said']);
  } finally {
    await listener.stop();
    await proxy.cut();
  }
});

describe('due work', () => {
  const wake = () => ({ kind: 'parent.wake', tenantId: world.tenantId, parentOrderId: id, sequence: -1 }) as const;
  const sweep = (over: Partial<Parameters<typeof sweepDueWork>[1]> = {}) =>
    sweepDueWork(world.db, { kinds: ['parent.wake'], olderThanMs: 500, redriveAfterMs: 60_000, limit: 10, ...over });

  it('P-05 drives overdue work again, once until it is due for another try', async () => {
    await world.inTenant((tx) => scheduleWork(tx, wake(), addMs(world.clock.now(), -1_000)));
    expect(await sweep()).toEqual([wake()]);
    expect(await sweep()).toEqual([]);
    expect(await sweep({ redriveAfterMs: -1 })).toEqual([wake()]);
  });

  it('leaves alone what is not overdue, of another kind, or done', async () => {
    await world.inTenant((tx) => scheduleWork(tx, wake(), addMs(world.clock.now(), 5_000)));
    expect(await sweep()).toEqual([]);
    await world.inTenant((tx) => scheduleWork(tx, wake(), addMs(world.clock.now(), -5_000)));
    expect(await sweep({ kinds: ['child.submit'] })).toEqual([]);
    await world.inTenant((tx) => removeWork(tx, wake()));
    expect(await sweep()).toEqual([]);
  });

  it('makes work due at once for an event, and never later', async () => {
    await world.inTenant((tx) => scheduleWork(tx, wake(), addMs(world.clock.now(), 60_000)));
    await world.inTenant((tx) => hastenWork(tx, wake()));
    const due = await world.inTenant((tx) => lockWork(tx, wake()));
    expect(due?.dueInMs).toBeLessThanOrEqual(0);
    await world.inTenant((tx) => hastenWork(tx, wake()));
    expect((await world.inTenant((tx) => lockWork(tx, wake())))?.dueInMs).toBeLessThanOrEqual(due?.dueInMs ?? 0);
  });

  it('does not ring again for work that stands in line, unless it is late beyond that', async () => {
    await world.inTenant((tx) => scheduleWork(tx, wake(), addMs(world.clock.now(), -2_000)));
    const other = await world.addParent();
    await world.inTenant((tx) =>
      scheduleWork(tx, { ...wake(), parentOrderId: other }, addMs(world.clock.now(), -11_000)),
    );
    let isBehind = true;
    const published: PublishableJob[] = [];
    const sweeper = new DueWorkSweeper({
      db: world.db,
      kinds: ['parent.wake'],
      publish: takeInto(published),
      isBehind: () => Promise.resolve(isBehind),
      onError: unexpected,
      onRefused: unexpected,
    }).start();
    await until(() => published.length > 0);
    expect(published.map((job) => job.payload['parentOrderId'])).toEqual([other]);
    isBehind = false;
    await until(() => published.length > 1);
    await sweeper.stop();
    expect(published[1]?.payload['parentOrderId']).toBe(id);
  });

  it('B-05 publishes the job that does the work', async () => {
    await world.inTenant((tx) =>
      scheduleWork(tx, { ...wake(), kind: 'child.cancel', sequence: 3 }, addMs(world.clock.now(), -1_000)),
    );
    const published: PublishableJob[] = [];
    const sweeper = new DueWorkSweeper({
      db: world.db,
      kinds: ['child.cancel'],
      publish: takeInto(published),
      onError: unexpected,
      onRefused: unexpected,
    }).start();
    await until(() => published.length === 1);
    await sweeper.stop();
    expect(published[0]).toMatchObject({
      job: 'child-order.cancel',
      payload: { v: 1, tenantId: world.tenantId, parentOrderId: id, sequence: 3 },
    });
  });

  it('B-05 reports what no queue takes, drives the rest, and tries it again after a minute or an event', async () => {
    const other = await world.addParent();
    const late = addMs(world.clock.now(), -10_000);
    await world.inTenant((tx) => scheduleWork(tx, wake(), late));
    await world.inTenant((tx) => scheduleWork(tx, { ...wake(), parentOrderId: other }, late));
    const refused: RefusedWork[] = [];
    let published = 0;
    let redriven = 0;
    const sweeper = new DueWorkSweeper({
      db: world.db,
      kinds: ['parent.wake'],
      publish: (jobs) => {
        const bad = jobs.findIndex((job) => job.payload['parentOrderId'] === id);
        published += jobs.length;
        return Promise.resolve(bad === -1 ? [] : [{ index: bad, reason: 'not its payload' }]);
      },
      onError: unexpected,
      onRefused: (works) => refused.push(...works),
      onRedriven: (count) => (redriven += count),
    }).start();
    const pauses = () =>
      world.db.inSystem((tx) =>
        tx.query<{ id: string; age: number; again: number }[]>(
          `SELECT parent_order_id AS id, extract(epoch FROM clock_timestamp() - due_at)::float8 AS age,
                  extract(epoch FROM redriven_at - clock_timestamp())::float8 AS again FROM due_work`,
        ),
      );
    await until(async () => (await pauses()).some(({ again }) => again > 0));
    await sweeper.stop();
    expect(refused).toEqual([{ ...wake(), job: 'parent-order.wake', reason: 'not its payload', retryInMs: 60_000 }]);
    expect([published, redriven]).toEqual([2, 1]);
    const mine = (await pauses()).find((work) => work.id === id);
    expect(mine?.again).toBeGreaterThan(50);
    expect(mine?.age).toBeGreaterThan(9); // still overdue for whoever measures
    expect((await pauses()).find((work) => work.id === other)?.again).toBeLessThan(0);
    expect(await sweep({ redriveAfterMs: 0 })).toEqual([{ ...wake(), parentOrderId: other }]);
    await world.inTenant((tx) => hastenWork(tx, wake()));
    expect(await sweep({ redriveAfterMs: 60_000 })).toEqual([wake()]);
  });
});

it('locks an order before the row of its wake-up, as whoever changes the order does: neither runs into the other', async () => {
  const work = { kind: 'parent.wake', tenantId: world.tenantId, parentOrderId: id, sequence: -1 } as const;
  await world.inTenant((tx) => scheduleWork(tx, work, addMs(world.clock.now(), 60_000)));
  let [changes, looks] = [0, 0];
  let looking: Promise<{ dueInMs: number } | null> | undefined;
  await world.inTenant(async (tx) => {
    changes += 1;
    await tx.query('SELECT 1 FROM parent_orders WHERE id = $1 FOR UPDATE', [id]);
    looking ??= world.inTenant((other) => {
      looks += 1;
      return new ExecutionOrderRepository(other, world.tenantId).lock(id);
    });
    await until(async () => {
      const waiting = 'SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))';
      return (await tx.query<unknown[]>(waiting)).length > 0;
    });
    await hastenWork(tx, work);
  });
  const found = await looking;
  expect([changes, looks]).toEqual([1, 1]); // a deadlock would have run one of them again
  expect(found?.dueInMs).toBeLessThanOrEqual(0); // as of the change, not as of when the look began
});

it.each([
  ['ACTIVE', 'now'],
  ['SCHEDULED', 'when its time has come'],
])('an order accepted as %s that begins %s while its account changes is decided on again', async (status) => {
  const { tenantId, accountId } = world;
  const sql = <Row>(tx: Tx, text: string): Promise<Row> => tx.query<Row>(text, [id]);
  const work = { kind: 'parent.wake', tenantId, parentOrderId: id, sequence: -1 } as const;
  await world.inTenant(async (tx) => {
    await tx.query('UPDATE parent_orders SET activated_at = NULL, status = $2 WHERE id = $1', [id, status]);
    await scheduleWork(tx, work, world.clock.now());
  });
  let woken: Promise<number> | undefined;
  await world.inTenant(async (tx) => {
    await sql(tx, `UPDATE parent_orders SET activated_at = now(), status = 'ACTIVE' WHERE id = $1`);
    const inAMinute = addMs(world.clock.now(), 60_000);
    await scheduleWork(tx, work, inAMinute);
    woken = world.inTenant((other) => wakeParentsOf(other, tenantId, accountId));
    await until(async () => {
      const [waiting] = await world.db.inSystem((other) =>
        other.query<{ n: number }[]>(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
        ),
      );
      return waiting?.n === 1;
    });
  });
  expect(await woken).toBeGreaterThan(0);
  const [due] = await world.inTenant((tx) =>
    sql<{ now: boolean }[]>(tx, 'SELECT due_at <= clock_timestamp() AS now FROM due_work WHERE parent_order_id = $1'),
  );
  expect(due).toEqual({ now: true });
});
