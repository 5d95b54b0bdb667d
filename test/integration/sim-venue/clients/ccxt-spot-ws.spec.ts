import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ccxt from 'ccxt';
import { until } from '../../../support/until.js';
import { Called, COMPLETE } from './called.js';
import { ccxtAt, unifiedMethods, type Ccxt } from './ccxt-client.js';
import { NOT_ON_SPOT_WS } from './ccxt-not-served.js';
import { startForeignWorld, type ForeignWorld } from './foreign-world.js';
import { poked } from './poke.js';

const SYMBOL = 'TEST/USDT';
const called = new Called();
let world: ForeignWorld;
let plain: Ccxt;
let exchange: Ccxt;
let changes = 0;

beforeAll(async () => {
  world = await startForeignWorld();
  plain = await ccxtAt(world, 'spot');
  exchange = called.through(plain);
  await plain.loadMarkets();
});
afterAll(async () => {
  await plain.close();
  await world.venue.stop();
});

/** Changes the book: ever more is bid at 99. */
function changeBook(): Promise<unknown> {
  changes += 1;
  return world.book('spot', [['99', String(50 + changes)]], [['101', '50']]);
}

const print = () => world.trade('spot', '100', '2', 'sell');
const buy = (amount: number) => plain.createOrder(SYMBOL, 'market', 'buy', amount);

describe('VE-C43 ccxt.pro over the spot streams', () => {
  it('watches the book', async () => {
    const book = await poked(exchange.watchOrderBook(SYMBOL), changeBook);
    expect(book).toMatchObject({ symbol: SYMBOL, asks: [[101, 50]], bids: [[99, expect.any(Number)]] });
    expect(await poked(exchange.watchOrderBookForSymbols([SYMBOL]), changeBook)).toMatchObject({ symbol: SYMBOL });
    const bid = 50 + changes;
    await until(() => plain.orderbooks[SYMBOL]?.bids[0]?.[1] === bid, { what: `${bid} bid in ccxt's book` });
    expect(await exchange.unWatchOrderBook(SYMBOL)).toBe(true);
    await poked(exchange.watchOrderBookForSymbols([SYMBOL]), changeBook);
    expect(await exchange.unWatchOrderBookForSymbols([SYMBOL])).toBe(true);
  });

  it('watches trades', async () => {
    const trade = { symbol: SYMBOL, side: 'sell', price: 100, amount: 2, cost: 200 };
    expect((await poked(exchange.watchTrades(SYMBOL), print)).at(-1)).toMatchObject(trade);
    expect((await poked(exchange.watchTradesForSymbols([SYMBOL]), print)).at(-1)).toMatchObject(trade);
    expect(await exchange.unWatchTrades(SYMBOL)).toBe(true);
    await poked(exchange.watchTradesForSymbols([SYMBOL]), print);
    expect(await exchange.unWatchTradesForSymbols([SYMBOL])).toBe(true);
  });

  it('watches the touch', async () => {
    const quotes = await poked(exchange.watchBidsAsks([SYMBOL]), changeBook);
    expect(quotes[SYMBOL]).toMatchObject({ symbol: SYMBOL, bid: 99, ask: 101, askVolume: 50 });
    expect(await exchange.unWatchBidsAsks([SYMBOL])).toBe(true);
  });

  it('watches tickers', async () => {
    const ticker = { symbol: SYMBOL, last: 100, open: 100, high: 100, low: 100 };
    expect(await poked(exchange.watchTicker(SYMBOL), print)).toMatchObject(ticker);
    const full = await poked(plain.watchTickers([SYMBOL], { name: 'ticker' }), print);
    expect(full[SYMBOL]).toMatchObject({ ...ticker, bid: 99, ask: 101 });
    expect((await poked(exchange.watchTickers([SYMBOL]), print))[SYMBOL]).toMatchObject(ticker);
    expect((await poked(plain.watchTickers(), print))[SYMBOL]).toMatchObject(ticker);
    expect(await exchange.unWatchTicker(SYMBOL)).toBe(true);
    expect(await exchange.unWatchTickers([SYMBOL])).toBe(true);
  });

  it('watches candles', async () => {
    const [candle] = await poked(exchange.watchOHLCV(SYMBOL, '1m'), print);
    expect(candle?.slice(1, 5)).toEqual([100, 100, 100, 100]);
    const candles = await poked(exchange.watchOHLCVForSymbols([[SYMBOL, '5m']]), print);
    expect(candles[SYMBOL]?.['5m']?.[0]?.slice(1, 5)).toEqual([100, 100, 100, 100]);
    expect(await exchange.unWatchOHLCV(SYMBOL, '1m')).toBe(true);
    expect(await exchange.unWatchOHLCVForSymbols([[SYMBOL, '5m']])).toBe(true);
  });
});

