import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { NotFoundError, BadRequestError, Spot, SpotRestAPI } from '@binance/spot';
import { Called, COMPLETE, methodsOf, type NotServed } from './called.js';
import { startForeignWorld, type ForeignWorld } from './foreign-world.js';

const symbol = 'TESTUSDT';
const { NewOrderSideEnum: Side, NewOrderTypeEnum: Type, NewOrderTimeInForceEnum: TimeInForce } = SpotRestAPI;
const LIMIT = {
  ...{ symbol, side: Side.BUY, type: Type.LIMIT, timeInForce: TimeInForce.GTC },
  ...{ quantity: 1, price: 98 },
};
const called = new Called();
let world: ForeignWorld;
let api: SpotRestAPI.RestAPI;

beforeAll(async () => {
  world = await startForeignWorld();
  const { apiKey, apiSecret } = world.key;
  const configurationRestAPI = { apiKey, apiSecret, basePath: world.venue.spotUrl, retries: 0, timeout: 5_000 };
  api = called.through(new Spot({ configurationRestAPI }).restAPI);
});
afterEach(async () => {
  await world.book('spot', [['99', '50']], [['101', '50']]);
});
afterAll(() => world.venue.stop());

/** The body of a reply. */
async function body<T>(reply: Promise<{ data(): Promise<T> }>): Promise<T> {
  return (await reply).data();
}

const NOT_SERVED: NotServed = {
  'not of the venue (C2)': [
    'executionRules',
    'historicalBlockTrades',
    'myAllocations',
    'myFilters',
    'referencePrice',
    'referencePriceCalculation',
    'sorOrder',
    'sorOrderTest',
    'ticker',
    'tickerTradingDay',
    'uiKlines',
  ],
  'order lists, which the venue has not (C2)': [
    'allOrderList',
    'deleteOrderList',
    'getOrderList',
    'openOrderList',
    'orderListOco',
    'orderListOpo',
    'orderListOpoco',
    'orderListOto',
    'orderListOtoco',
    'orderOco',
  ],
};

