import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { WebsocketAPIClient, WebsocketClient } from 'binance';
import { until } from '../../../support/until.js';
import { Called, COMPLETE, methodsOf, type NotServed } from './called.js';
import { startForeignWorld, type ForeignWorld, type Product } from './foreign-world.js';

const symbol = 'TESTUSDT';
const QUIET = { trace: () => undefined, info: () => undefined, error: () => undefined };
const called = new Called();
let world: ForeignWorld;
const clients: { closeAll(force: boolean): unknown }[] = [];
let changes = 0;

/** The client leaves the timer of its listen key behind, which would hold the process for ever. */
const intervals = jest.spyOn(globalThis, 'setInterval');

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockReturnValue();
  world = await startForeignWorld();
});
afterAll(async () => {
  for (const client of clients) client.closeAll(true);
  await world.venue.stop();
  for (const { value } of intervals.mock.results) clearInterval(value as NodeJS.Timeout);
});

/** How any of its WebSocket clients is pointed at the venue. */
function options(product: Product) {
  const baseUrl = product === 'spot' ? world.venue.spotUrl : world.venue.usdmUrl;
  const { apiKey: api_key, apiSecret: api_secret } = world.key;
  return { wsUrl: baseUrl.replace('http', 'ws'), api_key, api_secret, beautify: true, restOptions: { baseUrl } };
}

/** A client of the streams, with the events that it made of messages. */
function streams(product: Product): { ws: WebsocketClient; events: Map<string, unknown> } {
  const ws = new WebsocketClient(options(product), QUIET);
  clients.push(ws);
  const events = new Map<string, unknown>();
  ws.on('formattedMessage', (message) => {
    const [first] = [message].flat() as { eventType?: string; updateData?: unknown }[];
    events.set(String(first?.eventType) + (Array.isArray(message) ? '[]' : ''), first);
  });
  return { ws, events };
}

function api(product: Product): WebsocketAPIClient {
  const client = new WebsocketAPIClient(
    { ...options(product), muteLatencyWarning: true, attachEventListeners: false },
    QUIET,
  );
  clients.push(client.getWSClient());
  return called.through(client);
}

/** Trades and changes the book until all of these events have come. */
async function happening(product: Product, events: ReadonlyMap<string, unknown>, wanted: readonly string[]) {
  await until(
    async () => {
      changes += 1;
      await world.trade(product, '100', '1', 'sell');
      await world.book(product, [['99', String(50 + changes)]], [['101', '50']]);
      return wanted.every((name) => events.has(name));
    },
    { everyMs: 50, what: `${wanted.join()} among the events` },
  );
}

describe('VE-C43 binance over the streams', () => {
  it('hears all of spot', async () => {
    const { ws, events } = streams('spot');
    void ws.subscribeSpotAggregateTrades(symbol);
    void ws.subscribeSpotTrades(symbol);
    void ws.subscribeSpotKline(symbol, '1m');
    void ws.subscribeSpotSymbolMini24hrTicker(symbol);
    void ws.subscribeSpotSymbol24hrTicker(symbol);
    void ws.subscribeSpotSymbolBookTicker(symbol);
    void ws.subscribeSpotPartialBookDepth(symbol, 5, 100);
    void ws.subscribeSpotDiffBookDepth(symbol, 100);
    void ws.subscribeSpotAllMini24hrTickers();
    const wanted = ['aggTrade', 'trade', 'kline', '24hrMiniTicker', '24hrTicker', 'bookTicker'];
    await happening('spot', events, [...wanted, 'depth5@100ms', 'depthUpdate', '24hrMiniTicker[]']);
    expect(events.get('trade')).toMatchObject({ symbol, price: 100, quantity: 1, maker: true });
    expect(events.get('bookTicker')).toMatchObject({ symbol, bidPrice: 99, askPrice: 101 });
    expect(events.get('24hrTicker')).toMatchObject({ symbol, currentClose: 100, bestBid: 99, bestAskPrice: 101 });
    expect(events.get('kline')).toMatchObject({ symbol, kline: { interval: '1m', close: 100, final: false } });
  });

  it('hears USD-M and its own orders there', async () => {
    const { ws, events } = streams('usdm');
    void ws.subscribeAggregateTrades(symbol, 'usdm');
    void ws.subscribeMarkPrice(symbol, 'usdm', 1_000);
    void ws.subscribeKlines(symbol, '1m', 'usdm');
    void ws.subscribeSymbolMini24hrTicker(symbol, 'usdm');
    void ws.subscribeSymbol24hrTicker(symbol, 'usdm');
    void ws.subscribeSymbolBookTicker(symbol, 'usdm');
    void ws.subscribeDiffBookDepth(symbol, 100, 'usdm');
    await ws.subscribeUsdFuturesUserDataStream();
    const wanted = ['aggTrade', 'markPriceUpdate', 'kline', '24hrMiniTicker', '24hrTicker', 'bookTicker'];
    await happening('usdm', events, [...wanted, 'depthUpdate']);
    expect(events.get('markPriceUpdate')).toMatchObject({ symbol, markPrice: 100 });
    const orders = api('usdm');
    const market = { symbol, side: 'BUY', type: 'MARKET', quantity: 1, timestamp: Date.now() } as const;
    await orders.submitNewFuturesOrder('usdm', market);
    const own = ['ORDER_TRADE_UPDATE', 'ACCOUNT_UPDATE', 'TRADE_LITE'];
    await until(() => own.every((name) => events.has(name)), { what: 'its own events' });
    expect(events.get('ORDER_TRADE_UPDATE')).toMatchObject({
      order: { symbol, orderSide: 'BUY', orderStatus: 'FILLED', averagePrice: 101 },
    });
    expect(events.get('ACCOUNT_UPDATE')).toMatchObject({ updateData: { updateEventType: 'ORDER' } });
    await ws.unsubscribeUsdFuturesUserDataStream();
  });
});