describe('VE-C43 ccxt.pro over the spot WebSocket API', () => {
  it('watches its orders, trades and balance', async () => {
    await poked(exchange.watchOrders(SYMBOL), () => buy(0.1));
    const order = await watched(exchange.watchOrders(SYMBOL), () => plain.createOrder(SYMBOL, 'limit', 'sell', 1, 103));
    expect(order).toMatchObject([{ symbol: SYMBOL, status: 'open', side: 'sell', price: 103, amount: 1, filled: 0 }]);
    const canceled = await watched(exchange.watchOrders(SYMBOL), () => plain.cancelAllOrders(SYMBOL));
    expect(canceled.at(-1)).toMatchObject({ status: 'canceled' });
    const trades = await watched(exchange.watchMyTrades(SYMBOL), () => buy(2));
    expect(trades.at(-1)).toMatchObject({
      side: 'buy',
      price: 101,
      amount: 2,
      takerOrMaker: 'taker',
      fee: { cost: 0.002 },
    });
    const before = (await plain.fetchBalance())['TEST'] as { free: number };
    const balance = await watched(exchange.watchBalance(), () => buy(1));
    expect(balance['TEST']).toMatchObject({ free: expect.closeTo(before.free + 0.999, 8), used: 0 });
  });

  it('places, finds, replaces and cancels', async () => {
    const order = await exchange.createOrderWs(SYMBOL, 'limit', 'buy', 1, 98);
    const open = { id: order.id, status: 'open', amount: 1, price: 98 };
    expect(order).toMatchObject(open);
    const id = order.id as string;
    expect(await exchange.fetchOrderWs(id, SYMBOL)).toMatchObject(open);
    expect(await exchange.fetchOpenOrdersWs(SYMBOL)).toMatchObject([open]);
    expect((await exchange.fetchOrdersWs(SYMBOL)).at(-1)).toMatchObject(open);
    const replaced = await exchange.editOrderWs(id, SYMBOL, 'limit', 'buy', 2, 97);
    expect(replaced).toMatchObject({ status: 'open', amount: 2, price: 97 });
    expect(await exchange.cancelOrderWs(replaced.id as string, SYMBOL)).toMatchObject({ status: 'canceled' });
    await exchange.createOrderWs(SYMBOL, 'limit', 'buy', 1, 98);
    expect(await exchange.cancelAllOrdersWs(SYMBOL)).toMatchObject([{ status: 'canceled' }]);
    expect(await exchange.createMarketOrderWs(SYMBOL, 'buy', 1)).toMatchObject({ status: 'closed', average: 101 });
  });

  it('reads trades, candles and money', async () => {
    await print();
    expect((await exchange.fetchTradesWs(SYMBOL)).at(-1)).toMatchObject({ price: 100, amount: 2 });
    expect((await exchange.fetchMyTradesWs(SYMBOL)).at(-1)).toMatchObject({ symbol: SYMBOL, side: 'buy' });
    expect((await exchange.fetchOHLCVWs(SYMBOL, '1m')).at(-1)?.slice(2, 4)).toEqual([101, 100]);
    // ccxt leaves the balances of a documented reply where they are.
    const { info } = await exchange.fetchBalanceWs();
    expect(info).toMatchObject({ accountType: 'SPOT', balances: [{ asset: 'USDT' }, { asset: 'TEST' }] });
  });

  it('maps refusals to its own errors', async () => {
    await expect(plain.createOrderWs(SYMBOL, 'limit', 'buy', 10_000, 98)).rejects.toThrow(ccxt.InsufficientFunds);
    await expect(plain.cancelOrderWs('999999', SYMBOL)).rejects.toThrow(ccxt.OrderNotFound);
  });
});

describe('VE-C57 a gap in the book', () => {
  it('is noticed by ccxt, which builds the book anew', async () => {
    await poked(plain.watchOrderBook(SYMBOL), changeBook);
    await world.client.control('POST', 'faults', {
      ...{ match: { route: 'testusdt@depth@100ms' }, fault: 'stream', args: { how: 'gap', count: 3 } },
      times: 1,
    });
    await expect(untilItFails()).rejects.toThrow(ccxt.ChecksumError);
    const book = await poked(plain.watchOrderBook(SYMBOL), changeBook);
    expect(book.asks).toEqual([[101, 50]]);
    const bid = 50 + changes;
    await until(() => plain.orderbooks[SYMBOL]?.bids[0]?.[1] === bid, { what: `${bid} bid in ccxt's new book` });
    const { faults } = await world.client.control('GET', 'faults');
    expect(faults).toMatchObject([{ fired: 1 }]);
  });
});

describe('VE-C43 ccxt.pro on spot', () => {
  it('was asked everything that it can do', async () => {
    expect(called.compare(unifiedMethods(plain, 'ws'), NOT_ON_SPOT_WS)).toEqual(COMPLETE);
    expect(await world.unserved()).toEqual({});
  });
});

/** What is watched of one deed. */
async function watched<T>(watch: Promise<T>, act: () => Promise<unknown>): Promise<T> {
  await act();
  return watch;
}

async function untilItFails(): Promise<never> {
  for (;;) await poked(plain.watchOrderBook(SYMBOL), changeBook);
}
