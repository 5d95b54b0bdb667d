import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { addMs, type EpochMs, type ParentOrderId } from '#domain';
import { createLogger, HealthRegistry, Metrics, type RunningService } from '#observability';
import { addToOutbox, DatabaseUnavailableError, ExecutionOrderRepository, scheduleWork } from '#persistence';
import { orderSchedulerService } from '../../../apps/order-scheduler/src/service.js';
import { FailingOrders } from '../../../apps/order-scheduler/src/wake/failing-orders.js';
import { decideChild } from '../../support/ledger-child.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { until } from '../../support/until.js';

let world: LedgerWorld;
let scheduler: RunningService;
const metrics = new Metrics();
const lines: Record<string, unknown>[] = [];
const linesOf = (msg: string) => lines.filter((line) => line['msg'] === msg);

beforeAll(async () => {
  world = await openLedgerWorld('gateway');
  const config = loadConfig(orderSchedulerService.shape, {
    DATABASE_URL: world.stores.appUrl,
    REDIS_URL: world.stores.redisUrl,
    REDIS_PREFIX: world.stores.redisPrefix,
    REDIS_ALLOW_UNSAFE: 'true',
  });
  const logger = createLogger('test', 'error', {
    write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  scheduler = await orderSchedulerService.start(config, { logger, metrics, health: new HealthRegistry() });
});
afterAll(async () => {
  await scheduler.stop();
  await world.close();
});

it('B-05 counts a job that no queue takes, and logs it as an error with its name and the reason', async () => {
  await world.inTenant((tx) => addToOutbox(tx, world.tenantId, [{ job: 'order.unheard-of', payload: { v: 1 } }]));
  await until(() => lines.length > 0);
  await until(async () => /^tranche_outbox_refused 1$/m.test(await metrics.text()));
  expect(await metrics.text()).toMatch(/^tranche_outbox_oldest_age_seconds 0$/m);
  expect(linesOf('job put aside: no queue takes it')).toEqual([
    expect.objectContaining({
      level: 'error',
      job: 'order.unheard-of',
      reason: 'no job is called "order.unheard-of"',
      id: expect.any(String),
    }),
  ]);
});

it('B-05 logs overdue work whose job no queue takes as an error, once', async () => {
  // A parent's id that Postgres stores and no contract of a job accepts.
  const parentOrderId = 'ffffffff-ffff-ffff-0fff-fffffffffff0' as ParentOrderId;
  const { tenantId } = world;
  const work = { kind: 'parent.wake', tenantId, parentOrderId, sequence: -1 } as const;
  await world.inTenant((tx) => scheduleWork(tx, work, addMs(world.clock.now(), -2_000)));
  const isPutOff = async () => {
    const [row] = await world.db.inSystem((tx) =>
      tx.query<{ off: boolean | null }[]>('SELECT redriven_at > clock_timestamp() AS off FROM due_work'),
    );
    return row?.off === true;
  };
  await until(isPutOff);
  expect(linesOf('due work not driven: no queue takes its job')).toEqual([
    expect.objectContaining({
      level: 'error',
      job: 'parent-order.wake',
      parentOrderId,
      reason: expect.stringContaining('payload is not that of parent-order.wake'),
      retryInMs: 60_000,
    }),
  ]);
});

describe('an order whose wake-ups fail', () => {
  let now = 0 as EpochMs;
  const given: string[] = [];
  const rowOf = async (sql: string, id: ParentOrderId) =>
    (await world.inTenant((tx) => tx.query<Record<string, unknown>[]>(sql, [id])))[0];
  const parentOf = (id: ParentOrderId) => rowOf('SELECT * FROM parent_orders WHERE id = $1', id);
  const wakeOf = (id: ParentOrderId) => rowOf('SELECT * FROM due_work WHERE parent_order_id = $1 AND sequence < 0', id);

  /** Its row says what no order can be; it has a child, and its wake-up is overdue. */
  async function unreadable(): Promise<ParentOrderId> {
    const id = await world.addParent({ symbol: 'TESTUSDT' });
    now = world.clock.now();
    await world.inTenant(async (tx) => {
      await tx.query(`UPDATE parent_orders SET params = params || '{"passiveness": "none"}' WHERE id = $1`, [id]);
      await decideChild(tx, world, id);
      await scheduleWork(
        tx,
        { kind: 'parent.wake', tenantId: world.tenantId, parentOrderId: id, sequence: -1 },
        addMs(now, -1_000),
      );
    });
    return id;
  }

  /** Wakes it `times` times, three seconds apart, by a scheduler whose clock is the test's. */
  async function wakes(id: ParentOrderId, times: number, failing: FailingOrders, error?: Error): Promise<void> {
    const { tenantId } = world;
    const ahead = await world.inTenant((tx) => new ExecutionOrderRepository(tx, tenantId).accountsOf(id));
    if (ahead === null) throw new Error('There must be the order');
    for (let n = 0; n < times; n += 1) {
      now = addMs(now, 3_000);
      const read = () => world.inTenant((tx) => new ExecutionOrderRepository(tx, tenantId).lock(id));
      const wake = () => (error === undefined ? read() : Promise.reject(error));
      await expect(failing.watch({ tenantId, id, ahead }, wake)).rejects.toThrow();
    }
  }
  const newFailing = () =>
    new FailingOrders(world.db, { now: () => now }, createLogger('test', 'silent'), ({ id }) => void given.push(id));

  it('is given up after twenty over a minute: its children are cancelled, it fails, and is woken no more', async () => {
    const id = await unreadable();
    const failing = newFailing();
    await wakes(id, 20, failing);
    expect(await parentOf(id)).toMatchObject({ status: 'ACTIVE', failure_reason: '' }); // 57 s
    await wakes(id, 1, failing);
    expect(await parentOf(id)).toMatchObject({ status: 'CANCELED', failure_reason: 'internal_error' });
    expect(await rowOf('SELECT status, close_reason FROM child_orders WHERE parent_order_id = $1', id)).toEqual({
      status: 'closed',
      close_reason: 'canceled',
    });
    expect(await rowOf('SELECT level, type FROM order_messages WHERE parent_order_id = $1', id)).toEqual({
      level: 'error',
      type: 'order_failed',
    });
    expect(await wakeOf(id)).toBeDefined(); // to take its closing price, if it can
    await wakes(id, 21, failing);
    expect(await wakeOf(id)).toBeUndefined();
    expect(given).toEqual([id, id]);
  });

  it('is not given up for what is not its own fault, nor when another process can work it', async () => {
    const id = await unreadable();
    await wakes(id, 40, newFailing(), new DatabaseUnavailableError(new Error('gone')));
    const failing = newFailing();
    await wakes(id, 20, failing);
    await world.inTenant((tx) =>
      tx.query(`UPDATE due_work SET due_at = to_timestamp($2::double precision / 1000) WHERE parent_order_id = $1`, [
        id,
        now,
      ]),
    );
    await wakes(id, 20, failing);
    expect((await parentOf(id))?.['status']).toBe('ACTIVE');
  });
});