describe("VE-C43 the vendor's own connector over spot REST", () => {
  it('reads the exchange', async () => {
    expect(await body(api.ping())).toEqual({});
    expect(Math.abs(Date.now() - Number((await body(api.time())).serverTime))).toBeLessThan(5_000);
    const { symbols } = await body(api.exchangeInfo({ symbols: ['BTCUSDT', symbol] }));
    expect(symbols?.map((one) => one.symbol)).toEqual(['BTCUSDT', symbol]);
    expect((await body(api.sendRequest<{ symbols: [] }>('/api/v3/exchangeInfo', 'GET'))).symbols).toHaveLength(3);
  });

  it('reads books, prices, trades and candles', async () => {
    await world.trade('spot', '100', '2', 'sell');
    const book = { bids: [['99.00000000', '50.00000000']], asks: [['101.00000000', '50.00000000']] };
    expect(await body(api.depth({ symbol, limit: 5 }))).toMatchObject(book);
    expect(await body(api.getTrades({ symbol }))).toMatchObject([{ price: '100.00000000', isBuyerMaker: true }]);
    expect(await body(api.historicalTrades({ symbol, fromId: 2 }))).toEqual([]);
    expect(await body(api.aggTrades({ symbol }))).toMatchObject([{ p: '100.00000000', m: true }]);
    const [candle] = await body(api.klines({ symbol, interval: SpotRestAPI.KlinesIntervalEnum.INTERVAL_1m }));
    expect(candle).toHaveLength(12);
    expect(await body(api.avgPrice({ symbol }))).toMatchObject({ mins: 5, price: '100.00000000' });
    expect(await body(api.ticker24hr({ symbol }))).toMatchObject({ lastPrice: '100.00000000', count: 1 });
    expect(await body(api.tickerPrice({ symbol }))).toEqual({ symbol, price: '100.00000000' });
    expect(await body(api.tickerBookTicker({ symbols: [symbol] }))).toMatchObject([{ askPrice: '101.00000000' }]);
  });

  it('places, finds, amends and cancels', async () => {
    const tried = {
      ...{ symbol, quantity: 1, price: 98 },
      side: SpotRestAPI.OrderTestSideEnum.BUY,
      type: SpotRestAPI.OrderTestTypeEnum.LIMIT,
      timeInForce: SpotRestAPI.OrderTestTimeInForceEnum.GTC,
    };
    expect(await body(api.orderTest(tried))).toEqual({});
    const placed = await body(api.newOrder({ ...LIMIT, newClientOrderId: 'official-1', icebergQty: 0.4 }));
    expect(placed).toMatchObject({ symbol, clientOrderId: 'official-1', status: 'NEW', fills: [] });
    const orderId = Number(placed.orderId);
    expect(await body(api.getOrder({ symbol, orderId }))).toMatchObject({ orderId, icebergQty: '0.40000000' });
    expect(await body(api.getOpenOrders({ symbol }))).toMatchObject([{ orderId }]);
    const amended = await body(api.orderAmendKeepPriority({ symbol, orderId, newQty: 0.5 }));
    expect(amended).toMatchObject({ amendedOrder: { orderId, qty: '0.50000000' } });
    expect(await body(api.orderAmendments({ symbol, orderId }))).toMatchObject([
      { orderId, origQty: '1.00000000', newQty: '0.50000000' },
    ]);
    expect(await body(api.deleteOrder({ symbol, orderId }))).toMatchObject({ status: 'CANCELED' });
    await api.newOrder(LIMIT);
    expect(await body(api.deleteOpenOrders({ symbol }))).toMatchObject([{ status: 'CANCELED' }]);
    expect(await body(api.allOrders({ symbol }))).toMatchObject([{ orderId }, { status: 'CANCELED' }]);
  });

  it('replaces an order', async () => {
    const { orderId } = await body(api.newOrder(LIMIT));
    const replaced = await body(
      api.orderCancelReplace({
        ...{ symbol, quantity: 1, price: 97, cancelOrderId: Number(orderId) },
        side: SpotRestAPI.OrderCancelReplaceSideEnum.BUY,
        type: SpotRestAPI.OrderCancelReplaceTypeEnum.LIMIT,
        timeInForce: SpotRestAPI.OrderCancelReplaceTimeInForceEnum.GTC,
        cancelReplaceMode: SpotRestAPI.OrderCancelReplaceCancelReplaceModeEnum.STOP_ON_FAILURE,
      }),
    );
    expect(replaced).toMatchObject({ cancelResult: 'SUCCESS', newOrderResponse: { price: '97.00000000' } });
    await api.deleteOpenOrders({ symbol });
  });

  it('trades and reads its account', async () => {
    const bought = await body(api.newOrder({ symbol, side: Side.BUY, type: Type.MARKET, quantity: 2 }));
    expect(bought).toMatchObject({ status: 'FILLED', fills: [{ price: '101.00000000', qty: '2.00000000' }] });
    expect(await body(api.myTrades({ symbol }))).toMatchObject([{ orderId: bought.orderId, isBuyer: true }]);
    expect((await body(api.getAccount({ omitZeroBalances: true }))).balances).toMatchObject([
      { asset: 'USDT', free: '99798.00000000' },
      { asset: 'TEST', free: '1001.99800000' },
    ]);
    expect(await body(api.rateLimitOrder())).toMatchObject([{ interval: 'SECOND' }, { interval: 'DAY' }]);
    expect(await body(api.accountCommission({ symbol }))).toMatchObject({
      standardCommission: { maker: '0.00100000' },
    });
    const signed = await body(api.sendSignedRequest<{ uid: number }>('/api/v3/account', 'GET'));
    expect(signed.uid).toBe(world.key.accountId);
  });

  it('reads what self-trade prevention stopped', async () => {
    await api.newOrder({ ...LIMIT, price: 100 });
    const prevention = SpotRestAPI.NewOrderSelfTradePreventionModeEnum.EXPIRE_TAKER;
    const stopped = await body(
      api.newOrder({ ...LIMIT, side: Side.SELL, price: 100, selfTradePreventionMode: prevention }),
    );
    const { orderId: takerOrderId } = stopped;
    expect(await body(api.myPreventedMatches({ symbol, orderId: Number(takerOrderId) }))).toMatchObject([
      { takerOrderId },
    ]);
    await api.deleteOpenOrders({ symbol });
  });

  it("turns the vendor's refusals into its own errors", async () => {
    await expect(api.newOrder({ ...LIMIT, price: 98.001 })).rejects.toThrow(BadRequestError);
    await expect(api.newOrder({ ...LIMIT, price: 98.001 })).rejects.toThrow('Filter failure: PRICE_FILTER');
    await expect(api.getOrder({ symbol, orderId: 999_999 })).rejects.toMatchObject({ code: -2013 });
    await expect(api.openOrderList()).rejects.toThrow(NotFoundError);
  });

  it('was asked everything that it can do', async () => {
    expect(called.compare(methodsOf(SpotRestAPI.RestAPI), NOT_SERVED)).toEqual(COMPLETE);
    expect(await world.unserved()).toEqual({ 'GET /api/v3/openOrderList': 1 });
  });
});
