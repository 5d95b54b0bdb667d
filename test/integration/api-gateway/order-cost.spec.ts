import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  decimal,
  firstPlan,
  epochMs,
  notional,
  price,
  quantity,
  ZERO,
  type ParentOrderId,
  type VenueId,
} from '#domain';
import { createLogger } from '#observability';
import {
  COST_COLUMNS,
  costOfInputs,
  CostReportRepository,
  ExecutionOrderRepository,
  MarketSampleRepository,
  OrderCostRepository,
  type CostInputs,
} from '#persistence';
import { StoreCosts } from '../../../apps/order-scheduler/src/costs/store-costs.js';
import { ApiHarness, type Answer, type User } from './api-harness.js';
import { workOn } from './worked-order.js';

let api: ApiHarness;
let user: User;
beforeAll(async () => {
  api = await ApiHarness.start();
});
afterAll(() => api.stop());
beforeEach(async () => {
  user = await api.addUser();
  api.mids.set('ETHUSDT', '3012.40');
});

const get = (path: string, as = user): Promise<Answer> => api.request('GET', path, as);
const costOf = async (id: string): Promise<Record<string, string | null> & { missing: object; state: string }> =>
  (await get(`/manage/v1/orders/${id}/cost`)).json as never;
const sql = <T>(text: string, parameters: readonly unknown[]): Promise<T[]> =>
  api.asTenant(user, (tx) => tx.query<T[]>(text, [...parameters]));

const costsOf = <T>(work: (costs: OrderCostRepository) => Promise<T>): Promise<T> =>
  api.asTenant(user, (tx) => work(new OrderCostRepository(tx, user.tenantId)));
async function inputsOf(id: string): Promise<CostInputs> {
  const { all: marketBase, quote: marketQuote, others: othersBase } = MARKET;
  const market = { marketBase, marketQuote, othersBase, mid: null };
  const inputs = await costsOf((costs) => costs.read(id as ParentOrderId, market));
  if (inputs === null) throw new Error('There must be an order that has begun');
  return inputs;
}

/** 24 base units at 3,020 in public since the order began, a fifth of which an order beside it took. */
const MARKET = { all: quantity('24'), quote: notional('72480'), others: quantity('18') };
const store = (id: string): Promise<void> =>
  new StoreCosts(api.db, createLogger('test', 'silent')).store(
    user.tenantId,
    id as ParentOrderId,
    { counts: new Map(), ...MARKET },
    false,
  );

/** An order for 5 that began half a minute ago and has bought 1.2, on a market that was written down. */
async function runningOrder(orderQty: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const id = (await api.place(user, orderQty)).field('id') as ParentOrderId;
  const begin = epochMs(Math.floor(Date.now() / 1_000) * 1_000 - 30_000);
  await workOn(api, user, id, begin + 10_500);
  await api.asTenant(user, async (tx) => {
    const orders = new ExecutionOrderRepository(tx, user.tenantId);
    await orders.activate({ id }, begin, price('3011.15'), null);
    await orders.addPlan(id, firstPlan(decimal('5'), 300_000, begin));
  });
  const count = { before: '0', from: null, highest: '0', since: begin, publicBefore: ['4', '12080'] };
  await sql(
    `UPDATE parent_orders SET decision_price = 3009.7, volume_counts = $2, end_volume = NULL, end_notional = NULL WHERE id = $1`,
    [id, JSON.stringify({ 'ETHUSDT.sim': { ...count, publicFrom: ['100', '302000'] } })],
  );
  await sql(
    `INSERT INTO feed_volumes (venue, symbol, cum_base, cum_quote, last_trade_id) VALUES ('sim', 'ETHUSDT', 120, 362400, '9')
     ON CONFLICT (venue, symbol) DO NOTHING`,
    [],
  );
  const venue = 'sim' as VenueId;
  const first = Math.floor(begin / 10_000);
  const sample = { bid: price('3011.8'), ask: price('3012.2'), cumBase: quantity('100'), cumQuote: notional('302000') };
  const chunks = [0, 1, 2, 3, 4, 5].map((n) => ({
    ...{ venue, symbol: 'ETHUSDT', chunk: first + n },
    samples: Array.from({ length: 10 }, () => sample),
  }));
  await api.db.inSystem((tx) => new MarketSampleRepository(tx).save(chunks));
  return id;
}

