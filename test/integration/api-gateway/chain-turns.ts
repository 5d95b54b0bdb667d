import { expect, it } from '@jest/globals';
import { decimal, type VenueId } from '#domain';
import { MarginTierRepository } from '#persistence';
import { until } from '../../support/until.js';
import type { Answer } from './api-harness.js';
import type { GroupWorld, Member } from './group-world.js';

/** What is checked again when a member of a chain has waited for its turn. */
export function chainTurns(of: () => GroupWorld): void {
  const placeChain = (...members: readonly Member[]): Promise<Answer> => of().placeChain(members);

  it('checks the market again at a member’s turn', async () => {
    const { json } = await placeChain([1], [2, { base_asset_qty: 0.01 }]);
    await of().markets.quote('ETH-USDT', '300', '300.2');
    try {
      await of().end(json.order_ids[0], 'COMPLETE', 'filled');
      await of().untilChain(json.id, 'CANCELED');
    } finally {
      await of().markets.quote('ETH-USDT', '3012.30', '3012.50');
    }
    const last = (await of().order(json.order_ids[1])).json;
    expect(last).toMatchObject({ status: 'CANCELED', failure_reason: 'venue_rejected' });
    expect(last.messages[0].message).toContain('notional must be at least the minimum of 5 USDT, was 3.001');
  });

  it('waits for a market at a member’s turn, an hour at most, in which a pause does not count', async () => {
    await of().markets.silence('BTC-USDT', 3_000);
    const { json } = await placeChain([1], [2, { pair: 'BTC-USDT' }]);
    const [one, two] = json.order_ids as [string, string];
    const waits = (): Promise<void> =>
      until(
        async () =>
          (
            await of().sql(
              `SELECT 1 FROM parent_orders WHERE id = $1 AND blocked_since > now() - interval '1 minute'`,
              [two],
            )
          ).length === 1,
        { what: 'it waits for a market' },
      );
    const since = (interval: string): Promise<unknown> =>
      of().sql(
        `UPDATE parent_orders SET start_at = now() - $2::interval, blocked_since = now() - $2::interval WHERE id = $1`,
        [two, interval],
      );
    try {
      await of().end(one, 'COMPLETE', 'filled');
      await waits();
      expect((await of().ask('POST', '/api/pause_order/', { order_id: two })).status).toBe(200);
      await since('2 hours');
      expect((await of().ask('POST', '/api/resume_order/', { order_id: two })).status).toBe(200);
      await waits();
      expect((await of().order(two)).json).toMatchObject({ status: 'SCHEDULED', time_start: null, time_end: null });
      await of().sql(
        `UPDATE order_intervals SET from_at = from_at - interval '2 hours', to_at = to_at - interval '2 hours' WHERE parent_order_id = $1`,
        [two],
      );
      await since('1 hour');
      await of().untilChain(json.id, 'CANCELED');
    } finally {
      await of().markets.quote('BTC-USDT', '59999', '60001');
    }
    expect((await of().order(two)).json).toMatchObject({ status: 'CANCELED', failure_reason: 'venue_unavailable' });
  });

  it('holds a member against the restrictions of its turn', async () => {
    const { json } = await placeChain([1], [2], [3]);
    const [one, two, three] = json.order_ids as [string, string, string];
    const forbid = (type: string, limit: number | null, pair: string): Promise<unknown> =>
      of().sql(
        `INSERT INTO trading_restrictions (tenant_id, restriction_type, notional_limit, pair, reason, created_by)
         VALUES ($1, $2, $3, $4, 'too hot', $5)`,
        [of().user.tenantId, type, limit, pair, of().user.userId],
      );
    // Two members are open then, each of 15062; what waits counts once, as it did when the chain was taken in.
    await forbid('MAX_OPEN_NOTIONAL', 30_124, 'eth-usdt');
    await forbid('PAIR_BLOCK', null, 'BTC-USDT');
    await of().end(one, 'COMPLETE', 'filled');
    await of().untilOrder(two, 'ACTIVE');
    await forbid('MAX_ORDER_NOTIONAL', 15_061, 'ETH-USDT');
    await of().end(two, 'COMPLETE', 'filled');
    await of().untilChain(json.id, 'CANCELED');
    const last = (await of().order(three)).json;
    expect(last).toMatchObject({ status: 'CANCELED', failure_reason: 'risk_denied' });
    expect(last.messages[0].message).toBe('restricted: notional must be at most 15061, was 15062: too hot');
    expect((await of().chain(json.id)).json).toMatchObject({ current_priority: 3, failure_reason: 'chain_stopped' });
    // Members are held against a limit together when they are taken in, though none of them is stored yet.
    const small = { base_asset_qty: 4.9 };
    const over = await placeChain([1, small], [1, small], [2, small]);
    expect([over.status, over.json.error]).toEqual([
      422,
      'open notional must stay at most 30124, would be 44282.28: too hot',
    ]);
    expect((await placeChain([1, small], [2, small])).status).toBe(200);
  });

  it('warns of a member at its turn, at what it is worth by then', async () => {
    const warnings = async (id: unknown): Promise<unknown[]> =>
      (await of().order(id)).json.messages.filter(({ level }: { level: string }) => level === 'warning');
    const { json } = await placeChain([1], [2, { base_asset_qty: 40 }]);
    const [one, two] = json.order_ids as [string, string];
    expect(json.warnings).toEqual([]);
    await of().markets.quote('ETH-USDT', '6299', '6301');
    try {
      await of().end(one, 'COMPLETE', 'filled');
      await of().untilOrder(two, 'ACTIVE');
    } finally {
      await of().markets.quote('ETH-USDT', '3012.30', '3012.50');
    }
    const text = 'notional 252000 is above the limit of 250000, which is only reported here';
    expect(await warnings(two)).toMatchObject([{ type: 'risk_warning', message: text }]);
    expect(await warnings(one)).toEqual([]);
  });

  it('holds the leverage of a member against what its venue allows at its turn', async () => {
    const { json } = await placeChain([1], [2, { pair: 'ETH:PERP-USDT', updated_leverage: 10 }]);
    const [one, two] = json.order_ids as [string, string];
    const tell = (maxLeverage: number): Promise<void> =>
      of().api.db.inSystem((tx) => {
        const zero = decimal('0');
        const tier = { notionalCap: decimal('1000000'), maxLeverage, maintenanceRate: zero, deduction: zero };
        return new MarginTierRepository(tx).tell('sim-usdm' as VenueId, new Map([['ETHUSDT', [tier]]]));
      });
    await tell(9);
    try {
      await of().end(one, 'COMPLETE', 'filled');
      await of().untilChain(json.id, 'CANCELED');
    } finally {
      await tell(100);
    }
    const last = (await of().order(two)).json;
    expect(last).toMatchObject({ status: 'CANCELED', failure_reason: 'leverage_failed' });
    expect(last.messages[0].message).toBe('leverage must be at most 9 for ETHUSDT, was 10');
  });
}
