import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import {
  addMs,
  decimal,
  deriveClientOrderId,
  notional,
  price,
  quantity,
  type MarketSnapshot,
  type ParentOrderId,
} from '#domain';
import type { RunningService } from '#observability';
import { ExecutionOrderRepository, hastenWork, scheduleWork, type WorkedOrder } from '#persistence';
import { MarketDataPublisher, SIM_VENUE_ID } from '#venues';
import { BudgetShares } from '../../../apps/order-scheduler/src/market/budget-shares.js';
import { SchedulerMarket } from '../../../apps/order-scheduler/src/market/scheduler-market.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { startOrderScheduler } from '../../support/order-scheduler.js';
import { openTradableAccount } from '../../support/tradable-account.js';
import { until } from '../../support/until.js';

let world: LedgerWorld;
let market: MarketDataPublisher;
let quotes: NodeJS.Timeout;
let bid = '99.00';
let traded = 1_000;
/** How long ago the feed last vouched for what it says. */
let quoteAgeMs = 0;
let scheduler: RunningService | undefined;

beforeAll(async () => {
  world = await openLedgerWorld('gateway');
  market = new MarketDataPublisher({ url: world.stores.redisUrl, prefix: world.stores.redisPrefix }, 'test');
  await publish();
  quotes = setInterval(() => void publish(), 250);
  await openTradableAccount(world);
});
afterAll(async () => {
  clearInterval(quotes);
  await market.close();
  await world.close();
});
afterEach(async () => {
  await scheduler?.stop();
  scheduler = undefined;
});

async function publish(): Promise<void> {
  const best = price(bid);
  const snapshot: MarketSnapshot = {
    venue: SIM_VENUE_ID,
    symbol: 'TESTUSDT',
    pair: 'TEST-USDT',
    status: 'live',
    reason: null,
    at: addMs(world.clock.now(), -quoteAgeMs),
    seq: 1,
    bids: [{ price: best, qty: quantity('1000') }],
    asks: [{ price: price(best.add('0.02').toFixed()), qty: quantity('1000') }],
    mid: price(best.add('0.01').toFixed()),
    bbo: null,
    mark: null,
    sigma1Bps: decimal('1'),
    sigma5Bps: decimal('2'),
    sigma10Bps: decimal('3'),
    medianMid60: price(best.add('0.01').toFixed()),
    lastTradeId: '1',
    cumBaseVolume: quantity(String(traded)),
    cumQuoteVolume: notional(String(99 * traded)),
  };
  await market.hold(SIM_VENUE_ID, 60_000);
  await market.publish(snapshot);
}

async function startScheduler(): Promise<RunningService> {
  scheduler = await startOrderScheduler(world.stores);
  return scheduler;
}

const wakeOf = (id: ParentOrderId) =>
  ({ kind: 'parent.wake', tenantId: world.tenantId, parentOrderId: id, sequence: -1 }) as const;

/** As the order API leaves an order that starts at once: not activated, its first wake-up due. */
async function accept(
  over: Parameters<LedgerWorld['addParent']>[0] = {},
  { market_type: marketType = 'spot', leverage = null }: { market_type?: string; leverage?: number | null } = {},
): Promise<ParentOrderId> {
  const id = await world.addParent({ symbol: 'TESTUSDT', orderQty: '10', durationMs: 60_000, ...over });
  await world.inTenant(async (tx) => {
    await tx.query('UPDATE parent_orders SET activated_at = NULL, market_type = $2, leverage = $3 WHERE id = $1', [
      id,
      marketType,
      leverage,
    ]);
    await scheduleWork(tx, wakeOf(id), world.clock.now());
  });
  return id;
}

interface Child {
  sequence: number;
  side: string;
  price: string;
  order_qty: string;
  time_in_force: string;
  client_order_id: string;
}
const childrenOf = (id: ParentOrderId) =>
  world.inTenant((tx) =>
    tx.query<Child[]>('SELECT * FROM child_orders WHERE parent_order_id = $1 ORDER BY sequence', [id]),
  );