const PARTS = ['delay_quote', 'trading_quote', 'opportunity_quote', 'fees_quote'] as const;
function expectToAddUp(cost: Readonly<Record<string, string | null>>): void {
  const parts = PARTS.map((name) => decimal(cost[name] ?? 'unknown'));
  const sum = parts.reduce((total, part) => total.add(part), ZERO);
  expect(sum.toFixed()).toBe(cost['shortfall_quote']);
}

describe('the cost of an order', () => {
  it('I15 is told whole while it runs, and its parts add up exactly', async () => {
    const id = await runningOrder();
    const cost = await costOf(id);
    expect(cost).toMatchObject({ order_id: id, state: 'running', executed_base: '1.2', executed_quote: '3614.16' });
    // Wanted at 3009.7, begun at 3011.15, bought 1.2 of 5 at 3011.8; 3012.4 now.
    expect(PARTS.map((name) => cost[name])).toEqual(['1.74', '0.78', '10.26', '3.61416']);
    expectToAddUp(cost);
    expect(cost).toMatchObject({
      ...{ end_price: '3012.4', maker_ratio: '1', fee_bps: '10', participation: '0.05', basis_quote: '15048.5' },
      ...{ market_vwap: '3020', market_twap: '3012', spread_capture: '1', market_base: '24', others_base: '22.8' },
    });
    expect(Number(cost['arrival_bps'])).toBeCloseTo(Math.log(3011.8 / 3012.4) * 10_000, 6);
    // From 0 to 1.2 after ten seconds, when a thirtieth of 5 was due.
    expect(Number(cost['tracking_max'])).toBeGreaterThan(0.19);
    expect(Object.keys(cost.missing)).toEqual([]);
    expect((await get(`/manage/v1/orders/${id}/cost/`, await api.addColleague(user))).status).toBe(404);
  });

  it('I15 adds up exactly of an order in quote, whose base quantity does not end', async () => {
    const id = await runningOrder({ base_asset_qty: undefined, quote_asset_qty: '10000' });
    const cost = await costOf(id);
    expect(decimal(cost['opportunity_quote'] ?? '0').decimalPlaces()).toBe(18);
    expectToAddUp(cost);
  });

  it('is stored as it was told when the order ends, and again with a late fill', async () => {
    const id = await runningOrder();
    await sql(
      `UPDATE parent_orders SET status = 'COMPLETE', completion_reason = 'FILLED', ended_at = activated_at + interval '30 s',
              end_price = 3012.4 WHERE id = $1`,
      [id],
    );
    const before = await costOf(id);
    expect(before.state).toBe('ended');
    const beforeTheFill = await inputsOf(id);
    await store(id);
    const stored = await costOf(id);
    const [kept] = await sql<Record<string, string>>('SELECT * FROM order_costs WHERE parent_order_id = $1', [id]);
    const plain = (text: string | null | undefined): string | null => (text ? decimal(text).toFixed() : null);
    for (const name of COST_COLUMNS) expect([name, plain(stored[name])]).toEqual([name, plain(kept?.[name])]);
    // With V_o known, what an order beside it traded is no longer taken for others'.
    const { participation, others_base: others } = before;
    expect({ ...stored, participation, others_base: others }).toEqual(before);
    expect([before['others_base'], stored['others_base']]).toEqual(['22.8', '18']);
    expectToAddUp(stored);

    await sql(
      `INSERT INTO fills (parent_order_id, sequence, tenant_id, account_id, symbol, venue_order_id, trade_id, last_qty,
                          last_px, role, fee, fee_asset, fee_quote, anomaly, traded_at)
       SELECT $1, 1, $2, $3, 'ETHUSDT', '884212', '55130', 0.8, 3013.3, 'taker', 0, 'USDT', 0, 'fill_after_close', traded_at
       FROM fills WHERE parent_order_id = $1 LIMIT 1`,
      [id, user.tenantId, user.accountId],
    );
    await sql('UPDATE parent_orders SET cum_base = 2, cum_quote = 6024.8 WHERE id = $1', [id]);
    const late = await costOf(id);
    // 1.2 at 3011.8 and 0.8 at 3013.3, begun at 3011.15; what is left of 5 got dearer by 2.7.
    expect(PARTS.map((name) => late[name])).toEqual(['2.9', '2.5', '8.1', '3.61416']);
    await store(id);
    expect(await costOf(id)).toEqual(late);
    // A report that was read before the fill and computed until now is no longer what the order cost.
    const older = await costOfInputs(beforeTheFill);
    await costsOf((costs) => costs.save(id as ParentOrderId, older, beforeTheFill.readAt));
    expect((await costsOf((costs) => costs.stored(id as ParentOrderId)))?.cumBase.toFixed()).toBe('2');
    expect(stored['maker_ratio']).toBe('1');
    expect(Number(late['maker_ratio'])).toBeCloseTo(3614.16 / 6024.8, 9);
  });

  it('values a fee in a third asset at the mid that it had before the fill', async () => {
    const id = await runningOrder();
    const [fill] = await sql<{ second: number }>(
      'SELECT floor(extract(epoch FROM traded_at))::integer AS second FROM fills WHERE parent_order_id = $1',
      [id],
    );
    await sql(
      `INSERT INTO instruments (venue, symbol, pair, market_type, base, quote, tick, lot, min_qty, min_notional, status)
       VALUES ('sim', 'BNBUSDT', 'BNB-USDT', 'spot', 'BNB', 'USDT', 0.01, 0.001, 0.001, 5, 'trading')`,
      [],
    );
    await sql(
      `INSERT INTO fills (parent_order_id, sequence, tenant_id, account_id, symbol, venue_order_id, trade_id, last_qty,
                          last_px, role, fee, fee_asset, traded_at)
       SELECT $1, 1, $2, $3, 'ETHUSDT', '884212', '55131', 0.8, 3011.8, 'maker', 0.004, 'BNB', traded_at
       FROM fills WHERE parent_order_id = $1 LIMIT 1`,
      [id, user.tenantId, user.accountId],
    );
    const unknown = await costOf(id);
    expect([unknown['fees_quote'], unknown['shortfall_quote'], unknown['trading_quote']]).toEqual([null, null, '1.3']);
    expect(unknown.missing).toMatchObject({
      fees_quote: 'no mid of BNB at a fill',
      fee_bps: 'no mid of BNB at a fill',
    });
    const shown = async (): Promise<unknown> => {
      const { total_fee, stats } = (await get(`/api/order/${id}/`)).json as { total_fee: string; stats: object };
      return { total_fee, fee_bps: (stats as Record<string, unknown>)['fee_bps'] };
    };
    expect(await shown()).toEqual({ total_fee: '3.61416', fee_bps: null });
    await sql(
      `UPDATE parent_orders SET status = 'COMPLETE', completion_reason = 'FILLED', ended_at = clock_timestamp(),
              end_price = 3012.4, cum_base = 2, cum_quote = 6023.6 WHERE id = $1`,
      [id],
    );
    await store(id);
    expect(await shown()).toEqual({ total_fee: '3.61416', fee_bps: null });
    const bnb = { bid: price('599'), ask: price('601'), cumBase: quantity('1'), cumQuote: notional('1') };
    const chunk = Math.floor((fill?.second ?? 0) / 10);
    await api.db.inSystem((tx) =>
      new MarketSampleRepository(tx).save(
        [chunk - 1, chunk].map((n) => ({
          ...{ venue: 'sim' as VenueId, symbol: 'BNBUSDT', chunk: n },
          samples: Array.from({ length: 10 }, () => bnb),
        })),
      ),
    );
    await store(id);
    const cost = await costOf(id);
    expect(cost['fees_quote']).toBe(decimal('3.61416').add('2.4').toFixed());
    expectToAddUp(cost);
    expect(await shown()).toEqual({ total_fee: '6.01416', fee_bps: '9.98' });
  });

  it('knows nothing before the order begins, and no end price without a fresh mid', async () => {
    const waiting = String((await api.place(user)).field('id'));
    const none = await costOf(waiting);
    expect(none).toMatchObject({ state: 'not_begun', executed_base: '0', shortfall_quote: null, arrival_bps: null });
    expect(none.missing).toMatchObject({ shortfall_quote: 'the order has not begun' });
    const id = await runningOrder();
    api.mids.set('ETHUSDT', '3012.40', 11_000);
    const cost = await costOf(id);
    expect(cost).toMatchObject({ end_price: null, shortfall_quote: null, delay_quote: '1.74' });
    expect(cost.missing).toMatchObject({ end_price: 'no end price', shortfall_quote: 'no end price' });
  });
});

