import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compareWithVenue } from '../support/compare-with-venue.js';
import { TrancheProcess, type Answer, type Layout } from '../support/tranche-process.js';
import { until } from '../support/until.js';

let system: TrancheProcess;

const place = async (over: object): Promise<Answer> =>
  system.ask('POST', '/api/orders/', { accounts: ['mock'], pair: 'ETH-USDT', side: 'buy', strategy: 'TWAP', ...over });

const ended = (id: string, timeoutMs = 60_000): Promise<void> =>
  until(
    async () => {
      const order = (await system.order(id)) as { active: boolean; live_child_orders: number };
      return !order.active && order.live_child_orders === 0;
    },
    { timeoutMs, everyMs: 200, what: `order ${id} has ended` },
  );

describe.each<Layout>(['together', 'apart'])('the main job, services %s', (layout) => {
  beforeAll(async () => {
    system = await TrancheProcess.create({}, layout);
  });
  afterAll(() => system.remove());

  it('OA-1 and OA-34 works a TWAP to its last lot, and reports every fill and what it cost', async () => {
    const balancesBefore = await assets();
    const created = await place({ base_asset_qty: 1.5, duration: 10 });
    expect(created.status).toBe(200);
    const { id } = created.body as { id: string };
    await ended(id);
    const order = (await system.order(id)) as Record<string, string> & {
      fills: { qty: string; role: string; notional: string }[];
      stats: Record<string, string | null>;
      messages: { type: string }[];
      executed_qty: number;
    };
    expect(order).toMatchObject({
      status: 'COMPLETE',
      completion_reason: 'filled',
      target_executed_qty: '1.5',
      target_remaining_qty: '0',
      pct_filled: '100.00',
      executed_qty: 1.5,
    });
    expect(order.fills.length).toBeGreaterThan(1);
    expect(order.fills.reduce((sum, f) => sum + Number(f.qty), 0)).toBeCloseTo(1.5, 9);
    expect(Number(order.stats.arrival_price)).toBeGreaterThan(0);
    expect(order.stats.slippage_bps).toMatch(/^-?\d+\.\d+$/);
    expect(Number(order.stats.fee_bps)).toBeCloseTo(10, 1);
    expect(Number(order.stats.participation_rate)).toBeGreaterThan(0);
    expect(Number(order.stats.participation_rate)).toBeLessThanOrEqual(1);
    expect(order.messages.map((m) => m.type)).toEqual(
      expect.arrayContaining(['order_created', 'order_activated', 'order_completed']),
    );
    const summary = await system.ask('GET', `/api/order_summary/${id}`);
    expect(summary.body).toMatchObject({ placements: [], fills: [], executed_qty: 1.5 });

    expect((await compareWithVenue(system, [id])).differences).toEqual([]);
    // The account at the venue, and what we show of it, moved by just these fills.
    const spent = order.fills.reduce((sum, f) => sum + Number(f.notional), 0);
    await until(
      async () => Math.abs((balancesBefore.get('USDT') ?? 0) - ((await assets()).get('USDT') ?? 0) - spent) < 1e-6,
      { everyMs: 200, what: 'the balance shows what was spent' },
    );
    expect((await assets()).get('ETH')).toBeCloseTo((balancesBefore.get('ETH') ?? 0) + 1.5 - 0.0015, 4);
  });

  it('OA-4 and OA-35 cancels an order half done, at the venue too, and keeps what it filled', async () => {
    const { id } = (await place({ base_asset_qty: 5, duration: 60, side: 'sell' })).body as { id: string };
    await until(async () => Number(((await system.order(id)) as { pct_filled: string }).pct_filled) > 2, {
      everyMs: 200,
    });
    const canceled = await system.ask('DELETE', `/api/order/${id}/`);
    expect(canceled).toMatchObject({
      status: 200,
      body: { status: 'CANCELED', active: false, message: 'Successfully canceled order.' },
    });
    await ended(id, 20_000);
    const order = (await system.order(id)) as { failure_reason: string; pct_filled: string };
    expect(order.failure_reason).toBe('');
    expect(Number(order.pct_filled)).toBeLessThan(100);
    expect((await compareWithVenue(system, [id])).differences).toEqual([]);
    expect((await system.ask('DELETE', `/api/order/${id}`)).body).toMatchObject({
      message: 'Order is already canceled.',
    });
  });

  it('fills a Market order at once, and lets a Limit order rest until it is cancelled', async () => {
    const market = (await place({ strategy: 'Market', base_asset_qty: 0.5 })).body as { id: string };
    await ended(market.id, 15_000);
    expect(await system.order(market.id)).toMatchObject({
      status: 'COMPLETE',
      completion_reason: 'filled',
      duration: null,
    });

    const limit = (await place({ strategy: 'Limit', base_asset_qty: 0.5, limit_price: 2500 })).body as { id: string };
    await until(async () => ((await system.order(limit.id)) as { live_child_orders: number }).live_child_orders === 1, {
      everyMs: 200,
    });
    const resting = (await system.order(limit.id)) as { placements: { status: string; price: string }[] };
    await until(async () => ((await system.order(limit.id)) as typeof resting).placements[0]?.status === 'working', {
      everyMs: 200,
    });
    expect(Number(resting.placements[0]?.price)).toBe(2500);
    expect((await system.ask('DELETE', `/api/order/${limit.id}`)).status).toBe(200);
    await ended(limit.id, 15_000);
    expect((await compareWithVenue(system, [market.id, limit.id])).differences).toEqual([]);
  });

  it('starts an order at the time it was asked to start', async () => {
    const startAt = new Date(Date.now() + 2_500).toISOString();
    const created = await place({ base_asset_qty: 0.2, duration: 4, start_datetime: startAt });
    expect(created.body).toMatchObject({ status: 'SCHEDULED' });
    const { id } = created.body as { id: string };
    await until(async () => ((await system.order(id)) as { status: string }).status !== 'SCHEDULED', {
      everyMs: 100,
    });
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(startAt));
    await ended(id);
    expect(await system.order(id)).toMatchObject({ status: 'COMPLETE', completion_reason: 'filled' });
  });

  it('asks the services what they know now: book, limits, balances', async () => {
    const asked = async (path: string): Promise<Record<string, unknown>> => {
      const { status, body } = await system.ask('GET', path);
      expect([path, status]).toEqual([path, 200]);
      return body as Record<string, unknown>;
    };
    // Twice: each API asks.
    for (let api = 0; api < 2; api += 1) {
      const book = await asked('/manage/v1/market/sim/ETHUSDT?levels=3');
      expect(book).toMatchObject({ venue: 'sim', symbol: 'ETHUSDT', status: 'live' });
      expect([(book.bids as unknown[]).length, (book.asks as unknown[]).length]).toEqual([3, 3]);
      const limits = (await asked('/manage/v1/limits')) as { source: string; limits: { account: string | null }[] };
      expect(limits.source).toBe('live');
      expect(new Set(limits.limits.map(({ account }) => account))).toEqual(new Set([null, 'mock']));
      const fresh = await asked('/manage/v1/balances/mock');
      expect(fresh).toMatchObject({ source: 'venue', reason: null });
      const sizes = (fresh.balances as { asset: string; free: string; locked: string }[]).map(
        ({ asset, free, locked }) => [asset, Number(free) + Number(locked)] as const,
      );
      const usdt = new Map(sizes).get('USDT') ?? 0;
      await until(async () => Math.abs(((await assets()).get('USDT') ?? 0) - usdt) < 1e-6, { everyMs: 200 });
    }
    expect((await system.ask('GET', '/manage/v1/market/sim/NONE')).status).toBe(404);
  });

  it('refuses what it cannot do in the dialect of its clients, and keeps nothing of it', async () => {
    const before = ((await system.ask('GET', '/api/orders/')).body as { orders: unknown[] }).orders.length;
    const wrong = await place({ base_asset_qty: 1, duration: 10, side: 'wrong' });
    expect(wrong).toMatchObject({ status: 400, body: { error: "side must be 'buy' or 'sell'", code: 'invalid' } });
    const unknown = await system.ask('GET', '/api/nothing');
    expect(unknown).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const stranger = await system.call('GET', '/api/orders/', undefined, { authorization: 'Token None' });
    expect(stranger).toMatchObject({ status: 401, body: { error: 'Invalid token.' } });
    const after = ((await system.ask('GET', '/api/orders/')).body as { orders: unknown[] }).orders.length;
    expect(after).toBe(before);
  });
});

/** Sizes by asset, as the API shows them. */
/** On spot; the same account has a margin in USDT as well. */
async function assets(): Promise<Map<string, number>> {
  const { body } = await system.ask('GET', '/api/balances/');
  const { mock } = body as { mock: { assets: { symbol: string; size: number; market_type: string }[] } };
  return new Map(mock.assets.filter((a) => a.market_type === 'spot').map((a) => [a.symbol, a.size]));
}
