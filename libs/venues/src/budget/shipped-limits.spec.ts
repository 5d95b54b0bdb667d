import { describe, expect, it } from '@jest/globals';
import { coldEnd, figuresOf, PRIORITIES, scaleOf, type LimitDefinition, type ScopePart } from '#domain';
import { PROTOCOLS_WITH_LIMITS, shippedLimits } from './shipped-limits.js';
import { drawsOf, isBookedAhead, limitsToldBy, type ShippedLimit } from './venue-limits.js';

const DAY = 86_400_000;
const fixed = (limit: number, windowMs: number) => ({ kind: 'fixed_window', params: { limit, windowMs } });
const rolling = (limit: number, windowMs: number) => ({ kind: 'rolling_window', params: { limit, windowMs } });
const pool = (limit: number, windowMs: number) => ({
  kind: 'batch_pool',
  params: { base: 'rolling_window', limit, windowMs },
});
const bucket = (rate: number, burst: number) => ({ kind: 'token_bucket', params: { rate, burst } });
const counter = (max: number, decay: number) => ({ kind: 'decaying_counter', params: { max, decay } });
const credits = (poolSize: number, refill: number) => ({ kind: 'credits', params: { pool: poolSize, refill } });

/** The first table of venues.md B3: protocol, limit, scope, what it is. */
const FIGURES: readonly (readonly [string, string, readonly ScopePart[], { kind: string; params: object }])[] = [
  ['binance-spot', 'bs.weight', ['ip'], fixed(6_000, 60_000)],
  ['binance-spot', 'bs.raw', ['ip'], fixed(300_000, 300_000)],
  ['binance-spot', 'bs.orders10s', ['account'], fixed(100, 10_000)],
  ['binance-spot', 'bs.orders1d', ['account'], fixed(200_000, DAY)],
  ['binance-spot', 'bs.connections', ['ip'], fixed(300, 300_000)],
  ['binance-usdm', 'bu.weight', ['ip'], fixed(2_400, 60_000)],
  ['binance-usdm', 'bu.orders10s', ['account'], fixed(300, 10_000)],
  ['binance-usdm', 'bu.orders1m', ['account'], fixed(1_200, 60_000)],
  ['okx', 'okx.place', ['account', 'symbol'], rolling(60, 2_000)],
  ['okx', 'okx.cancel', ['account', 'symbol'], rolling(60, 2_000)],
  ['okx', 'okx.amend', ['account', 'symbol'], rolling(60, 2_000)],
  ['okx', 'okx.placeBatch', ['account', 'symbol'], pool(300, 2_000)],
  ['okx', 'okx.cancelBatch', ['account', 'symbol'], pool(300, 2_000)],
  ['okx', 'okx.amendBatch', ['account', 'symbol'], pool(300, 2_000)],
  ['okx', 'okx.newAndAmend', ['account'], rolling(1_000, 2_000)],
  ['okx', 'okx.order', ['account'], rolling(60, 2_000)],
  ['okx', 'okx.openOrders', ['account'], rolling(60, 2_000)],
  ['okx', 'okx.fills', ['account'], rolling(60, 2_000)],
  ['okx', 'okx.balance', ['account'], rolling(10, 2_000)],
  ['okx', 'okx.positions', ['account'], rolling(10, 2_000)],
  ['okx', 'okx.books', ['ip'], rolling(40, 2_000)],
  ['okx', 'okx.candles', ['ip'], rolling(40, 2_000)],
  ['okx', 'okx.wsConnect', ['ip'], rolling(3, 1_000)],
  ['okx', 'okx.wsRequests', ['session'], rolling(480, 3_600_000)],
  ['bybit', 'bb.ip', ['ip'], rolling(600, 5_000)],
  ['bybit', 'bb.create.linear', ['account'], rolling(10, 1_000)],
  ['bybit', 'bb.create.option', ['account'], rolling(10, 1_000)],
  ['bybit', 'bb.create.spot', ['account'], rolling(20, 1_000)],
  ['bybit', 'bb.amend.linear', ['account'], rolling(10, 1_000)],
  ['bybit', 'bb.amend.spot', ['account'], rolling(10, 1_000)],
  ['bybit', 'bb.cancel.linear', ['account'], rolling(10, 1_000)],
  ['bybit', 'bb.cancel.spot', ['account'], rolling(20, 1_000)],
  ['bybit', 'bb.cancelAll.linear', ['account'], rolling(10, 1_000)],
  ['bybit', 'bb.cancelAll.option', ['account'], rolling(1, 1_000)],
  ['bybit', 'bb.cancelAll.spot', ['account'], rolling(20, 1_000)],
  ['bybit', 'bb.openOrders', ['account'], rolling(50, 1_000)],
  ['bybit', 'bb.executions', ['account'], rolling(50, 1_000)],
  ['bybit', 'bb.createBatch.linear', ['account'], pool(10, 1_000)],
  ['bybit', 'bb.createBatch.spot', ['account'], pool(20, 1_000)],
  ['bybit', 'bb.amendBatch.linear', ['account'], pool(10, 1_000)],
  ['bybit', 'bb.cancelBatch.spot', ['account'], pool(20, 1_000)],
  ['kraken', 'kr.calls', ['key'], counter(15, 0.33)],
  ['kraken', 'kr.trading', ['account', 'pair'], counter(60, 1)],
  ['coinbase-exchange', 'cx.public', ['ip'], bucket(10, 15)],
  ['coinbase-exchange', 'cx.private', ['account'], bucket(15, 30)],
  ['coinbase-exchange', 'cx.fills', ['account'], bucket(10, 20)],
  ['coinbase', 'cb.private', ['account'], bucket(30, 30)],
  ['coinbase', 'cb.public', ['ip'], bucket(10, 10)],
  ['deribit', 'de.credits', ['account'], credits(50_000, 10_000)],
  ['deribit', 'de.subscriptions', ['account'], credits(30_000, 10_000)],
  ['deribit', 'de.matching', ['account'], bucket(5, 20)],
  ['hyperliquid', 'hl.weight', ['ip'], rolling(1_200, 60_000)],
  ['hyperliquid', 'hl.actions', ['address'], { kind: 'lifetime_budget', params: { base: 10_000, dripMs: 10_000 } }],
];