describe('tca_stats', () => {
  it('counts running orders by what they cost so far, and no order twice', async () => {
    const id = await runningOrder();
    await api.place(user);
    const summary = async (query = ''): Promise<unknown> => (await get(`/api/tca_stats/${query}`)).json.summary;
    const running = {
      ...{ num_orders: 1, num_pairs: 1, sum_notional: 3614.16, sum_fee: 3.61416, fee_cost: 10, pov: 0.05 },
      ...{ arrival_cost: -1.992, departure_cost: -1.992, interval_returns: 0, vwap_cost: -27.1892 },
    };
    expect(await summary()).toMatchObject(running);
    expect(await summary('?side=sell')).toMatchObject({ num_orders: 0, sum_notional: 0, arrival_cost: null });
    const { json } = await get('/api/tca_stats/');
    expect(json.breakdowns).toMatchObject({
      fill_role: { data: { MAKE: [100], TAKE: [0] } },
      fill_exchange: { labels: ['MockExchange'], data: { MockExchange: [100] } },
    });
    await sql(
      `UPDATE parent_orders SET status = 'COMPLETE', completion_reason = 'FILLED', ended_at = clock_timestamp(),
              end_price = 3012.4 WHERE id = $1`,
      [id],
    );
    expect(await summary()).toMatchObject(running);
    await store(id);
    expect(await summary()).toMatchObject({ ...running, pov: expect.closeTo(1.2 / 19.2, 6) });
    const colleague = await api.addColleague(user);
    expect((await get('/api/tca_stats', colleague)).json.summary.num_orders).toBe(0);
  });

  it('leaves one out of what is stored that ran when it was read, and whose cost was stored since', async () => {
    const id = await runningOrder();
    const all = { accountIds: null, pairs: null, side: null, algorithms: null, superStrategies: null };
    const filter = { ...all, from: null, to: null };
    const reports = <T>(work: (costs: CostReportRepository) => Promise<T>): Promise<T> =>
      api.asTenant(user, (tx) => work(new CostReportRepository(tx, user.userId)));
    const ids = (await reports((costs) => costs.running(filter, 10))).map((running) => running.id);
    expect(ids).toEqual([id]);
    await store(id);
    const counted = async (left: readonly ParentOrderId[]): Promise<unknown> => {
      const { orders, notional: sum } = await reports((costs) => costs.stored(filter, left));
      return [orders, sum.toFixed()];
    };
    expect([await counted([]), await counted(ids)]).toEqual([
      [1, '3614.16'],
      [0, '0'],
    ]);
  });
});
