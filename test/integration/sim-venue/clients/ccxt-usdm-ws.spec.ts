import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ccxt from 'ccxt';
import { until } from '../../../support/until.js';
import { Called, COMPLETE } from './called.js';
import { ccxtAt, unifiedMethods, type Ccxt } from './ccxt-client.js';
import { NOT_ON_USDM_WS } from './ccxt-not-served.js';
import { startForeignWorld, type ForeignWorld } from './foreign-world.js';
import { poked } from './poke.js';

const SYMBOL = 'TEST/USDT:USDT';
const called = new Called();
let world: ForeignWorld;
let plain: Ccxt;
let exchange: Ccxt;
let changes = 0;

beforeAll(async () => {
  world = await startForeignWorld();
  plain = await ccxtAt(world, 'usdm');
  exchange = called.through(plain);
  await plain.loadMarkets();
});
afterAll(async () => {
  // Its timer for the listen key outlives close(); without a key it ends.
  plain.options['future'] = {};
  await plain.close();
  await world.venue.stop();
});

/** Changes the book: ever more is bid at 99. */
function changeBook(): Promise<unknown> {
  changes += 1;
  return world.book('usdm', [['99', String(50 + changes)]], [['101', '50']]);
}

const print = () => world.trade('usdm', '100', '2', 'sell');
const buy = (amount: number) => plain.createOrder(SYMBOL, 'market', 'buy', amount);

