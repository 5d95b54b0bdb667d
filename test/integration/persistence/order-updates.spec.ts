import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decimal, epochMs, NEVER_HELD, price, type ParentOrderId, type UserId } from '#domain';
import {
  ExecutionOrderRepository,
  newestNumbers,
  numberOrderUpdates,
  OrderUpdateRepository,
  pruneOrderUpdates,
  type SingleOrderUpdate,
  type Tx,
} from '#persistence';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { until } from '../../support/until.js';

let world: LedgerWorld;
beforeAll(async () => {
  world = await openLedgerWorld();
});
afterAll(() => world.close());

const userId = (): UserId => world.userId as UserId;
const updatesAfter = async (seq: number, limit = 10_000): Promise<SingleOrderUpdate[]> => {
  await numberOrderUpdates(world.db);
  const { updates } = await world.inTenant((tx) => new OrderUpdateRepository(tx, userId()).after(seq, limit));
  return updates.filter((update) => update.kind === 'order');
};
const head = async (): Promise<number> => {
  await numberOrderUpdates(world.db);
  return (await newestNumbers(world.db, [userId()])).get(userId()) ?? 0;
};
const fill = (tx: Tx, id: ParentOrderId, qty = '1'): Promise<unknown> =>
  tx.query(
    'UPDATE parent_orders SET cum_base = cum_base + $2, cum_quote = cum_quote + 3000 * $2::numeric WHERE id = $1',
    [id, qty],
  );

