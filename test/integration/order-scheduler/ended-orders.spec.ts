import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { addMs } from '#domain';
import { Metrics, type RunningService } from '#observability';
import { OrderCostRepository, scheduleWork } from '#persistence';
import { decideChild } from '../../support/ledger-child.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { startOrderScheduler } from '../../support/order-scheduler.js';
import { onServer } from '../../support/postgres-admin.js';
import { until } from '../../support/until.js';

let world: LedgerWorld;
let scheduler: RunningService;
const metrics = new Metrics();

beforeAll(async () => {
  world = await openLedgerWorld('gateway');
  scheduler = await startOrderScheduler(world.stores, metrics);
});
afterAll(async () => {
  await scheduler.stop();
  await world.close();
});

/** Wake-ups that stand in the queue for a later time. */
async function delayedJobs(): Promise<string[]> {
  const queue = `{${world.stores.redisPrefix}:parent-order.wake}:parent-order.wake`;
  const redis = new Redis(world.stores.redisUrl);
  const ids = await redis.zrange(`${queue}:delayed`, 0, -1);
  const jobs = await Promise.all(ids.map((id) => redis.hget(`${queue}:${id}`, 'data')));
  redis.disconnect();
  return jobs.flatMap((data) => data ?? []);
}

it('visits an order that has ended by a job, and takes its visits neither for late nor for load', async () => {
  const { tenantId } = world;
  const id = await world.addParent({ status: 'COMPLETE' });
  const work = { kind: 'parent.wake', tenantId, parentOrderId: id, sequence: -1 } as const;
  await world.inTenant((tx) => scheduleWork(tx, work, addMs(world.clock.now(), -600_000)));
  const visitedAgainAt = async (): Promise<number> => {
    const [row] = await world.inTenant((tx) =>
      tx.query<{ ms: number }[]>(
        'SELECT (extract(epoch FROM due_at - ended_at) * 1000)::integer AS ms FROM due_work, parent_orders WHERE id = $1',
        [id],
      ),
    );
    return row?.ms ?? -1;
  };
  await until(async () => (await visitedAgainAt()) > 0, { what: 'the order is visited' });
  expect(await visitedAgainAt()).toBeGreaterThan(44_900);
  await until(async () => (await delayedJobs()).some((data) => data.includes(id)), {
    what: 'the next visit has a job',
  });
  expect(await metrics.text()).toMatch(/^tranche_slice_lateness_seconds_count 0$/m);
});

it('tries again to store the whole cost of an order until that is done', async () => {
  const { tenantId, stores } = world;
  const id = await world.addParent({ status: 'COMPLETE' });
  await world.inTenant((tx) =>
    tx.query(`UPDATE parent_orders SET ended_at = now() - interval '1 minute' WHERE id = $1`, [id]),
  );
  const work = { kind: 'parent.wake', tenantId, parentOrderId: id, sequence: -1 } as const;
  const wake = () => world.inTenant((tx) => scheduleWork(tx, work, addMs(world.clock.now(), -1_000)));
  const due = async () =>
    (
      await world.inTenant((tx) =>
        tx.query<{ ms: number }[]>(
          `SELECT (extract(epoch FROM due_at - clock_timestamp()) * 1000)::integer AS ms FROM due_work
           WHERE parent_order_id = $1`,
          [id],
        ),
      )
    )[0]?.ms;
  const stored = () => world.inTenant((tx) => new OrderCostRepository(tx, tenantId).stored(id));

  await onServer(stores.ownerUrl, (db) =>
    db.query('ALTER TABLE order_costs ADD CONSTRAINT refused CHECK (false) NOT VALID'),
  );
  await wake();
  await until(async () => ((await due()) ?? -1) > 50_000, { what: 'the visit is put off' });
  expect(await stored()).toBeNull();

  await onServer(stores.ownerUrl, (db) => db.query('ALTER TABLE order_costs DROP CONSTRAINT refused'));
  await wake();
  await until(async () => (await due()) === undefined, { what: 'there is nothing left to do' });
  expect(await stored()).not.toBeNull();
});

it('ends a strict order on time whose lower quantity waits for a child', async () => {
  const { tenantId } = world;
  const id = await world.addParent({ durationMs: 60_000 });
  await world.inTenant(async (tx) => {
    await decideChild(tx, world, id);
    await tx.query(
      `UPDATE parent_orders SET params = params || '{"strictDuration": true}', activated_at = now() - interval '61 seconds',
         start_price = 99, next_sequence = 1, amend_pending = 1 WHERE id = $1`,
      [id],
    );
    await tx.query(`UPDATE child_orders SET cancel_requested_at = now() WHERE parent_order_id = $1`, [id]);
    await scheduleWork(tx, { kind: 'parent.wake', tenantId, parentOrderId: id, sequence: -1 }, world.clock.now());
  });
  const order = async () =>
    (
      await world.inTenant((tx) =>
        tx.query<Record<string, unknown>[]>('SELECT * FROM parent_orders WHERE id = $1', [id]),
      )
    )[0];
  await until(async () => (await order())?.['ended_at'] !== null, { what: 'the order has ended' });
  expect(await order()).toMatchObject({ status: 'COMPLETE', completion_reason: 'strict_end' });
});