describe('VE-C43 ccxt.pro over the USD-M streams', () => {
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

  it('watches the touch and tickers', async () => {
    const quotes = await poked(exchange.watchBidsAsks([SYMBOL]), changeBook);
    expect(quotes[SYMBOL]).toMatchObject({ symbol: SYMBOL, bid: 99, ask: 101, askVolume: 50 });
    const ticker = { symbol: SYMBOL, last: 100, open: 100, high: 100, low: 100 };
    expect(await poked(exchange.watchTicker(SYMBOL), print)).toMatchObject(ticker);
    expect((await poked(exchange.watchTickers([SYMBOL]), print))[SYMBOL]).toMatchObject(ticker);
    expect(await exchange.unWatchBidsAsks([SYMBOL])).toBe(true);
    expect(await exchange.unWatchTicker(SYMBOL)).toBe(true);
    expect(await exchange.unWatchTickers([SYMBOL])).toBe(true);
  });

  it('watches mark prices', async () => {
    const mark = { symbol: SYMBOL, markPrice: 100, indexPrice: 100 };
    expect(await poked(exchange.watchMarkPrice(SYMBOL), changeBook)).toMatchObject(mark);
    expect((await poked(exchange.watchMarkPrices([SYMBOL]), changeBook))[SYMBOL]).toMatchObject(mark);
    expect(await exchange.unWatchMarkPrice(SYMBOL)).toBe(true);
    expect(await exchange.unWatchMarkPrices([SYMBOL])).toBe(true);
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

describe('VE-C43 ccxt.pro over the USD-M user stream', () => {
  it('watches its orders, trades, positions and balance', async () => {
    await poked(exchange.watchOrders(SYMBOL), () => buy(0.1));
    const order = await watched(exchange.watchOrders(SYMBOL), () => plain.createOrder(SYMBOL, 'limit', 'sell', 1, 103));
    expect(order.at(-1)).toMatchObject({ symbol: SYMBOL, status: 'open', side: 'sell', price: 103, amount: 1 });
    const canceled = await watched(exchange.watchOrders(SYMBOL), () => plain.cancelAllOrders(SYMBOL));
    expect(canceled.at(-1)).toMatchObject({ status: 'canceled', price: 103 });
    const trades = await watched(exchange.watchMyTrades(SYMBOL), () => buy(2));
    expect(trades.at(-1)).toMatchObject({
      side: 'buy',
      price: 101,
      amount: 2,
      takerOrMaker: 'taker',
      fee: { cost: 0.101 },
    });
    const [held] = await plain.fetchPositions([SYMBOL]);
    await poked(exchange.watchPositions([SYMBOL]), () => buy(0.1));
    const positions = await watched(exchange.watchPositions([SYMBOL]), () => buy(1));
    expect(positions).toMatchObject([{ symbol: SYMBOL, side: 'long', entryPrice: 101 }]);
    expect(positions[0]?.contracts).toBeGreaterThan(held?.contracts ?? Infinity);
    const balance = await watched(exchange.watchBalance(), () => buy(1));
    const { total } = (await plain.fetchBalance())['USDT'] as { total: number };
    const { unrealizedPnl } = (await plain.fetchPositions([SYMBOL]))[0] ?? {};
    expect((balance['USDT'] as { total: number }).total).toBeCloseTo(total - Number(unrealizedPnl), 6);
  });
});

describe('VE-C43 the listen key of ccxt.pro', () => {
  it('is renewed', async () => {
    const renewal = { product: 'usdm', route: 'PUT /fapi/v1/listenKey' };
    await world.client.control('POST', 'faults', { match: renewal, fault: 'latency', args: { ms: 0 } });
    const renewals = async () => (await world.client.control('GET', 'faults')).faults[0]?.fired ?? 0;
    await until(async () => (await renewals()) > 0, { what: 'a renewal of the listen key' });
    await world.client.control('DELETE', 'faults');
  });
});

describe('VE-C43 ccxt.pro over the USD-M WebSocket API', () => {
  it('places, finds, amends and cancels', async () => {
    const order = await exchange.createOrderWs(SYMBOL, 'limit', 'buy', 1, 98);
    const open = { id: order.id, status: 'open', amount: 1, price: 98 };
    expect(order).toMatchObject(open);
    const id = order.id as string;
    expect(await exchange.fetchOrderWs(id, SYMBOL)).toMatchObject(open);
    expect(await exchange.editOrderWs(id, SYMBOL, 'limit', 'buy', 2, 97)).toMatchObject({ id, amount: 2, price: 97 });
    expect(await exchange.cancelOrderWs(id, SYMBOL)).toMatchObject({ id, status: 'canceled' });
    expect(await exchange.createMarketOrderWs(SYMBOL, 'buy', 1)).toMatchObject({ status: 'closed', average: 101 });
  });

  it('reads books, prices, positions and money', async () => {
    expect(await exchange.fetchOrderBookWs(SYMBOL, 5)).toMatchObject({
      symbol: SYMBOL,
      asks: [[101, expect.any(Number)]],
    });
    expect(await exchange.fetchTickerWs(SYMBOL)).toMatchObject({ symbol: SYMBOL, bid: 99, ask: 101 });
    expect(await exchange.fetchPositionWs(SYMBOL)).toMatchObject([{ symbol: SYMBOL, side: 'long', entryPrice: 101 }]);
    expect(await exchange.fetchPositionsWs([SYMBOL])).toMatchObject([{ symbol: SYMBOL, side: 'long' }]);
    const { USDT } = await exchange.fetchBalanceWs();
    expect((USDT as { total: number }).total).toBeGreaterThan(99_000);
  });
});

describe('VE-C57 a gap in the USD-M book', () => {
  it('is noticed by ccxt, which builds the book anew', async () => {
    await poked(plain.watchOrderBook(SYMBOL), changeBook);
    await world.client.control('POST', 'faults', {
      ...{ match: { product: 'usdm', route: 'testusdt@depth@100ms' }, fault: 'stream', args: { how: 'gap', count: 3 } },
      times: 1,
    });
    await expect(untilItFails()).rejects.toThrow(ccxt.ChecksumError);
    await poked(plain.watchOrderBook(SYMBOL), changeBook);
    const bid = 50 + changes;
    await until(() => plain.orderbooks[SYMBOL]?.bids[0]?.[1] === bid, { what: `${bid} bid in ccxt's new book` });
    expect(await world.client.control('GET', 'faults')).toMatchObject({ faults: [{ fired: 1 }] });
  });
});

describe('VE-C43 ccxt.pro on USD-M', () => {
  it('was asked everything that it can do', async () => {
    expect(called.compare(unifiedMethods(plain, 'ws'), NOT_ON_USDM_WS)).toEqual(COMPLETE);
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