describe('updates of orders', () => {
  it('tell every change of status and every fill, with the order as it was then', async () => {
    const from = await head();
    const id = await world.addParent({ status: 'SCHEDULED' });
    const change = (work: (orders: ExecutionOrderRepository, tx: Tx) => Promise<unknown>): Promise<unknown> =>
      world.inTenant((tx) => work(new ExecutionOrderRepository(tx, world.tenantId), tx));
    await change(async (orders) => orders.activate({ id }, world.clock.now(), null, null));
    await change((_, tx) => fill(tx, id, '2'));
    await change((_, tx) => tx.query(`UPDATE parent_orders SET status = 'PAUSED' WHERE id = $1`, [id]));
    await change((_, tx) => tx.query(`UPDATE parent_orders SET status = 'ACTIVE' WHERE id = $1`, [id]));
    await change((_, tx) => tx.query('UPDATE parent_orders SET order_qty = 8 WHERE id = $1', [id]));
    await change((orders) => orders.enterFinisher(id, world.clock.now(), decimal('2')));
    await change((orders) => orders.end(id, world.clock.now(), { status: 'COMPLETE', reason: 'dust' }));
    await change((_, tx) => fill(tx, id));

    const told = await updatesAfter(from);
    expect(told.map(({ seq }) => seq)).toEqual(told.map((_, i) => from + 1 + i));
    expect(
      told.map(({ type, order }) => [type, order.status, order.cumBase.toFixed(), order.orderQty.toFixed()]),
    ).toEqual([
      ['order_created', 'SCHEDULED', '0', '10'],
      ['order_activated', 'ACTIVE', '0', '10'],
      ['order_fill_received', 'ACTIVE', '2', '10'],
      ['order_paused', 'PAUSED', '2', '10'],
      ['order_activated', 'ACTIVE', '2', '10'],
      ['order_amended', 'ACTIVE', '2', '8'],
      ['order_finishing', 'FINISHER', '2', '8'],
      ['order_completed', 'COMPLETE', '2', '8'],
      ['order_fill_received', 'COMPLETE', '3', '8'],
    ]);
    expect(new Set(told.map(({ order }) => order.id))).toEqual(new Set([id]));
    expect(told.map(({ order }) => order.completionReason)).toEqual([...Array<null>(7).fill(null), 'dust', 'dust']);
  });

  it('tell of an order that starts at once that it is created and active', async () => {
    const from = await head();
    await world.addParent();
    expect((await updatesAfter(from)).map(({ type }) => type)).toEqual(['order_created', 'order_activated']);
  });

  it('are silent about what the owner does not see, and about what was rolled back', async () => {
    const id = await world.addParent();
    const from = await head();
    await world.inTenant((tx) =>
      new ExecutionOrderRepository(tx, world.tenantId).saveProgress(
        { id, traceId: 'x' },
        {
          nextSequence: 3,
          decidedAt: epochMs(1_000),
          blockedSince: null,
          highestShare: 0.25,
          heldTimes: NEVER_HELD,
          estimatedMs: null,
          volumeCounts: null,
          role: null,
          readFrom: 0,
        },
        epochMs(2_000),
      ),
    );
    await expect(
      world.inTenant(async (tx) => {
        await fill(tx, id);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await updatesAfter(from)).toEqual([]);
    expect(await head()).toBe(from);
  });

  it('count live child orders as they are when the update is read', async () => {
    const id = await world.addParent();
    const from = await head();
    const child = (sequence: number, status: string): string =>
      `INSERT INTO child_orders (parent_order_id, sequence, tenant_id, account_id, venue, symbol, side, client_order_id, purpose,
         time_in_force, price, order_qty, status, close_reason, closed_at, created_at, updated_at)
       SELECT '${id}', ${sequence}, tenant_id, account_ids[1], venue, symbol, side, md5('${id}${sequence}'), 'clip', 'gtc', 1, 1,
         '${status}', ${status === 'closed' ? `'filled', now()` : 'NULL, NULL'}, now(), now() FROM parent_orders WHERE id = '${id}'`;
    await world.inTenant(async (tx) => {
      await fill(tx, id);
      await tx.query(child(0, 'pending'));
      await tx.query(child(1, 'pending'));
    });
    expect((await updatesAfter(from)).map(({ order }) => order.liveChildOrders)).toEqual([2]);
  });

  it('do not show themselves to other users, nor count with theirs', async () => {
    await world.addParent();
    const from = await head();
    expect(from).toBeGreaterThan(0);
    const stranger = await world.db.inTenant(world.otherTenantId, async (tx) => {
      const [other] = await tx.query<{ id: UserId }[]>('SELECT id FROM users');
      return [
        await new OrderUpdateRepository(tx, other!.id).range(),
        (await new OrderUpdateRepository(tx, other!.id).after(0, 10)).updates,
        (await new OrderUpdateRepository(tx, userId()).after(0, 10)).updates,
      ];
    });
    expect(stranger).toEqual([{ pruned: 0, last: 0 }, [], []]);
  });
});

describe('numbers', () => {
  it('rise by one per user in the order of commits, whoever numbers, and none is lost with what is rolled back', async () => {
    const orders = await Promise.all(Array.from({ length: 6 }, () => world.addParent({ orderQty: '100000' })));
    const step = fc.record({
      order: fc.nat({ max: orders.length - 1 }),
      fills: fc.integer({ min: 1, max: 3 }),
      fails: fc.boolean(),
      yields: fc.nat({ max: 4 }),
    });
    let [committed, failed] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async (steps) => {
        const from = await head();
        let ticks = 0;
        const done: { order: ParentOrderId; fills: number; began: number; ended: number; marks: string[] }[] = [];
        await Promise.all([
          ...steps.map(async ({ order, fills, fails, yields }, i) => {
            for (let n = 0; n < yields; n += 1) await setImmediate();
            const id = orders[order]!;
            const began = (ticks += 1);
            const marks: string[] = [];
            try {
              await world.inTenant(async (tx) => {
                for (let n = 0; n < fills; n += 1) {
                  const [row] = await tx.query<{ cum_base: string }[][]>(
                    'UPDATE parent_orders SET cum_base = cum_base + 1 WHERE id = $1 RETURNING cum_base',
                    [id],
                  );
                  marks.push(`${id} ${decimal(row![0]!.cum_base).toFixed()}`);
                }
                if (fails) throw new Error(`rolled back ${i}`);
              });
              done.push({ order: id, fills, began, ended: (ticks += 1), marks });
              committed += 1;
            } catch (error) {
              if (!fails) throw error;
              failed += 1;
            }
          }),
          ...[0, 1, 2].map(async () => {
            for (let n = 0; n < 4; n += 1) await numberOrderUpdates(world.db);
          }),
        ]);
        const told = await updatesAfter(from);
        const seqOf = new Map(told.map(({ seq, order }) => [`${order.id} ${order.cumBase.toFixed()}`, seq]));

        // Consecutive, and exactly what was committed.
        expect(told.map(({ seq }) => seq)).toEqual(told.map((_, i) => from + 1 + i));
        expect([...seqOf.keys()].sort()).toEqual(done.flatMap(({ marks }) => marks).sort());
        for (const a of done) {
          // Within a transaction in order, and before all that began after its commit was known.
          const own = a.marks.map((mark) => seqOf.get(mark)!);
          expect(own).toEqual([...own].sort((x, y) => x - y));
          for (const b of done) if (a.ended < b.began) expect(own.at(-1)!).toBeLessThan(seqOf.get(b.marks[0]!)!);
        }
        // Each order only ever grew.
        for (const id of orders) {
          const grown = told.filter(({ order }) => order.id === id).map(({ order }) => order.cumBase.toNumber());
          expect(grown).toEqual([...grown].sort((x, y) => x - y));
        }
      }),
      { numRuns: 25 },
    );
    expect(Math.min(committed, failed)).toBeGreaterThan(30);
  });

  it('do not wait for a transaction that is slow to commit', async () => {
    const [slow, quick] = [await world.addParent(), await world.addParent()];
    const from = await head();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let written: () => void = () => undefined;
    const isWritten = new Promise<void>((resolve) => (written = resolve));
    const first = world.inTenant(async (tx) => {
      await fill(tx, slow);
      written();
      await held;
    });
    await isWritten;
    await world.inTenant((tx) => fill(tx, quick));
    expect((await updatesAfter(from)).map(({ seq, order }) => [seq, order.id])).toEqual([[from + 1, quick]]);
    release();
    await first;
    expect((await updatesAfter(from + 1)).map(({ seq, order }) => [seq, order.id])).toEqual([[from + 2, slow]]);
  });

  it('are given by another process when one dies with the work half done', async () => {
    const id = await world.addParent();
    const from = await head();
    await world.inTenant((tx) => fill(tx, id));
    const dying = new Client({ connectionString: world.stores.appUrl });
    await dying.connect();
    dying.on('error', () => undefined);
    const [self] = (await dying.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows;
    await dying.query('BEGIN');
    await dying.query('SELECT pg_advisory_xact_lock(7263003)');
    await dying.query('UPDATE order_update_numbers SET seq = 999999 WHERE seq IS NULL');
    const waiting = updatesAfter(from);
    await until(async () => {
      const found = await world.db.inSystem((tx) =>
        tx.query<{ waits: boolean }[]>(
          `SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                          WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()) AS waits`,
        ),
      );
      return found[0]!.waits;
    });
    const owner = new Client({ connectionString: world.stores.ownerUrl });
    await owner.connect();
    await owner.query('SELECT pg_terminate_backend($1)', [self!.pid]);
    await owner.end();
    expect((await waiting).map(({ seq }) => seq)).toEqual([from + 1]);
  });

  it('are given to more updates than fit one batch', async () => {
    const id = await world.addParent();
    const from = await head();
    await world.inTenant((tx) =>
      tx.query(
        `DO $$ BEGIN FOR i IN 1..2300 LOOP UPDATE parent_orders SET cum_base = i WHERE id = '${id}'; END LOOP; END $$`,
      ),
    );
    expect(await numberOrderUpdates(world.db)).toBe(2_300);
    const told = await updatesAfter(from);
    expect(told.map(({ seq }) => seq)).toEqual(Array.from({ length: 2_300 }, (_, i) => from + 1 + i));
    expect(told.map(({ order }) => order.cumBase.toNumber())).toEqual(Array.from({ length: 2_300 }, (_, i) => i + 1));
  });
});

describe('what is kept', () => {
  const range = () => world.inTenant((tx) => new OrderUpdateRepository(tx, userId()).range());
  const kept = async (): Promise<number[]> => (await updatesAfter(0)).map(({ seq }) => seq);

  it('is the newest of a user, and what is younger than a day', async () => {
    const id = await world.addParent();
    for (let i = 0; i < 4; i += 1) await world.inTenant((tx) => fill(tx, id));
    const last = await head();
    await pruneOrderUpdates(world.db, { olderThanMs: 86_400_000, keepPerUser: 5 });
    expect(await kept()).toEqual([last - 4, last - 3, last - 2, last - 1, last]);
    expect(await range()).toEqual({ pruned: last - 5, last });
    expect(await pruneOrderUpdates(world.db, { olderThanMs: 86_400_000, keepPerUser: 5 })).toBe(0);

    await world.db.inSystem((tx) =>
      tx.query(`UPDATE order_update_numbers SET at = at - interval '25 hours' WHERE seq <= $1`, [last - 2]),
    );
    await pruneOrderUpdates(world.db, { olderThanMs: 86_400_000, keepPerUser: 5 });
    expect([await kept(), await range()]).toEqual([[last - 1, last], { pruned: last - 2, last }]);
    const left = await world.inTenant((tx) =>
      tx.query<{ count: number }[]>('SELECT count(*)::integer AS count FROM order_updates'),
    );
    expect(left[0]!.count).toBe(2);

    await world.db.inSystem((tx) => tx.query(`UPDATE order_update_numbers SET at = at - interval '25 hours'`));
    await pruneOrderUpdates(world.db, { olderThanMs: 86_400_000, keepPerUser: 5 });
    expect([await kept(), await range()]).toEqual([[], { pruned: last, last }]);
    await world.inTenant((tx) => fill(tx, id));
    expect(await kept()).toEqual([last + 1]);
  });
});

it('an order begins all the same whose worth no column can hold', async () => {
  const id = await world.addParent({ status: 'SCHEDULED', orderQty: '99999999999999999999' });
  const from = await head();
  await world.inTenant((tx) =>
    new ExecutionOrderRepository(tx, world.tenantId).activate({ id }, world.clock.now(), price('3000'), null),
  );
  const [told] = await updatesAfter(from);
  expect([told?.type, told?.order.arrivalPrice?.toFixed(), told?.order.quoteAmount]).toEqual([
    'order_activated',
    '3000',
    null,
  ]);
});
