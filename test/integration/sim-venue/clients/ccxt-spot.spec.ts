import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import ccxt from 'ccxt';
import { Called, COMPLETE } from './called.js';
import { ccxtAt, unifiedMethods, type Ccxt } from './ccxt-client.js';
import { NOT_ON_SPOT } from './ccxt-not-served.js';
import { startForeignWorld, type ForeignWorld } from './foreign-world.js';

const SYMBOL = 'TEST/USDT';
const called = new Called();
let world: ForeignWorld;
let plain: Ccxt;
let exchange: Ccxt;

beforeAll(async () => {
  world = await startForeignWorld();
  plain = await ccxtAt(world, 'spot');
  exchange = called.through(plain);
});
afterEach(async () => {
  await world.book('spot', [['99', '50']], [['101', '50']]);
});
afterAll(async () => {
  await plain.close();
  await world.venue.stop();
});

const cancelOpen = () => plain.cancelAllOrders(SYMBOL);

describe('VE-C43 ccxt over spot REST', () => {
  it('reads the markets', async () => {
    const markets = await exchange.loadMarkets();
    expect(Object.keys(markets)).toEqual(['BTC/USDT', 'ETH/USDT', SYMBOL]);
    expect(markets[SYMBOL]).toMatchObject({
      ...{ id: 'TESTUSDT', active: true, spot: true, contract: false },
      precision: { amount: 0.001, price: 0.01 },
      limits: { amount: { min: 0.001, max: 900_000 }, price: { min: 0.01, max: 1_000_000 }, cost: { min: 5 } },
    });
    expect(await exchange.fetchMarkets()).toHaveLength(3);
    expect((await exchange.fetchTradingLimits([SYMBOL]))[SYMBOL]).toMatchObject({ min: 0.001, max: 900_000 });
    expect(Math.abs(Date.now() - ((await exchange.fetchTime()) as number))).toBeLessThan(5_000);
    expect(await exchange.fetchStatus()).toMatchObject({ status: 'ok' });
  });

  it('reads books, prices, trades and candles', async () => {
    await world.trade('spot', '100', '2', 'sell');
    const book = await exchange.fetchOrderBook(SYMBOL, 5);
    expect(book).toMatchObject({ symbol: SYMBOL, bids: [[99, 50]], asks: [[101, 50]], nonce: expect.any(Number) });
    expect(await exchange.fetchL2OrderBook(SYMBOL)).toMatchObject({ bids: [[99, 50]], asks: [[101, 50]] });
    const touch = { bid: 99, bidVolume: 50, ask: 101, askVolume: 50 };
    expect(await exchange.fetchTicker(SYMBOL)).toMatchObject({
      ...touch,
      ...{ symbol: SYMBOL, last: 100, open: 100, high: 100, low: 100, vwap: 100, baseVolume: 2, quoteVolume: 200 },
      ...{ change: 0, percentage: 0 },
    });
    expect((await exchange.fetchTickers([SYMBOL]))[SYMBOL]).toMatchObject({ ...touch, last: 100 });
    expect(Object.keys(await exchange.fetchTickers())).toHaveLength(3);
    expect((await exchange.fetchBidsAsks([SYMBOL]))[SYMBOL]).toMatchObject(touch);
    expect((await exchange.fetchLastPrices([SYMBOL]))[SYMBOL]).toMatchObject({ price: 100 });
    expect((await exchange.fetchTrades(SYMBOL)).at(-1)).toMatchObject({
      side: 'sell',
      price: 100,
      amount: 2,
      cost: 200,
    });
    const candle = [expect.any(Number), 100, 100, 100, 100, 2];
    expect(await exchange.fetchOHLCV(SYMBOL, '1m')).toEqual([candle]);
    expect(await exchange.fetchOHLCV(SYMBOL, '1h', Date.now() - 7_200_000, 10)).toEqual([candle]);
    expect(await exchange.fetchTradingFee(SYMBOL)).toMatchObject({ symbol: SYMBOL, maker: 0.001, taker: 0.001 });
    expect(Object.keys(await exchange.fetchTradingFees())).toEqual(['BTC/USDT', 'ETH/USDT', SYMBOL]);
  });

  it('places, finds and cancels a limit order', async () => {
    const order = await exchange.createOrder(SYMBOL, 'limit', 'buy', 1, 98, { clientOrderId: 'from-ccxt' });
    const open = {
      ...{ id: order.id, clientOrderId: 'from-ccxt', symbol: SYMBOL, type: 'limit', side: 'buy', timeInForce: 'GTC' },
      ...{ status: 'open', amount: 1, price: 98, filled: 0, remaining: 1, cost: 0, postOnly: false },
    };
    expect(order).toMatchObject(open);
    expect(await exchange.fetchOrder(order.id as string, SYMBOL)).toMatchObject(open);
    expect(await plain.fetchOrder('', SYMBOL, { origClientOrderId: 'from-ccxt' })).toMatchObject(open);
    expect(await exchange.fetchOpenOrders(SYMBOL)).toMatchObject([open]);
    expect(await exchange.fetchOpenOrders()).toMatchObject([open]);
    const canceled = { ...open, status: 'canceled' };
    // As the vendor documents it, the reply to a cancel has the id of the cancel there.
    const { clientOrderId: _, ...answer } = canceled;
    expect(await exchange.cancelOrder(order.id as string, SYMBOL)).toMatchObject(answer);
    expect((await exchange.fetchOrders(SYMBOL)).at(-1)).toMatchObject(canceled);
    expect((await exchange.fetchCanceledOrders(SYMBOL)).at(-1)).toMatchObject(canceled);
    expect((await exchange.fetchCanceledAndClosedOrders(SYMBOL)).at(-1)).toMatchObject(canceled);
  });

  it.each([
    ['post only', { postOnly: true }, { status: 'open', type: 'limit', postOnly: true }],
    ['IOC that finds nothing', { timeInForce: 'IOC' }, { status: 'expired', timeInForce: 'IOC', filled: 0 }],
    ['FOK that finds nothing', { timeInForce: 'FOK' }, { status: 'expired', timeInForce: 'FOK', filled: 0 }],
    ['a self-trade mode', { selfTradePrevention: 'EXPIRE_BOTH' }, { status: 'open' }],
  ])('places a limit order: %s', async (_name, params, expected) => {
    const { id } = await plain.createOrder(SYMBOL, 'limit', 'buy', 1, 98, params);
    expect(await plain.fetchOrder(id as string, SYMBOL)).toMatchObject(expected);
    if (expected.status === 'open') await cancelOpen();
  });

  it('places by each of its short forms and cancels all at once', async () => {
    expect(await exchange.createLimitOrder(SYMBOL, 'buy', 1, 98)).toMatchObject({ status: 'open', side: 'buy' });
    expect(await exchange.createLimitBuyOrder(SYMBOL, 1, 97)).toMatchObject({ status: 'open', price: 97 });
    expect(await exchange.createLimitSellOrder(SYMBOL, 1, 103)).toMatchObject({ status: 'open', side: 'sell' });
    expect(await exchange.createPostOnlyOrder(SYMBOL, 'limit', 'buy', 1, 96)).toMatchObject({ symbol: SYMBOL });
    const canceled = await exchange.cancelAllOrders(SYMBOL);
    expect(canceled.map(({ status }) => status)).toEqual(['canceled', 'canceled', 'canceled', 'canceled']);
    expect(await plain.fetchOpenOrders(SYMBOL)).toEqual([]);
  });

  it('replaces an order, and places an iceberg', async () => {
    const order = await plain.createOrder(SYMBOL, 'limit', 'buy', 1, 98, { icebergQty: 0.4 });
    expect(order.info).toMatchObject({ icebergQty: '0.40000000' });
    const replaced = await exchange.editOrder(order.id as string, SYMBOL, 'limit', 'buy', 2, 97);
    expect(replaced).toMatchObject({ status: 'open', amount: 2, price: 97 });
    expect(await plain.fetchOrder(order.id as string, SYMBOL)).toMatchObject({ status: 'canceled' });
    await cancelOpen();
  });

  it('trades at the market, by amount and by cost', async () => {
    expect(await exchange.createMarketOrder(SYMBOL, 'buy', 2)).toMatchObject({
      ...{ type: 'market', side: 'buy', status: 'closed', filled: 2, remaining: 0, average: 101, cost: 202 },
      fee: { cost: 0.002, currency: 'TEST' },
      trades: [{ price: 101, amount: 2 }],
    });
    expect(await exchange.createMarketBuyOrder(SYMBOL, 1)).toMatchObject({ status: 'closed', average: 101 });
    expect(await exchange.createMarketSellOrder(SYMBOL, 1)).toMatchObject({
      ...{ status: 'closed', average: 99 },
      fee: { cost: 0.099, currency: 'USDT' },
    });
    expect(await exchange.createMarketOrderWithCost(SYMBOL, 'buy', 101)).toMatchObject({ filled: 1, cost: 101 });
    expect(await exchange.createMarketBuyOrderWithCost(SYMBOL, 202)).toMatchObject({ filled: 2, cost: 202 });
    expect(await exchange.createMarketSellOrderWithCost(SYMBOL, 99)).toMatchObject({ filled: 1, cost: 99 });
    expect((await exchange.fetchClosedOrders(SYMBOL)).at(-1)).toMatchObject({
      side: 'sell',
      status: 'closed',
      cost: 99,
    });
  });

  it('tries an order without placing it', async () => {
    expect(await plain.createOrder(SYMBOL, 'limit', 'buy', 1, 98, { test: true })).toMatchObject({ info: {} });
    expect(await plain.fetchOpenOrders(SYMBOL)).toEqual([]);
  });

  it('reads its trades and its money', async () => {
    const before = (await exchange.fetchBalance())['TEST'] as { free: number };
    const order = await plain.createOrder(SYMBOL, 'market', 'buy', 3);
    const trade = {
      ...{ order: order.id, symbol: SYMBOL, side: 'buy', takerOrMaker: 'taker', price: 101, amount: 3, cost: 303 },
      fee: { cost: 0.003, currency: 'TEST' },
    };
    expect((await exchange.fetchMyTrades(SYMBOL)).at(-1)).toMatchObject(trade);
    expect(await exchange.fetchOrderTrades(order.id as string, SYMBOL)).toMatchObject([trade]);
    const resting = await plain.createOrder(SYMBOL, 'limit', 'sell', 1, 103);
    const { free, used, total } = (await plain.fetchBalance())['TEST'] as { free: number; used: number; total: number };
    expect([free, used, total]).toEqual([
      expect.closeTo(before.free + 1.997, 8),
      1,
      expect.closeTo(before.free + 2.997, 8),
    ]);
    await plain.cancelOrder(resting.id as string, SYMBOL);
  });

  it('maps refusals to its own errors', async () => {
    const limit = (amount: number, price: number, params = {}) =>
      plain.createOrder(SYMBOL, 'limit', 'buy', amount, price, params);
    await expect(limit(1_000_000, 98)).rejects.toThrow(ccxt.InvalidOrder);
    await expect(limit(10_000, 98)).rejects.toThrow(ccxt.InsufficientFunds);
    await expect(limit(0.01, 98)).rejects.toThrow(/NOTIONAL/);
    await expect(limit(1, 101, { postOnly: true })).rejects.toThrow(ccxt.OrderImmediatelyFillable);
    await expect(plain.cancelOrder('999999', SYMBOL)).rejects.toThrow(ccxt.OrderNotFound);
    await expect(plain.fetchOrder('999999', SYMBOL)).rejects.toThrow(ccxt.OrderNotFound);
    await expect(plain.fetchBalance({ timestamp: 1 })).rejects.toThrow(ccxt.InvalidNonce);
    const stranger = { ...world.key, apiKey: 'f'.repeat(64) };
    await expect((await ccxtAt(world, 'spot', stranger)).fetchBalance()).rejects.toThrow(ccxt.AuthenticationError);
    const forger = { ...world.key, apiSecret: 'not-the-secret' };
    await expect((await ccxtAt(world, 'spot', forger)).fetchBalance()).rejects.toThrow(ccxt.AuthenticationError);
  });

  it('was asked everything that it can do', async () => {
    expect(called.compare(unifiedMethods(plain, 'rest'), NOT_ON_SPOT)).toEqual(COMPLETE);
    expect(await world.unserved()).toEqual({});
  });
});