const parentOf = async (id: ParentOrderId) => {
  const [row] = await world.inTenant((tx) =>
    tx.query<Record<string, unknown>[]>('SELECT * FROM parent_orders WHERE id = $1', [id]),
  );
  return row ?? {};
};
const change = (id: ParentOrderId, sql: string) =>
  world.inTenant((tx) => tx.query(`UPDATE parent_orders SET ${sql} WHERE id = $1`, [id]));
const count = async (sql: string, id: ParentOrderId): Promise<number> => {
  const [row] = await world.inTenant((tx) => tx.query<{ n: number }[]>(sql, [id]));
  return row?.n ?? -1;
};

describe('wake-ups', () => {
  it('P-05 finds an accepted order whose job was lost, activates it, and stores the decision whole', async () => {
    const id = await accept();
    await startScheduler();
    await until(async () => (await childrenOf(id)).length === 1, { what: 'the first clip is decided' });
    const [child] = await childrenOf(id);
    // Delta0 = 2 s, n = 30: a nominal slice of 0.333, jittered by a fifth, in lots of 0.001; at the bid.
    expect(Number(child?.order_qty)).toBeGreaterThanOrEqual(0.266);
    expect(Number(child?.order_qty)).toBeLessThanOrEqual(0.4);
    expect(Number(child?.price)).toBe(99);
    expect(child).toMatchObject({
      sequence: 0,
      side: 'buy',
      time_in_force: 'gtx',
      client_order_id: deriveClientOrderId(id, 0),
    });
    const parent = await parentOf(id);
    expect(parent).toMatchObject({ status: 'ACTIVE', next_sequence: 1 });
    expect(Number(parent.start_price)).toBe(99.01);
    expect([Number(parent.start_volume), Number(parent.start_notional)]).toEqual([1_000, 99_000]);
    expect(await count('SELECT count(*)::integer AS n FROM plan_versions WHERE parent_order_id = $1', id)).toBe(1);
    expect(
      await count(
        `SELECT count(*)::integer AS n FROM due_work WHERE parent_order_id = $1 AND kind = 'child.submit'`,
        id,
      ),
    ).toBe(1);
    expect(
      await count(
        `SELECT count(*)::integer AS n FROM audit_log WHERE entity_id = $1::uuid::text AND event IN ('activated', 'planned')`,
        id,
      ),
    ).toBe(2);
  });

  it('B-03 runs a job twice and writes nothing the second time', async () => {
    const id = await accept();
    await startScheduler();
    await until(async () => (await childrenOf(id)).length === 1);
    const before = await parentOf(id);
    await world.db.inSystem((tx) =>
      tx.query(
        `INSERT INTO outbox (tenant_id, job, payload) SELECT $1, 'parent-order.wake',
           jsonb_build_object('v', 1, 'tenantId', $1::uuid, 'parentOrderId', $2::uuid, 'traceId', repeat('0', 32))
         FROM generate_series(1, 5)`,
        [world.tenantId, id],
      ),
    );
    await until(async () => {
      const [row] = await world.db.inSystem((tx) =>
        tx.query<{ n: number }[]>('SELECT count(*)::integer AS n FROM outbox'),
      );
      return row?.n === 0;
    });
    const wakes = new Redis(world.stores.redisUrl);
    await until(
      async () => (await wakes.llen(`{${world.stores.redisPrefix}:parent-order.wake}:parent-order.wake:wait`)) === 0,
    );
    wakes.disconnect();
    expect(await childrenOf(id)).toHaveLength(1);
    expect((await parentOf(id)).last_decision_at).toEqual(before.last_decision_at);
  });

  it('B-04 runs one wake-up many times at once, in two processes, and decides once', async () => {
    const first = await startScheduler();
    const second = await startScheduler();
    const id = await accept({ durationMs: 3_600_000 });
    await world.db.inSystem((tx) =>
      tx.query(
        `INSERT INTO outbox (tenant_id, job, payload) SELECT $1, 'parent-order.wake',
           jsonb_build_object('v', 1, 'tenantId', $1::uuid, 'parentOrderId', $2::uuid, 'traceId', repeat('0', 32))
         FROM generate_series(1, 20)`,
        [world.tenantId, id],
      ),
    );
    await until(async () => (await childrenOf(id)).length > 0);
    await first.stop();
    await second.stop();
    scheduler = undefined;
    expect(await childrenOf(id)).toHaveLength(1);
    expect(await count('SELECT count(*)::integer AS n FROM plan_versions WHERE parent_order_id = $1', id)).toBe(1);
    expect(
      await count(
        `SELECT count(*)::integer AS n FROM order_messages WHERE parent_order_id = $1 AND type = 'order_activated'`,
        id,
      ),
    ).toBe(1);
  });

  it('B-09 leaves an order alone that is not due yet', async () => {
    const id = await accept();
    await world.inTenant((tx) =>
      scheduleWork(tx, wakeOf(id), (world.clock.now() + 1_200) as ReturnType<typeof world.clock.now>),
    );
    await startScheduler();
    const started = world.clock.now();
    await until(async () => (await childrenOf(id)).length > 0);
    const { activated_at: at } = await parentOf(id);
    expect(at).not.toBeNull();
    expect(world.clock.now() - started).toBeGreaterThan(900);
  });

  it('wakes an order when the price leaves its child behind, long before its timer', async () => {
    bid = '99.00';
    const id = await accept({ durationMs: 3_600_000 });
    await startScheduler();
    await until(async () => (await childrenOf(id)).length === 1);
    await world.inTenant((tx) =>
      tx.query(
        `UPDATE child_orders SET status = 'working', venue_order_id = '1', epoch = 1, claimed_at = now(), valid_until = now(),
           created_at = created_at - interval '10 seconds' WHERE parent_order_id = $1`,
        [id],
      ),
    );
    await world.inTenant((tx) => hastenWork(tx, wakeOf(id)));
    await until(
      async () =>
        count(
          `SELECT count(*)::integer AS n FROM due_work WHERE parent_order_id = $1 AND sequence = -1 AND due_at > now() + interval '1 second'`,
          id,
        ).then((n) => n === 1),
      { what: 'the order waits for its timer' },
    );
    bid = '99.50';
    await until(
      async () =>
        (await count(
          `SELECT count(*)::integer AS n FROM child_orders WHERE parent_order_id = $1 AND cancel_reason = 're_peg'`,
          id,
        )) === 1,
      { what: 'the child left behind is cancelled' },
    );
    bid = '99.00';
  });

  it('begins on no market that nobody vouches for any more', async () => {
    quoteAgeMs = 3_000; // past the two seconds of a fit book, and its status is still `live`
    await publish();
    const [id, lost] = [await accept(), await accept()];
    await startScheduler();
    for (const one of [id, lost])
      await until(async () => (await parentOf(one)).blocked_since !== null, { what: 'it waits for a market' });
    await change(lost, `blocked_since = now() - interval '1 hour'`);
    await until(async () => (await parentOf(lost)).status === 'CANCELED', { what: 'an hour without a market ends it' });
    expect(await parentOf(lost)).toMatchObject({ failure_reason: 'venue_unavailable', activated_at: null });
    expect((await parentOf(id)).activated_at).toBeNull();
    quoteAgeMs = 0;
    await until(async () => (await childrenOf(id)).length > 0, { what: 'it begins once the market is back' });
    expect((await parentOf(id)).blocked_since).toBeNull();
    const told = `SELECT count(*)::integer AS n FROM order_messages WHERE parent_order_id = $1 AND type = 'no_market'`;
    expect([await count(told, id), await count(told, lost)]).toEqual([1, 1]);
  });

  it('P-06 goes on from the rows alone after the scheduler is replaced', async () => {
    const id = await accept({ durationMs: 30_000 });
    await startScheduler();
    await until(async () => (await childrenOf(id)).length === 1);
    await scheduler?.stop();
    await world.inTenant((tx) =>
      tx.query(
        `UPDATE child_orders SET status = 'closed', close_reason = 'canceled', closed_at = now() WHERE parent_order_id = $1`,
        [id],
      ),
    );
    await world.inTenant((tx) => hastenWork(tx, wakeOf(id)));
    await startScheduler();
    await until(async () => (await childrenOf(id)).length > 1);
    const all = await childrenOf(id);
    expect(all.map((c) => c.sequence)).toEqual(all.map((_, n) => n));
    expect(all[1]?.client_order_id).toBe(deriveClientOrderId(id, 1));
    expect(await count('SELECT count(*)::integer AS n FROM plan_versions WHERE parent_order_id = $1', id)).toBe(1);
  });

  it('reads of a long history only what rules look back on, and counts all of it', async () => {
    const id = await world.addParent({ symbol: 'TESTUSDT', orderQty: '1000', durationMs: 600_000 });
    await world.inTenant((tx) =>
      tx.query(
        `INSERT INTO child_orders (parent_order_id, sequence, tenant_id, account_id, venue, symbol, client_order_id, side,
           purpose, time_in_force, price, order_qty, cum_qty, cum_notional, status, close_reason, closed_at, epoch)
         SELECT $1, n, $2, $3, 'sim', 'TESTUSDT', lpad(to_hex(n), 32, '0'), 'buy', 'clip', 'gtx', 99, 1, n % 3 / 2, n % 3 / 2 * 99, 'closed',
                'canceled', now(), 1 FROM generate_series(0, 999) n`,
        [id, world.tenantId, world.accountId],
      ),
    );
    await world.inTenant((tx) =>
      tx.query('UPDATE parent_orders SET next_sequence = 1000, cum_base = 333, cum_quote = 32967 WHERE id = $1', [id]),
    );
    const lock = () =>
      world.inTenant(async (tx) => {
        await hastenWork(tx, { kind: 'parent.wake', tenantId: world.tenantId, parentOrderId: id, sequence: -1 });
        return (await new ExecutionOrderRepository(tx, world.tenantId).lock(id))?.order;
      });
    const executed = (order: WorkedOrder | undefined) =>
      order?.children.reduce((sum, { cumQty }) => sum.add(cumQty), decimal('0')).toFixed();
    const before = await lock();
    expect([before?.children.length, executed(before)]).toEqual([333 + 33, '333']);

    await startScheduler();
    await until(async () => (await lock())?.readFrom !== 0, { what: 'the first decision has settled what is past' });
    const after = await lock();
    expect(after?.readFrom).toBe(1_000 - 3 * 80 + 1);
    expect(after?.children.length).toBeLessThan(130);
    expect(executed(after)).toBe('333');
    await world.inTenant((tx) =>
      tx.query(`UPDATE parent_orders SET status = 'CANCELED', ended_at = now() WHERE id = $1`, [id]),
    );
  });

  it('follows the volume of others, without what other orders of the account traded', async () => {
    const id = await accept({ durationMs: 20_000 });
    await change(id, `params = params || '{"povTarget": "0.1"}'`);
    await startScheduler();
    await until(async () => Object.keys((await parentOf(id)).volume_counts as object).length === 1);
    // Another order of the account has filled 2 of what is printed next: 9 of 11 are of others, and 1 is a tenth of 10.
    await world.inTenant((tx) =>
      tx.query(
        `INSERT INTO own_volumes (account_id, symbol, tenant_id, cum_base, last_trade_id, last_traded_at)
         VALUES ($1, 'TESTUSDT', $2, 2, '1', now()) ON CONFLICT (account_id, symbol) DO UPDATE SET
         cum_base = own_volumes.cum_base + 2`,
        [world.accountId, world.tenantId],
      ),
    );
    traded += 11;
    const ours = async () => (await childrenOf(id)).reduce((sum, child) => sum + Number(child.order_qty), 0);
    const highest = async () => {
      const { volume_counts: counts } = await parentOf(id);
      return Number((counts as Record<string, { highest: string }>)['TESTUSDT.sim']?.highest);
    };
    // What works of ours may be in the print: it is known to be of others once none of it is left.
    await until(
      async () => {
        await world.inTenant(async (tx) => {
          await tx.query(
            `UPDATE child_orders SET status = 'closed', close_reason = 'canceled', closed_at = now()
             WHERE status <> 'closed' AND account_id = $1`,
            [world.accountId],
          );
          await hastenWork(tx, wakeOf(id));
        });
        return (await highest()) > 8.5;
      },
      { everyMs: 100, what: 'the volume of others is counted' },
    );
    expect(await highest()).toBeLessThanOrEqual(9);
    expect(await ours()).toBeGreaterThan(0);
    await change(id, `status = 'CANCELED', ended_at = now()`);
  });

  it('expects the pace of what is recorded, be it less than fifteen minutes', async () => {
    // 100 in the last 100 s, a second more or less, and as much as the order is to be traded by others meanwhile
    await world.db.inSystem((tx) =>
      tx.query(
        `INSERT INTO market_samples (venue, symbol, chunk, bids, asks, cum_base, cum_quote)
         SELECT 'sim', 'TESTUSDT', floor(extract(epoch FROM now()) / 10) - 10, n, n, array_prepend($1::numeric, n[2:10]), n
         FROM (SELECT array_fill(NULL::numeric, ARRAY[10]) AS n) AS nothing`,
        [traded - 100],
      ),
    );
    const id = await accept();
    await change(id, `algorithm = 'pov', duration_ms = NULL, params = params || '{"povTarget": "0.5"}'`);
    await startScheduler();
    const estimate = async () => Number((await parentOf(id)).estimated_ms);
    await until(async () => (await estimate()) > 0, { what: 'the order is expected to end' });
    expect(await estimate()).toBeGreaterThan(9_000);
    expect(await estimate()).toBeLessThan(60_000);
    await change(id, `status = 'CANCELED', ended_at = now()`);
  });

  it('plans by the volume of recorded days, and keeps the profile with the plan', async () => {
    await world.db.inSystem((tx) =>
      tx.query(
        `INSERT INTO minute_bars (venue, symbol, minute, open, high, low, close, base_volume, quote_volume, trades, complete)
         SELECT 'sim', 'TESTUSDT', m, 99, 99, 99, 99, 1 + extract(hour FROM m), 99, 1, true
         FROM generate_series(date_trunc('day', now()) - interval '2 days', date_trunc('minute', now()) - interval '1 minute',
                              interval '1 minute') AS m`,
      ),
    );
    const id = await accept({ durationMs: 60_000 });
    await change(id, `algorithm = 'vwap'`);
    await startScheduler();
    await until(async () => (await childrenOf(id)).length > 0);
    const plans = () =>
      world.inTenant((tx) =>
        tx.query<{ profile: string; bars: number; daily: number }[]>(
          `SELECT v.shape->>'profileId' AS profile, p.bars, p.mean_daily_volume AS daily
           FROM plan_versions v JOIN volume_profiles p ON p.id = v.shape->>'profileId' WHERE v.parent_order_id = $1`,
          [id],
        ),
      );
    const [plan] = await plans();
    // Two whole days: 60 minutes of 1 to 24.
    expect(plan?.daily).toBe(60 * 300);
    expect(plan?.bars).toBeGreaterThanOrEqual(2 * 1_440);

    // A scheduler that begins anew, on other recordings, goes on with the same profile.
    await scheduler?.stop();
    await world.db.inSystem((tx) => tx.query(`DELETE FROM minute_bars WHERE symbol = 'TESTUSDT'`));
    await world.inTenant((tx) =>
      tx.query(
        `UPDATE child_orders SET status = 'closed', close_reason = 'canceled', closed_at = now() WHERE parent_order_id = $1`,
        [id],
      ),
    );
    await world.inTenant((tx) => hastenWork(tx, wakeOf(id)));
    await startScheduler();
    await until(async () => (await childrenOf(id)).length > 1);
    expect(await plans()).toEqual([plan]);
  });

  it.each([
    ['done', 'ACTIVE', ''],
    ['refused', 'CANCELED', 'leverage_failed'],
  ])('begins once the leverage it asked for is set, or never: %s', async (outcome, status, failure) => {
    await startScheduler();
    const id = await accept({}, { market_type: 'perp', leverage: outcome === 'done' ? 7 : 8 });
    const commands = () =>
      world.inTenant((tx) =>
        tx.query<{ id: string; argument: string }[]>(
          `SELECT id, argument FROM account_commands WHERE kind = 'set_leverage' AND finished_at IS NULL`,
        ),
      );
    await until(async () => (await commands()).length === 1, { what: 'the leverage is asked for' });
    expect((await parentOf(id)).activated_at).toBeNull();
    const [command] = await commands();
    await world.inTenant((tx) =>
      tx.query(
        `UPDATE account_commands SET outcome = $2, outcome_text = 'a position is open', finished_at = clock_timestamp() WHERE id = $1`,
        [command?.id, outcome],
      ),
    );
    await until(async () => (await parentOf(id)).activated_at !== null || (await parentOf(id)).status === 'CANCELED');
    expect(await parentOf(id)).toMatchObject({ status, failure_reason: failure });
    if (outcome === 'refused') expect(await childrenOf(id)).toEqual([]);
  });

  it('RC-03 prices takers inside the collar of the account, where it is enforced', async () => {
    const enforce = (enforcement: 'strict' | 'report') =>
      world.inTenant((tx) =>
        tx.query(
          `INSERT INTO risk_limits (tenant_id, scope, account_id, enforcement, updated_by) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (tenant_id, scope) DO UPDATE SET enforcement = EXCLUDED.enforcement`,
          [world.tenantId, `account:${world.accountId}`, world.accountId, enforcement, world.userId],
        ),
      );
    const taken = async () => {
      const id = await accept();
      await change(id, `algorithm = 'market', duration_ms = NULL`);
      await startScheduler();
      await until(async () => (await childrenOf(id)).length === 1);
      await scheduler?.stop();
      await change(id, `status = 'CANCELED', ended_at = now()`);
      return (await childrenOf(id)).map(({ price: px, time_in_force: inForce }) => `${inForce} ${Number(px)}`);
    };
    expect(await taken()).toEqual(['ioc 101.99']); // 300 bps beyond the ask of 99.02
    await enforce('strict');
    expect(await taken()).toEqual(['ioc 101.83']); // 95 % of 3 % beyond the mid of 99.01
    await enforce('report');
  });

  it('learns an instrument that was listed since the last look with the first order on it', async () => {
    const place = { venue: SIM_VENUE_ID, symbol: 'TESTUSDT' };
    const known = new SchedulerMarket(world.db, { get: () => null }, new BudgetShares(new Map()), new Map());
    await known.learn([place]);
    expect(known.instrument(place)).toMatchObject({ pair: 'TEST-USDT', status: 'trading' });
  });

  it('refuses an order of a venue that it knows nothing of without harming others', async () => {
    const lost = await accept();
    await world.inTenant((tx) => tx.query(`UPDATE parent_orders SET symbol = 'NOPEUSDT' WHERE id = $1`, [lost]));
    const fine = await accept();
    await startScheduler();
    await until(async () => (await childrenOf(fine)).length === 1);
    expect(await childrenOf(lost)).toEqual([]);
  });
});