const TIERS: readonly (readonly [string, string, string, { params: object }])[] = [
  ['kraken', 'kr.calls', 'intermediate', counter(20, 0.5)],
  ['kraken', 'kr.calls', 'pro', counter(20, 1)],
  ['kraken', 'kr.trading', 'intermediate', counter(125, 2.34)],
  ['kraken', 'kr.trading', 'pro', counter(180, 3.75)],
  ['deribit', 'de.matching', 'volume5m', bucket(20, 50)],
  ['deribit', 'de.matching', 'volume25m', bucket(30, 100)],
];

/** Protocol, call, what it takes, by limit; with `n` orders or an age in seconds where it depends on that. */
type CostRow = readonly [
  string,
  string,
  Readonly<Record<string, number>>,
  { n?: number; age?: number; limit?: number }?,
];

/** The second table of venues.md B3. */
const COSTS: readonly CostRow[] = [
  ['binance-spot', 'GET /api/v3/ping', { 'bs.weight': 1, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/time', { 'bs.weight': 1, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/exchangeInfo', { 'bs.weight': 20, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/depth', { 'bs.weight': 5, 'bs.raw': 1 }, { limit: 100 }],
  ['binance-spot', 'GET /api/v3/depth', { 'bs.weight': 25, 'bs.raw': 1 }, { limit: 101 }],
  ['binance-spot', 'GET /api/v3/depth', { 'bs.weight': 50, 'bs.raw': 1 }, { limit: 1_000 }],
  ['binance-spot', 'GET /api/v3/depth', { 'bs.weight': 250, 'bs.raw': 1 }, { limit: 5_000 }],
  ['binance-spot', 'GET /api/v3/trades', { 'bs.weight': 25, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/aggTrades', { 'bs.weight': 4, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/klines', { 'bs.weight': 2, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/avgPrice', { 'bs.weight': 2, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/ticker/price', { 'bs.weight': 2, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/ticker/bookTicker (all)', { 'bs.weight': 4, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/account', { 'bs.weight': 20, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/openOrders', { 'bs.weight': 6, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/openOrders (all)', { 'bs.weight': 80, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/allOrders', { 'bs.weight': 20, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/myTrades', { 'bs.weight': 20, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/myTrades (orderId)', { 'bs.weight': 5, 'bs.raw': 1 }],
  ['binance-spot', 'GET /api/v3/order', { 'bs.weight': 4, 'bs.raw': 1 }],
  [
    'binance-spot',
    'GET /api/v3/rateLimit/order',
    { 'bs.weight': 40, 'bs.raw': 1, 'bs.orders10s': 0, 'bs.orders1d': 0 },
  ],
  ['binance-spot', 'POST /api/v3/order', { 'bs.weight': 1, 'bs.raw': 1, 'bs.orders10s': 1, 'bs.orders1d': 1 }],
  ['binance-spot', 'POST /api/v3/orderList/oco', { 'bs.weight': 1, 'bs.raw': 1, 'bs.orders10s': 2, 'bs.orders1d': 2 }],
  [
    'binance-spot',
    'POST /api/v3/orderList/otoco',
    { 'bs.weight': 1, 'bs.raw': 1, 'bs.orders10s': 3, 'bs.orders1d': 3 },
  ],
  ['binance-spot', 'DELETE /api/v3/order', { 'bs.weight': 1, 'bs.raw': 1 }],
  ['binance-spot', 'DELETE /api/v3/openOrders', { 'bs.weight': 1, 'bs.raw': 1 }],
  ['binance-spot', 'PUT /api/v3/order/amend/keepPriority', { 'bs.weight': 4, 'bs.raw': 1 }],
  ['binance-spot', 'WS userDataStream.subscribe', { 'bs.weight': 2 }],
  ['binance-usdm', 'POST /fapi/v1/order', { 'bu.weight': 0, 'bu.orders10s': 1, 'bu.orders1m': 1 }],
  ['binance-usdm', 'PUT /fapi/v1/order', { 'bu.weight': 0, 'bu.orders10s': 1, 'bu.orders1m': 1 }],
  ['binance-usdm', 'DELETE /fapi/v1/order', { 'bu.weight': 1 }],
  ['binance-usdm', 'DELETE /fapi/v1/allOpenOrders', { 'bu.weight': 1 }],
  ['binance-usdm', 'POST /fapi/v1/batchOrders', { 'bu.weight': 5, 'bu.orders10s': 5, 'bu.orders1m': 5 }],
  ['binance-usdm', 'GET /fapi/v1/order', { 'bu.weight': 1 }],
  ['binance-usdm', 'GET /fapi/v1/openOrders', { 'bu.weight': 1 }],
  ['binance-usdm', 'GET /fapi/v1/openOrders (all)', { 'bu.weight': 40 }],
  ['binance-usdm', 'GET /fapi/v1/allOrders', { 'bu.weight': 5 }],
  ['binance-usdm', 'GET /fapi/v1/userTrades', { 'bu.weight': 5 }],
  ['binance-usdm', 'GET /fapi/v3/account', { 'bu.weight': 5 }],
  ['binance-usdm', 'GET /fapi/v3/balance', { 'bu.weight': 5 }],
  ['binance-usdm', 'GET /fapi/v3/positionRisk', { 'bu.weight': 5 }],
  ['binance-usdm', 'GET /fapi/v1/depth', { 'bu.weight': 2 }, { limit: 50 }],
  ['binance-usdm', 'GET /fapi/v1/depth', { 'bu.weight': 5 }, { limit: 100 }],
  ['binance-usdm', 'GET /fapi/v1/depth', { 'bu.weight': 10 }],
  ['binance-usdm', 'GET /fapi/v1/depth', { 'bu.weight': 20 }, { limit: 1_000 }],
  ['binance-usdm', 'GET /fapi/v1/klines', { 'bu.weight': 1 }, { limit: 99 }],
  ['binance-usdm', 'GET /fapi/v1/klines', { 'bu.weight': 2 }, { limit: 100 }],
  ['binance-usdm', 'GET /fapi/v1/klines', { 'bu.weight': 5 }, { limit: 500 }],
  ['binance-usdm', 'GET /fapi/v1/klines', { 'bu.weight': 10 }, { limit: 1_001 }],
  ['binance-usdm', 'POST /fapi/v1/leverage', { 'bu.weight': 1 }],
  ['binance-usdm', 'POST /fapi/v1/marginType', { 'bu.weight': 1 }],
  ['binance-usdm', 'GET /fapi/v1/leverageBracket', { 'bu.weight': 1 }],
  ['binance-usdm', 'POST /fapi/v1/listenKey', { 'bu.weight': 1 }],
  ['binance-usdm', 'GET /fapi/v1/exchangeInfo', { 'bu.weight': 1 }],
  ['binance-usdm', 'GET /fapi/v1/time', { 'bu.weight': 1 }],
  ['binance-usdm', 'GET /fapi/v1/rateLimit/order', { 'bu.weight': 1, 'bu.orders10s': 0, 'bu.orders1m': 0 }],
  ['binance-usdm', 'GET /fapi/v1/positionSide/dual', { 'bu.weight': 30 }],
  ['binance-usdm', 'POST /fapi/v1/countdownCancelAll', { 'bu.weight': 10 }],
  ['okx', 'POST /api/v5/trade/order', { 'okx.place': 1, 'okx.newAndAmend': 1 }],
  ['okx', 'POST /api/v5/trade/amend-order', { 'okx.amend': 1, 'okx.newAndAmend': 1 }],
  ['okx', 'POST /api/v5/trade/cancel-order', { 'okx.cancel': 1 }],
  ['okx', 'POST /api/v5/trade/batch-orders', { 'okx.placeBatch': 20, 'okx.newAndAmend': 20 }, { n: 20 }],
  ['okx', 'POST /api/v5/trade/cancel-batch-orders', { 'okx.cancelBatch': 20 }, { n: 20 }],
  ['okx', 'GET /api/v5/trade/order', { 'okx.order': 1 }],
  ['bybit', 'POST /v5/order/create (linear)', { 'bb.create.linear': 1, 'bb.ip': 1 }],
  ['bybit', 'POST /v5/order/cancel-all (option)', { 'bb.cancelAll.option': 1, 'bb.ip': 1 }],
  ['bybit', 'POST /v5/order/amend-batch (spot)', { 'bb.amendBatch.spot': 10, 'bb.ip': 1 }, { n: 10 }],
  ['bybit', 'GET /v5/market/orderbook', { 'bb.ip': 1 }],
  ['kraken', 'POST /0/private/Balance', { 'kr.calls': 1 }],
  ['kraken', 'POST /0/private/Ledgers', { 'kr.calls': 2 }],
  ['kraken', 'POST /0/private/TradesHistory', { 'kr.calls': 2 }],
  ['kraken', 'POST /0/private/AddOrder', { 'kr.calls': 0, 'kr.trading': 1 }],
  ['kraken', 'POST /0/private/AddOrderBatch', { 'kr.calls': 0, 'kr.trading': 7.5 }, { n: 15 }],
  ...ages('POST /0/private/AmendOrder', [
    [4.9, 4],
    [5, 3],
    [10, 2],
    [15, 1],
  ]),
  ...ages('POST /0/private/EditOrder', [
    [4.9, 7],
    [5, 6],
    [10, 5],
    [15, 3],
    [45, 2],
    [90, 1],
  ]),
  ...ages('POST /0/private/CancelOrder', [
    [0, 8],
    [4.9, 8],
    [5, 6],
    [10, 5],
    [15, 4],
    [45, 2],
    [90, 1],
    [300, 0],
  ]),
  ['coinbase', 'POST /api/v3/brokerage/orders', { 'cb.private': 1 }],
  ['coinbase', 'GET /api/v3/brokerage/market/product_book', { 'cb.public': 1 }],
  ['coinbase-exchange', 'GET /fills', { 'cx.fills': 1 }],
  ['deribit', 'GET /api/v2/public/get_time', { 'de.public': 500 }],
  ['deribit', 'GET /api/v2/private/buy', { 'de.matching': 1, 'de.credits': 0 }],
  ['deribit', 'GET /api/v2/private/edit', { 'de.matching': 1, 'de.credits': 0 }],
  ['deribit', 'GET /api/v2/private/cancel_by_label', { 'de.matching': 1, 'de.credits': 0 }],
  ['deribit', 'GET /api/v2/private/close_position', { 'de.matching': 1, 'de.credits': 0 }],
  ['deribit', 'GET /api/v2/private/get_open_orders', { 'de.credits': 500, 'de.matching': 0 }],
  ['deribit', 'WS private/subscribe', { 'de.subscriptions': 3_000 }],
  ['hyperliquid', 'POST /exchange (order)', { 'hl.weight': 1, 'hl.actions': 1 }],
  ['hyperliquid', 'POST /exchange (order)', { 'hl.weight': 1, 'hl.actions': 39 }, { n: 39 }],
  ['hyperliquid', 'POST /exchange (order)', { 'hl.weight': 2, 'hl.actions': 40 }, { n: 40 }],
  ['hyperliquid', 'POST /info (l2Book)', { 'hl.weight': 2 }],
  ['hyperliquid', 'POST /info (orderStatus)', { 'hl.weight': 2 }],
  ['hyperliquid', 'POST /info (userRole)', { 'hl.weight': 60 }],
  ['hyperliquid', 'POST /info (openOrders)', { 'hl.weight': 20 }],
  ['hyperliquid', 'POST /info (userFillsByTime)', { 'hl.weight': 120 }],
  ['hyperliquid', 'POST /info (candleSnapshot)', { 'hl.weight': 103 }],
];

function ages(call: string, rows: readonly (readonly [number, number])[]): CostRow[] {
  return rows.map(([age, trading]) => ['kraken', call, { 'kr.calls': 0, 'kr.trading': trading }, { age }]);
}

const SCOPES = { ip: 'a', account: 'b', key: 'c', session: 'd', symbol: 'e', pair: 'f', address: 'g' };

function definition(protocol: string, id: string): LimitDefinition {
  const found = shippedLimits(protocol).definitions.find((d) => d.id === id);
  if (found === undefined) throw new Error(`${protocol} must have limit ${id}`);
  return found;
}

describe('shipped limits', () => {
  it.each(FIGURES)('B3 %s: %s', (protocol, id, scope, { kind, params }) => {
    const found = definition(protocol, id);
    expect({ kind: found.kind, scope: found.scope, params: found.params }).toEqual({
      kind,
      scope,
      params: expect.objectContaining(params),
    });
  });

  it.each(TIERS)('B3 %s: %s of tier %s', (protocol, id, tier, { params }) => {
    expect(definition(protocol, id).tier?.[tier]).toEqual(expect.objectContaining(params));
  });

  it.each(COSTS)('B3 %s: %s takes %j', (protocol, call, expected, basis = {}) => {
    const draws = drawsOf(shippedLimits(protocol), call, {
      scopes: SCOPES,
      priority: 'cancel',
      ...(basis.n === undefined ? {} : { orders: basis.n }),
      ...(basis.age === undefined ? {} : { agesMs: [basis.age * 1_000] }),
      ...(basis.limit === undefined ? {} : { params: { limit: basis.limit } }),
    }).filter(({ kind }) => kind !== 'ban');
    expect(Object.fromEntries(draws.map((draw) => [draw.id, draw.cost / scaleOf(draw.kind)]))).toEqual(expected);
  });

  it('B3 counts less for calls that the venue counts less for, and only those', () => {
    const freed = PROTOCOLS_WITH_LIMITS.flatMap((protocol) =>
      Object.entries(shippedLimits(protocol).costs).flatMap(([call, costs]) =>
        costs.filter((c) => c.onSuccess !== undefined).map(({ limit, onSuccess }) => [call, limit, onSuccess]),
      ),
    );
    expect(freed).toEqual(
      [
        'POST /api/v3/order',
        'POST /api/v3/order/cancelReplace',
        'POST /api/v3/orderList/oco',
        'POST /api/v3/orderList/oto',
        'POST /api/v3/orderList/otoco',
        'DELETE /api/v3/order',
        'DELETE /api/v3/openOrders',
        'DELETE /api/v3/orderList',
      ].map((call) => [call, 'bs.weight', 0]),
    );
  });

  it('B3 open orders: Kraken by pair and tier, Hyperliquid by volume', () => {
    expect(shippedLimits('kraken').openOrders).toMatchObject({
      scope: ['account', 'pair'],
      limit: 60,
      tier: { intermediate: 80, pro: 225 },
    });
    expect(shippedLimits('hyperliquid').openOrders).toMatchObject({
      scope: ['address'],
      limit: 1_000,
      earned: { perUsdc: 5_000_000, most: 5_000, tradedBy: 'hl.actions' },
    });
  });

  describe.each([...PROTOCOLS_WITH_LIMITS, 'an exchange that nobody described'])('%s', (protocol) => {
    const limits = shippedLimits('venue-of-mine', protocol);
    const calls = Object.entries(limits.costs);

    it('belongs to the venue it was made for', () => {
      expect(limits.venue).toBe('venue-of-mine');
      expect(new Set(limits.definitions.map(({ venue }) => venue))).toEqual(new Set(['venue-of-mine']));
    });

    it('has every limit once, with the rule it is taken from and no address of a page', () => {
      const ids = limits.definitions.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBeGreaterThan(1);
      for (const { id, source } of limits.definitions as readonly ShippedLimit[]) {
        expect([id, source]).toEqual([id, expect.stringMatching(/^[A-Z].{20,}\.$/)]);
        expect([id, source]).toEqual([id, expect.not.stringMatching(/https?:|www\./)]);
      }
    });

    it('has figures that a state can be kept in', () => {
      for (const found of limits.definitions.filter(({ kind }) => kind !== 'ban')) {
        for (const tier of [undefined, ...Object.keys(found.tier ?? {})]) {
          const { limit, windowMs, rate, resume } = figuresOf(found, tier);
          expect([found.id, limit]).toEqual([found.id, expect.any(Number)]);
          expect(Number.isSafeInteger(limit) && limit >= 1 && limit < 1e14).toBe(true);
          expect(windowMs > 0 || rate > 0).toBe(true);
          expect(resume).toBeLessThan(limit);
        }
      }
    });

    it('has calls, each drawing on known limits, none twice, whatever asks for it', () => {
      expect(calls.length).toBeGreaterThan(5);
      for (const [call, costs] of calls) {
        expect(call).toMatch(/^\S+ \S/);
        expect(new Set(costs.map(({ limit }) => limit)).size).toBe(costs.length);
        const draws = drawsOf(limits, call, { scopes: SCOPES, priority: 'query' });
        expect(draws.filter(({ kind }) => kind !== 'ban').map(({ id }) => id)).toEqual(costs.map((c) => c.limit));
        for (const draw of draws) {
          expect(draw.cost).toBeGreaterThanOrEqual(draw.onSuccess);
          expect(draw.cost).toBeGreaterThanOrEqual(draw.onFailure);
        }
      }
    });

    it('asks the market and the time without an account', () => {
      const open = calls.filter(([call]) =>
        /\/(get_)?time$|\/public\/|\/market\/|fetchTime|\/info \((meta|l2Book)\)/i.test(call),
      );
      expect(open.length).toBeGreaterThan(0);
      for (const [call] of open) {
        expect(() => drawsOf(limits, call, { scopes: { ip: 'a' }, priority: 'query' })).not.toThrow();
      }
    });

    it('has no limit that nothing draws on, and confirms limits by calls of its own', () => {
      const drawn = new Set(calls.flatMap(([, costs]) => costs.map(({ limit }) => limit)));
      for (const { id, kind, confirm, read } of limits.definitions) {
        expect([id, kind === 'ban' || drawn.has(id)]).toEqual([id, true]);
        const asked = [confirm?.call, ...(read ?? []).map((rule) => rule.call)].filter((call) => call !== undefined);
        for (const call of asked) expect(Object.keys(limits.costs)).toContain(call);
      }
    });

    it('keeps a share for emergencies on every limit that a cancel draws on, unless it is too small for one', () => {
      const isTimerOrOrder = /cancelReplace|cancel-all-after|disconnect|AllAfter|scheduleCancel|countdownCancelAll/i;
      for (const [call, costs] of calls.filter(
        ([name]) => /^DELETE|cancel/i.test(name) && !isTimerOrOrder.test(name),
      )) {
        for (const { limit } of costs) {
          const found = limits.definitions.find(({ id }) => id === limit) as LimitDefinition;
          const figures = figuresOf(found);
          if (figures.limit / scaleOf(figures.kind) < 10) continue;
          expect([call, limit, Math.max(900, ...Object.values(found.ceilings ?? {}))]).toEqual([call, limit, 900]);
        }
      }
    });

    it('leaves room for every call at least once, whoever asks', () => {
      for (const [call] of calls) {
        for (const priority of PRIORITIES) {
          for (const draw of drawsOf(limits, call, { scopes: SCOPES, priority }).filter(({ kind }) => kind !== 'ban')) {
            const room = Math.floor((draw.limit * draw.ceiling) / 1_000);
            expect([call, priority, draw.id, room >= draw.cost]).toEqual([call, priority, draw.id, true]);
          }
        }
      }
    });
  });
});

it.each(PROTOCOLS_WITH_LIMITS)(
  '%s: a Redis that has lost its state stops nothing for longer than a minute',
  (protocol) => {
    for (const definition of shippedLimits('v', protocol).definitions) {
      for (const tier of [undefined, ...Object.keys(definition.tier ?? {})]) {
        const figures = figuresOf(definition, tier);
        const isSoonKnown = (definition.read ?? []).length > 0 || isBookedAhead(definition, figures);
        expect([definition.id, tier, isSoonKnown || coldEnd(figures, 0) <= 60_000]).toEqual([
          definition.id,
          tier,
          true,
        ]);
      }
    }
  },
);

it('what is rebuilt from rows is what no answer tells and would be cold for longer than a minute', () => {
  const booked = PROTOCOLS_WITH_LIMITS.flatMap((protocol) =>
    shippedLimits(protocol).definitions.flatMap((one) => (isBookedAhead(one, figuresOf(one)) ? [one.id] : [])),
  );
  const rolling = ['okx.wsRequests', 'bb.connections', 'kr.connections'];
  expect(booked.filter((id) => !/^b[su]\./.test(id)).sort()).toEqual([...rolling].sort());
});

it('the time of Binance tells its weight; at OKX and Kraken it tells nothing', () => {
  const told = (protocol: string, call: string) => [...limitsToldBy(shippedLimits(protocol), call)];
  expect(told('binance-spot', 'GET /api/v3/time')).toEqual(['bs.weight']);
  expect(told('okx', 'GET /api/v5/public/time')).toEqual([]);
  expect(told('kraken', 'GET /0/public/Time')).toEqual([]);
});