describe('VE-C43 binance over the WebSocket APIs', () => {
  it('reads spot', async () => {
    const client = api('spot');
    expect((await client.testSpotConnectivity()).result).toEqual({});
    expect((await client.getSpotServerTime()).result).toMatchObject({ serverTime: expect.any(Number) });
    expect((await client.getSpotExchangeInfo({ symbol })).result.symbols).toHaveLength(1);
    expect((await client.getSpotOrderBook({ symbol })).result.asks[0]?.[0]).toBe('101.00000000');
    expect((await client.getSpotRecentTrades({ symbol })).result.length).toBeGreaterThan(0);
    expect((await client.getSpotHistoricalTrades({ symbol })).result.length).toBeGreaterThan(0);
    expect((await client.getSpotAggregateTrades({ symbol })).result.length).toBeGreaterThan(0);
    expect((await client.getSpotKlines({ symbol, interval: '1m' })).result.at(-1)).toHaveLength(12);
    expect((await client.getSpotAveragePrice({ symbol })).result).toMatchObject({ price: '100.00000000' });
    expect((await client.getSpot24hrTicker({ symbol })).result).toMatchObject({ lastPrice: '100.00000000' });
    expect((await client.getSpotSymbolPriceTicker({ symbol })).result).toMatchObject({ price: '100.00000000' });
    expect((await client.getSpotSymbolOrderBookTicker({ symbol })).result).toMatchObject({ bidPrice: '99.00000000' });
    expect((await client.getSpotSessionStatus()).result).toMatchObject({ apiKey: null });
  });

  it('trades spot and hears of it', async () => {
    const client = api('spot');
    const events: { e: string; c: string; x: string }[] = [];
    client.getWSClient().on('message', (message) => events.push(message as unknown as (typeof events)[number]));
    await client.subscribeUserDataStream('mainWSAPI');
    const now = { timestamp: Date.now() };
    const limit = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 2, price: 98, ...now } as const;
    expect((await client.testSpotOrder(limit)).result).toEqual({});
    const { orderId, clientOrderId } = (await client.submitNewSpotOrder(limit)).result as {
      orderId: number;
      clientOrderId: string;
    };
    await until(() => events.some(({ c, x }) => c === clientOrderId && x === 'NEW'), {
      what: 'the order among events',
    });
    expect((await client.getSpotOrderStatus({ symbol, orderId, ...now })).result).toMatchObject({ status: 'NEW' });
    expect((await client.getSpotOpenOrders({ symbol, ...now })).result).toMatchObject([{ orderId }]);
    const amended = await client.amendSpotOrderKeepPriority({ symbol, orderId, newQty: '1', ...now });
    expect(amended.result).toMatchObject({ amendedOrder: { qty: '1.00000000' } });
    const replaced = await client.cancelReplaceSpotOrder({
      ...limit,
      ...{ cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: orderId },
    });
    expect(replaced.result).toMatchObject({ cancelResult: 'SUCCESS', newOrderResult: 'SUCCESS' });
    const { newOrderResponse } = replaced.result as unknown as { newOrderResponse: { orderId: number } };
    const canceled = await client.cancelSpotOrder({ symbol, orderId: newOrderResponse.orderId, ...now });
    expect(canceled.result).toMatchObject({ status: 'CANCELED' });
    await client.submitNewSpotOrder(limit);
    expect((await client.cancelAllSpotOpenOrders({ symbol, ...now })).result).toHaveLength(1);
    expect((await client.getSpotAllOrders({ symbol, ...now })).result).toHaveLength(3);
    expect((await client.getSpotMyTrades({ symbol, ...now })).result).toEqual([]);
    expect((await client.getSpotAccountInformation(now)).result).toMatchObject({ accountType: 'SPOT' });
    expect((await client.getSpotOrderRateLimits(now)).result).toMatchObject([{ interval: 'SECOND' }, {}]);
    const commission = await client.getSpotAccountCommission({ symbol, ...now });
    expect(commission.result).toMatchObject({ symbol });
    expect((await client.getSpotPreventedMatches({ symbol, orderId, ...now })).result).toEqual([]);
    await client.unsubscribeUserDataStream('mainWSAPI');
    expect(events.map(({ e }) => e)).toContain('outboundAccountPosition');
  });

  it('reads and trades USD-M', async () => {
    const client = api('usdm');
    const now = { timestamp: Date.now() };
    expect((await client.getFuturesOrderBook({ symbol })).result).toMatchObject({
      lastUpdateId: expect.any(Number),
    });
    expect((await client.getFuturesSymbolPriceTicker({ symbol })).result).toMatchObject({ symbol });
    expect((await client.getFuturesSymbolOrderBookTicker({ symbol })).result).toMatchObject({ symbol });
    const limit = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 1, price: 98, ...now } as const;
    const { orderId } = (await client.submitNewFuturesOrder('usdm', limit)).result;
    expect((await client.getFuturesOrderStatus('usdm', { symbol, orderId, ...now })).result).toMatchObject({
      status: 'NEW',
    });
    const change = { symbol, orderId, origType: 'LIMIT', positionSide: 'BOTH', side: 'BUY' } as const;
    const amended = await client.modifyFuturesOrder('usdm', { ...change, quantity: '2', price: '97', ...now });
    expect(amended.result).toMatchObject({ orderId, status: 'NEW' });
    expect((await client.cancelFuturesOrder('usdm', { symbol, orderId, ...now })).result).toMatchObject({
      status: 'CANCELED',
    });
    for (const { result } of [
      await client.getFuturesPosition('usdm', { symbol, ...now }),
      await client.getFuturesPositionV2({ symbol, ...now }),
    ])
      expect(result).toMatchObject([{ symbol }]);
    for (const { result } of [
      await client.getFuturesAccountBalance('usdm', now),
      await client.getFuturesAccountBalanceV2(now),
    ])
      expect(result).toMatchObject([{ asset: 'USDT' }]);
    for (const { result } of [
      await client.getFuturesAccountStatus('usdm', now),
      await client.getFuturesAccountStatusV2(now),
    ])
      expect(result).toMatchObject({ totalWalletBalance: expect.any(String) });
    const { apiKey } = world.key;
    const started = await client.startUserDataStreamForKey({ apiKey }, 'usdmWSAPI');
    expect(started.result).toMatchObject({ listenKey: expect.any(String) });
    const key = { apiKey, listenKey: started.result.listenKey };
    expect((await client.pingUserDataStreamForKey(key, 'usdmWSAPI')).status).toBe(200);
    expect((await client.stopUserDataStreamForKey(key, 'usdmWSAPI')).status).toBe(200);
  });

  it('was asked everything that it can do', async () => {
    const methods = methodsOf(WebsocketAPIClient).filter((name) => /Spot|Futures|UserDataStream/.test(name));
    expect(methods.length).toBeGreaterThan(60);
    expect(called.compare(methods, NOT_SERVED)).toEqual(COMPLETE);
    expect(await world.unserved()).toEqual({});
  });
});

const NOT_SERVED: NotServed = {
  'not of the venue (C4)': [
    'getSpotAllocations',
    'getSpotExecutionRules',
    'getSpotHistoricalBlockTrades',
    'getSpotReferencePrice',
    'getSpotReferencePriceCalculation',
    'getSpotTicker',
    'getSpotTradingDayTicker',
    'getSpotUIKlines',
    'placeSpotSOROrder',
    'testSpotSOROrder',
  ],
  'order lists and conditional orders, which the venue has not (C2, C3)': [
    'cancelFuturesAlgoOrder',
    'cancelSpotOrderList',
    'getSpotAllOrderLists',
    'getSpotOpenOrderLists',
    'getSpotOrderListStatus',
    'placeSpotOCOOrderList',
    'placeSpotOPOCOOrderList',
    'placeSpotOPOOrderList',
    'placeSpotOTOCOOrderList',
    'placeSpotOTOOrderList',
    'placeSpotOrderList',
    'submitNewFuturesAlgoOrder',
  ],
  'its own bookkeeping': [
    'clearUserDataStreamTimers',
    'getSubscribedUserDataStreamState',
    'tryResubscribeUserDataStream',
  ],
};
