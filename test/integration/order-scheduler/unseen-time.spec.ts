import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { scheduleWork } from '#persistence';
import type { ParentOrderId } from '#domain';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { startOrderScheduler } from '../../support/order-scheduler.js';
import { until } from '../../support/until.js';

let world: LedgerWorld;
beforeAll(async () => {
  world = await openLedgerWorld('gateway');
});
afterAll(() => world.close());

const sql = <T>(text: string, id: ParentOrderId): Promise<T[]> => world.inTenant((tx) => tx.query<T[]>(text, [id]));

/** An order that had found no market for five minutes when the last scheduler died, two hours ago. */
async function orphan(change: string): Promise<ParentOrderId> {
  const id = await world.addParent({ symbol: 'TESTUSDT', durationMs: 36_000_000 });
  await sql(`UPDATE parent_orders SET blocked_since = now() - interval '125 minutes', ${change} WHERE id = $1`, id);
  const work = { kind: 'parent.wake', tenantId: world.tenantId, parentOrderId: id, sequence: -1 } as const;
  await world.inTenant((tx) => scheduleWork(tx, work, world.clock.now()));
  await sql(`UPDATE due_work SET due_at = now() - interval '2 hours' WHERE parent_order_id = $1`, id);
  return id;
}

const rowOf = async (id: ParentOrderId) => {
  const [row] = await sql<Record<'status' | 'waited' | 'unseen' | 'ago', string | number>>(
    `SELECT status, extract(epoch FROM now() - blocked_since)::integer AS waited, (held_times ->> 'unseen')::integer AS unseen,
            extract(epoch FROM now() - last_decision_at)::integer AS ago
     FROM parent_orders WHERE id = $1`,
    id,
  );
  return row;
};

it('ends no order for the hours in which no scheduler ran, be it at work or waiting to begin', async () => {
  const waiting = await orphan('activated_at = NULL');
  const working = await orphan(
    `activated_at = now() - interval '3 hours', last_decision_at = now() - interval '2 hours'`,
  );
  const scheduler = await startOrderScheduler(world.stores);
  try {
    const looked = async (): Promise<boolean> =>
      Number((await rowOf(waiting))?.waited) < 6_000 && Number((await rowOf(working))?.ago) < 600;
    await until(looked, { what: 'both are looked at again' });
    const [begins, works] = [await rowOf(waiting), await rowOf(working)];
    expect([begins?.status, works?.status]).toEqual(['ACTIVE', 'ACTIVE']);
    expect(Math.abs(Number(begins?.waited) - 300)).toBeLessThan(30);
    // The plan is spread anew over all of it; of the hour that is waited for a market five minutes are over.
    expect(Math.abs(Number(works?.waited) - 7_500)).toBeLessThan(30);
    expect(Math.abs(Number(works?.unseen) - 7_200_000)).toBeLessThan(30_000);
  } finally {
    await scheduler.stop();
  }
});
