import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MainClient } from 'binance';
import { Called, COMPLETE, methodsOf, type NotServed } from './called.js';
import { startForeignWorld, type ForeignWorld } from './foreign-world.js';

const symbol = 'TESTUSDT';
const LIMIT = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 1, price: 98 } as const;
const called = new Called();
let world: ForeignWorld;
let api: MainClient;

beforeAll(async () => {
  world = await startForeignWorld();
  const { apiKey: api_key, apiSecret: api_secret } = world.key;
  api = called.through(new MainClient({ api_key, api_secret, baseUrl: world.venue.spotUrl }));
});
afterEach(async () => {
  await world.book('spot', [['99', '50']], [['101', '50']]);
});
afterAll(() => world.venue.stop());

/** It makes up its ids with a prefix of its own. */
const ownId = expect.stringMatching(/^x-U5D79M5B/);

/** Methods that lead to `/api/v3` or to what the venue has of the wallet API; all others are other products. */
const SPOT_ROUTES = /['`](api\/v3\/|sapi\/v1\/(account\/apiRestrictions|asset\/tradeFee|system\/status))/;
const NOT_SERVED: NotServed = {
  'not of the venue (C2)': [
    'getAllocations',
    'getExecutionRules',
    'getHistoricalBlockTrades',
    'getReferencePrice',
    'getReferencePriceCalculation',
    'getRollingWindowTicker',
    'getTradingDayTicker',
    'getUIKlines',
    'submitNewSOROrder',
    'testNewSOROrder',
  ],
  'order lists, which the venue has not (C2)': [
    'cancelOCO',
    'getAllOCO',
    'getAllOpenOCO',
    'getOCO',
    'submitNewOCO',
    'submitNewOrderList',
    'submitNewOrderListOPO',
    'submitNewOrderListOPOCO',
    'submitNewOrderListOTO',
    'submitNewOrderListOTOCO',
  ],
  'gone at the vendor, 410 (C2)': [
    'closeSpotUserDataListenKey',
    'getSpotUserDataListenKey',
    'keepAliveSpotUserDataListenKey',
  ],
};

describe('VE-C43 binance over spot REST', () => {
  it('reads the exchange', async () => {
    expect(await api.testConnectivity()).toEqual({});
    const { symbols } = await api.getExchangeInfo({ symbols: ['BTCUSDT', symbol] });
    expect(symbols.map((one) => one.symbol)).toEqual(['BTCUSDT', symbol]);
    expect((await api.getExchangeInfo()).symbols).toHaveLength(3);
    expect(await api.getSystemStatus()).toEqual({ status: 0, msg: 'normal' });
    expect(await api.getApiKeyPermissions()).toMatchObject({ enableReading: true, enableWithdrawals: false });
  });

  it('reads books, prices, trades and candles', async () => {
    await world.trade('spot', '100', '2', 'sell');
    const book = { bids: [['99.00000000', '50.00000000']], asks: [['101.00000000', '50.00000000']] };
    expect(await api.getOrderBook({ symbol, limit: 5 })).toMatchObject(book);
    expect(await api.getRecentTrades({ symbol })).toMatchObject([{ price: '100.00000000', isBuyerMaker: true }]);
    expect(await api.getHistoricalTrades({ symbol, fromId: 1 })).toMatchObject([{ id: 1, qty: '2.00000000' }]);
    expect(await api.getAggregateTrades({ symbol })).toMatchObject([{ p: '100.00000000', m: true, f: 1, l: 1 }]);
    const [candle] = await api.getKlines({ symbol, interval: '1m' });
    expect(candle).toHaveLength(12);
    expect(candle?.[5]).toBe('2.00000000');
    expect(await api.getAvgPrice({ symbol })).toMatchObject({ mins: 5, price: '100.00000000' });
    expect(await api.get24hrChangeStatistics({ symbol })).toMatchObject({ lastPrice: '100.00000000', count: 1 });
    expect(await api.get24hrChangeStatistics({ symbols: [symbol, 'BTCUSDT'] })).toHaveLength(2);
    expect(await api.getSymbolPriceTicker({ symbol })).toEqual({ symbol, price: '100.00000000' });
    expect(await api.getSymbolPriceTicker()).toHaveLength(3);
    expect(await api.getSymbolOrderBookTicker({ symbol })).toMatchObject({ bidPrice: '99.00000000' });
  });

  it('places, finds and cancels', async () => {
    expect(await api.testNewOrder({ ...LIMIT })).toEqual({});
    const placed = await api.submitNewOrder({ ...LIMIT, newOrderRespType: 'FULL' });
    expect(placed).toMatchObject({ symbol, clientOrderId: ownId, status: 'NEW', fills: [] });
    const { orderId } = placed;
    expect(await api.getOrder({ symbol, orderId })).toMatchObject({ orderId, price: '98.00000000', isWorking: true });
    expect(await api.getOpenOrders({ symbol })).toMatchObject([{ orderId }]);
    expect(await api.getAllOrders({ symbol })).toMatchObject([{ orderId, status: 'NEW' }]);
    expect(await api.cancelOrder({ symbol, orderId })).toMatchObject({ status: 'CANCELED', origClientOrderId: ownId });
    await api.submitNewOrder({ ...LIMIT });
    await api.submitNewOrder({ symbol, side: 'BUY', type: 'LIMIT_MAKER', quantity: 1, price: 97 });
    expect(await api.cancelAllSymbolOrders({ symbol })).toMatchObject([{ status: 'CANCELED' }, { status: 'CANCELED' }]);
  });

  it('replaces an order, and says what half of it went wrong', async () => {
    const { orderId } = await api.submitNewOrder({ ...LIMIT });
    const replaced = await api.replaceOrder({
      ...LIMIT,
      ...{ price: 97, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: orderId },
    });
    expect(replaced).toMatchObject({
      ...{ cancelResult: 'SUCCESS', newOrderResult: 'SUCCESS' },
      cancelResponse: { orderId, status: 'CANCELED' },
      newOrderResponse: { price: '97.00000000', status: 'NEW' },
    });
    await expect(
      api.replaceOrder({ ...LIMIT, cancelReplaceMode: 'ALLOW_FAILURE', cancelOrderId: orderId }),
    ).rejects.toMatchObject({ code: -2021, body: { data: { cancelResult: 'FAILURE', newOrderResult: 'SUCCESS' } } });
    await api.cancelAllSymbolOrders({ symbol });
  });

  it('trades and reads its account', async () => {
    const market = { symbol, side: 'BUY', type: 'MARKET', quantity: 2 } as const;
    const bought = await api.submitNewOrder({ ...market, newOrderRespType: 'FULL' });
    expect(bought).toMatchObject({
      ...{ status: 'FILLED', executedQty: '2.00000000', cummulativeQuoteQty: '202.00000000' },
      fills: [{ price: '101.00000000', qty: '2.00000000', commission: '0.00200000', commissionAsset: 'TEST' }],
    });
    expect((await api.getAccountTradeList({ symbol })).at(-1)).toMatchObject({
      orderId: bought.orderId,
      isBuyer: true,
    });
    expect((await api.getAccountInformation()).balances).toMatchObject([
      { asset: 'USDT', free: '99798.00000000', locked: '0.00000000' },
      { asset: 'TEST', free: '1001.99800000' },
    ]);
    expect(await api.getOrderRateLimit()).toMatchObject([{ interval: 'SECOND', intervalNum: 10 }, { interval: 'DAY' }]);
    expect(await api.getCommissionRates({ symbol })).toMatchObject({ standardCommission: { taker: '0.00100000' } });
    expect(await api.getTradeFee({ symbol })).toEqual([
      { symbol, makerCommission: '0.00100000', takerCommission: '0.00100000' },
    ]);
  });

  it('reads what self-trade prevention stopped', async () => {
    const { orderId } = await api.submitNewOrder({ ...LIMIT, price: 100 });
    const stopped = await api.submitNewOrder({
      ...LIMIT,
      side: 'SELL',
      price: 100,
      selfTradePreventionMode: 'EXPIRE_TAKER',
    });
    expect(await api.getPreventedMatches({ symbol, orderId: stopped.orderId })).toMatchObject([
      { makerOrderId: orderId, takerOrderId: stopped.orderId, selfTradePreventionMode: 'EXPIRE_TAKER' },
    ]);
    await api.cancelAllSymbolOrders({ symbol });
  });

  it("passes the vendor's refusals on", async () => {
    await expect(api.submitNewOrder({ ...LIMIT, price: 98.001 })).rejects.toMatchObject({ code: -1013 });
    await expect(api.submitNewOrder({ ...LIMIT, quantity: 10_000 })).rejects.toMatchObject({ code: -2010 });
    await expect(api.cancelOrder({ symbol, orderId: 999_999 })).rejects.toMatchObject({ code: -2011 });
    await expect(api.getSpotUserDataListenKey()).rejects.toMatchObject({ requestUrl: expect.any(String) });
    await expect(api.getOrderBook({ symbol: 'NOSUCH' })).rejects.toMatchObject({ code: -1121 });
  });

  it('was asked everything that it can do', async () => {
    const { prototype } = MainClient as unknown as { prototype: Record<string, unknown> };
    const methods = methodsOf(MainClient).filter((name) => SPOT_ROUTES.test(String(prototype[name])));
    expect(methods.length).toBeGreaterThan(40);
    expect(called.compare(methods, NOT_SERVED)).toEqual(COMPLETE);
    expect(await world.unserved()).toEqual({});
  });
});
