import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import ccxt from 'ccxt';
import { Called, COMPLETE } from './called.js';
import { ccxtAt, unifiedMethods, type Ccxt } from './ccxt-client.js';
import { NOT_ON_USDM } from './ccxt-not-served.js';
import { startForeignWorld, type ForeignWorld } from './foreign-world.js';

const SYMBOL = 'TEST/USDT:USDT';
const called = new Called();
let world: ForeignWorld;
let plain: Ccxt;
let exchange: Ccxt;

beforeAll(async () => {
  world = await startForeignWorld();
  plain = await ccxtAt(world, 'usdm');
  exchange = called.through(plain);
});
afterEach(async () => {
  await world.book('usdm', [['99', '50']], [['101', '50']]);
});
afterAll(async () => {
  await plain.close();
  await world.venue.stop();
});

/** Gives every position of TESTUSDT back. */
async function flatten(): Promise<void> {
  for (const { contracts, side } of await plain.fetchPositions([SYMBOL]))
    if (contracts !== undefined && contracts > 0)
      await plain.createOrder(SYMBOL, 'market', side === 'long' ? 'sell' : 'buy', contracts, undefined, {
        reduceOnly: true,
      });
}

describe('VE-C43 ccxt over USD-M REST', () => {
  it('reads the markets', async () => {
    const markets = await exchange.loadMarkets();
    expect(Object.keys(markets)).toEqual(['BTC/USDT:USDT', 'ETH/USDT:USDT', SYMBOL]);
    expect(markets[SYMBOL]).toMatchObject({
      ...{ id: 'TESTUSDT', active: true, swap: true, linear: true, contractSize: 1, settle: 'USDT' },
      precision: { amount: 0.001, price: 0.01 },
      limits: { amount: { min: 0.001, max: 900_000 }, cost: { min: 5 } },
    });
    expect(await exchange.fetchMarkets()).toHaveLength(3);
    expect((await exchange.fetchTradingLimits([SYMBOL]))[SYMBOL]).toMatchObject({ min: 0.001, max: 900_000 });
    expect(Math.abs(Date.now() - ((await exchange.fetchTime()) as number))).toBeLessThan(5_000);
    expect(await exchange.fetchStatus()).toMatchObject({ status: 'ok' });
  });

  it('reads books, prices, trades and candles', async () => {
    await world.trade('usdm', '100', '2', 'sell');
    const book = { symbol: SYMBOL, bids: [[99, 50]], asks: [[101, 50]], timestamp: expect.any(Number) };
    expect(await exchange.fetchOrderBook(SYMBOL, 5)).toMatchObject(book);
    expect(await exchange.fetchL2OrderBook(SYMBOL)).toMatchObject({ bids: [[99, 50]], asks: [[101, 50]] });
    const day = { symbol: SYMBOL, last: 100, open: 100, high: 100, low: 100, vwap: 100, baseVolume: 2 };
    expect(await exchange.fetchTicker(SYMBOL)).toMatchObject(day);
    expect((await exchange.fetchTickers([SYMBOL]))[SYMBOL]).toMatchObject(day);
    const touch = { bid: 99, bidVolume: 50, ask: 101, askVolume: 50 };
    expect((await exchange.fetchBidsAsks([SYMBOL]))[SYMBOL]).toMatchObject(touch);
    expect((await exchange.fetchLastPrices([SYMBOL]))[SYMBOL]).toMatchObject({ price: 100 });
    expect((await exchange.fetchTrades(SYMBOL)).at(-1)).toMatchObject({ side: 'sell', price: 100, amount: 2 });
    expect(await exchange.fetchOHLCV(SYMBOL, '1m')).toEqual([[expect.any(Number), 100, 100, 100, 100, 2]]);
    expect(await exchange.fetchTradingFee(SYMBOL)).toMatchObject({ maker: 0.0002, taker: 0.0005 });
    // ccxt has the rates of a fee tier by heart, and the taker's not as the vendor documents it.
    expect((await exchange.fetchTradingFees())[SYMBOL]).toMatchObject({ maker: 0.0002, info: { feeTier: 0 } });
  });

  it('reads mark prices and funding', async () => {
    expect(await exchange.fetchMarkPrice(SYMBOL)).toMatchObject({ markPrice: 100, indexPrice: 100 });
    expect((await exchange.fetchMarkPrices([SYMBOL]))[SYMBOL]).toMatchObject({ markPrice: 100 });
    const funding = { symbol: SYMBOL, fundingRate: 0.0001, markPrice: 100 };
    expect(await exchange.fetchFundingRate(SYMBOL)).toMatchObject(funding);
    expect((await exchange.fetchFundingRates([SYMBOL]))[SYMBOL]).toMatchObject(funding);
    expect(await exchange.fetchFundingInterval(SYMBOL)).toMatchObject({ symbol: SYMBOL, interval: '8h' });
    expect((await exchange.fetchFundingIntervals([SYMBOL]))[SYMBOL]).toMatchObject({ interval: '8h' });
  });

  it('sets leverage, margin and position modes', async () => {
    expect(await exchange.setLeverage(10, SYMBOL)).toMatchObject({ leverage: 10, symbol: 'TESTUSDT' });
    expect(await exchange.fetchLeverage(SYMBOL)).toMatchObject({ longLeverage: 10, shortLeverage: 10 });
    expect((await exchange.fetchLeverages([SYMBOL]))[SYMBOL]).toMatchObject({ longLeverage: 10 });
    expect(await exchange.setMarginMode('isolated', SYMBOL)).toMatchObject({ code: 200 });
    expect(await exchange.fetchMarginMode(SYMBOL)).toMatchObject({ marginMode: 'isolated' });
    expect((await exchange.fetchMarginModes([SYMBOL]))[SYMBOL]).toMatchObject({ marginMode: 'isolated' });
    const tier = { minNotional: 0, maxNotional: 50_000, maxLeverage: 125, maintenanceMarginRate: 0.004 };
    expect((await exchange.fetchLeverageTiers([SYMBOL]))[SYMBOL]?.[0]).toMatchObject(tier);
    expect((await exchange.fetchMarketLeverageTiers(SYMBOL))[0]).toMatchObject(tier);
    expect(await exchange.setPositionMode(true)).toMatchObject({ code: 200 });
    expect(await exchange.fetchPositionMode()).toMatchObject({ hedged: true });
    await plain.setPositionMode(false);
  });

  it('places, finds, edits and cancels a limit order', async () => {
    const order = await exchange.createOrder(SYMBOL, 'limit', 'buy', 1, 98, { clientOrderId: 'from-ccxt' });
    const id = order.id as string;
    const open = {
      ...{ id, clientOrderId: 'from-ccxt', symbol: SYMBOL, type: 'limit', side: 'buy', timeInForce: 'GTC' },
      ...{ status: 'open', amount: 1, price: 98, filled: 0, remaining: 1, reduceOnly: false, postOnly: false },
    };
    expect(order).toMatchObject(open);
    expect(await exchange.fetchOrder(id, SYMBOL)).toMatchObject(open);
    expect(await exchange.fetchOpenOrder(id, SYMBOL)).toMatchObject(open);
    expect(await exchange.fetchOpenOrders(SYMBOL)).toMatchObject([open]);
    const edited = { ...open, amount: 2, price: 97, remaining: 2 };
    expect(await exchange.editOrder(id, SYMBOL, 'limit', 'buy', 2, 97)).toMatchObject(edited);
    const rows = [{ id, symbol: SYMBOL, type: 'limit', side: 'buy', amount: 3, price: 97 } as const];
    expect(await exchange.editOrders([...rows])).toMatchObject([{ id, amount: 3 }]);
    expect(await exchange.cancelOrder(id, SYMBOL)).toMatchObject({
      id,
      clientOrderId: 'from-ccxt',
      status: 'canceled',
    });
    const canceled = { id, status: 'canceled', amount: 3 };
    expect((await exchange.fetchOrders(SYMBOL)).at(-1)).toMatchObject(canceled);
    expect((await exchange.fetchCanceledOrders(SYMBOL)).at(-1)).toMatchObject(canceled);
    expect((await exchange.fetchCanceledAndClosedOrders(SYMBOL)).at(-1)).toMatchObject(canceled);
  });

  it.each([
    ['post only', { postOnly: true }, { status: 'open', timeInForce: 'PO', postOnly: true }],
    ['GTX', { timeInForce: 'GTX' }, { status: 'open', timeInForce: 'PO', postOnly: true }],
    ['GTD', { timeInForce: 'GTD', goodTillDate: Date.now() + 3_600_000 }, { status: 'open', timeInForce: 'GTD' }],
    ['IOC that finds nothing', { timeInForce: 'IOC' }, { status: 'expired', filled: 0 }],
  ])('places a limit order: %s', async (_name, params, expected) => {
    const { id } = await plain.createOrder(SYMBOL, 'limit', 'buy', 1, 98, params);
    expect(await plain.fetchOrder(id as string, SYMBOL)).toMatchObject(expected);
    if (expected.status === 'open') await plain.cancelAllOrders(SYMBOL);
  });

  it('places by each of its short forms, several at once, and cancels', async () => {
    expect(await exchange.createLimitOrder(SYMBOL, 'buy', 1, 98)).toMatchObject({ status: 'open', side: 'buy' });
    expect(await exchange.createLimitBuyOrder(SYMBOL, 1, 97)).toMatchObject({ status: 'open', price: 97 });
    expect(await exchange.createLimitSellOrder(SYMBOL, 1, 103)).toMatchObject({ status: 'open', side: 'sell' });
    expect(await exchange.createPostOnlyOrder(SYMBOL, 'limit', 'buy', 1, 96)).toMatchObject({ status: 'open' });
    expect(await exchange.cancelAllOrders(SYMBOL)).toMatchObject([{ info: { code: 200 } }]);
    const one = { symbol: SYMBOL, type: 'limit', side: 'buy', amount: 1 } as const;
    const placed = await exchange.createOrders([
      { ...one, price: 98 },
      { ...one, price: 97 },
    ]);
    expect(placed).toMatchObject([
      { status: 'open', price: 98 },
      { status: 'open', price: 97 },
    ]);
    const canceled = await exchange.cancelOrders(
      placed.map(({ id }) => id as string),
      SYMBOL,
    );
    expect(canceled.map(({ status }) => status)).toEqual(['canceled', 'canceled']);
    expect(await plain.fetchOpenOrders(SYMBOL)).toEqual([]);
  });

  it('opens, reads and closes a position', async () => {
    expect(await exchange.createMarketOrder(SYMBOL, 'buy', 2)).toMatchObject({
      ...{ type: 'market', side: 'buy', status: 'closed', filled: 2, remaining: 0, average: 101, cost: 202 },
    });
    const position = {
      symbol: SYMBOL,
      side: 'long',
      contracts: 2,
      entryPrice: 101,
      marginMode: 'isolated',
      hedged: false,
    };
    expect(await exchange.fetchPositions([SYMBOL])).toMatchObject([{ ...position, markPrice: 100, unrealizedPnl: -2 }]);
    expect(await exchange.fetchPositionsRisk([SYMBOL])).toMatchObject([position]);
    const byAccount = await plain.fetchPositions([SYMBOL], { method: 'account' });
    expect(byAccount).toMatchObject([{ symbol: SYMBOL, side: 'long', contracts: 2 }]);
    expect(await exchange.addMargin(SYMBOL, 10)).toMatchObject({ type: 'add', amount: 10, status: 'ok' });
    expect(await exchange.reduceMargin(SYMBOL, 5)).toMatchObject({ type: 'reduce', amount: 5, status: 'ok' });
    expect(await exchange.fetchPositionADLRank(SYMBOL)).toMatchObject({ symbol: SYMBOL, rank: 0 });
    expect((await exchange.fetchPositionsADLRank([SYMBOL]))[0]).toMatchObject({ symbol: SYMBOL });
    expect(await exchange.createReduceOnlyOrder(SYMBOL, 'market', 'sell', 1)).toMatchObject({
      filled: 1,
      reduceOnly: true,
    });
    expect(await exchange.createMarketSellOrder(SYMBOL, 2)).toMatchObject({ status: 'closed', average: 99 });
    expect(await plain.fetchPositions([SYMBOL])).toMatchObject([{ side: 'short', contracts: 1 }]);
    expect(await exchange.createMarketBuyOrder(SYMBOL, 1)).toMatchObject({ status: 'closed', average: 101 });
    expect(await plain.fetchPositions([SYMBOL])).toEqual([]);
    expect((await exchange.fetchClosedOrders(SYMBOL)).at(-1)).toMatchObject({ side: 'buy', status: 'closed' });
  });

  it('holds both sides of a hedge', async () => {
    await plain.setPositionMode(true);
    await plain.createOrder(SYMBOL, 'market', 'buy', 2, undefined, { positionSide: 'LONG' });
    await plain.createOrder(SYMBOL, 'market', 'sell', 1, undefined, { positionSide: 'SHORT' });
    const positions = await plain.fetchPositions([SYMBOL]);
    expect(positions).toMatchObject([
      { side: 'long', contracts: 2, hedged: true },
      { side: 'short', contracts: 1, hedged: true },
    ]);
    await plain.createOrder(SYMBOL, 'market', 'sell', 2, undefined, { positionSide: 'LONG' });
    await plain.createOrder(SYMBOL, 'market', 'buy', 1, undefined, { positionSide: 'SHORT' });
    await plain.setPositionMode(false);
  });

  it('reads its trades, its money and its funding', async () => {
    const order = await plain.createOrder(SYMBOL, 'market', 'buy', 3);
    expect((await exchange.fetchMyTrades(SYMBOL)).at(-1)).toMatchObject({
      ...{ order: order.id, symbol: SYMBOL, side: 'buy', takerOrMaker: 'taker', price: 101, amount: 3, cost: 303 },
      fee: { cost: 0.1515, currency: 'USDT' },
    });
    const { free, total } = (await exchange.fetchBalance())['USDT'] as { free: number; total: number };
    expect(free).toBeLessThan(total);
    await world.client.control('POST', 'funding?product=usdm', { symbol: 'TESTUSDT', rate: '0.0001' });
    expect((await exchange.fetchFundingRateHistory(SYMBOL)).at(-1)).toMatchObject({
      symbol: SYMBOL,
      fundingRate: 0.0001,
    });
    expect((await exchange.fetchFundingHistory(SYMBOL)).at(-1)).toMatchObject({ symbol: SYMBOL, amount: -0.03 });
    expect((await exchange.fetchLedger('USDT')).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['transfer', 'fee', 'trade']),
    );
    await flatten();
  });

  it("passes the vendor's refusals on", async () => {
    const limit = (amount: number, price: number, params = {}) =>
      plain.createOrder(SYMBOL, 'limit', 'buy', amount, price, params);
    // ccxt knows which errors are of USD-M by the vendor's host name; elsewhere some are ExchangeErrors with the code.
    await expect(limit(90_000, 98)).rejects.toThrow(/-2019.*Margin is insufficient/);
    await expect(limit(0.01, 98)).rejects.toThrow(/-4164/);
    await expect(limit(1, 98, { timeInForce: 'FOK' })).rejects.toThrow(/-5021/);
    await expect(limit(1, 102, { postOnly: true })).rejects.toThrow(/-5022/);
    await expect(limit(1, 98, { reduceOnly: true })).rejects.toThrow(/-2022/);
    await expect(plain.cancelOrder('999999', SYMBOL)).rejects.toThrow(ccxt.OrderNotFound);
    await expect(plain.fetchOrder('999999', SYMBOL)).rejects.toThrow(ccxt.OrderNotFound);
    await expect(plain.setMarginMode('isolated', SYMBOL)).rejects.toThrow(ccxt.MarginModeAlreadySet);
    await expect(plain.fetchBalance({ timestamp: 1 })).rejects.toThrow(ccxt.InvalidNonce);
  });

  it('was asked everything that it can do', async () => {
    expect(called.compare(unifiedMethods(plain, 'rest'), NOT_ON_USDM)).toEqual(COMPLETE);
    expect(await world.unserved()).toEqual({});
  });
});
