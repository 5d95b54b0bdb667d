/* oxlint-disable typescript/no-deprecated -- what a client gives up the venue still serves (C3) */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { USDMClient } from 'binance';
import { Called, COMPLETE, methodsOf, type NotServed } from './called.js';
import { startForeignWorld, type ForeignWorld } from './foreign-world.js';

const symbol = 'TESTUSDT';
const LIMIT = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 1, price: 98 } as const;
const called = new Called();
let world: ForeignWorld;
let api: USDMClient;

beforeAll(async () => {
  world = await startForeignWorld();
  const { apiKey: api_key, apiSecret: api_secret } = world.key;
  api = called.through(new USDMClient({ api_key, api_secret, baseUrl: world.venue.usdmUrl }));
});
afterEach(async () => {
  await world.book('usdm', [['99', '50']], [['101', '50']]);
});
afterAll(() => world.venue.stop());

const NOT_SERVED: NotServed = {
  'not of the venue (C3)': [
    'getApiQuantitativeRulesIndicators',
    'getBNBBurnStatus',
    'getBasis',
    'getCompositeSymbolIndex',
    'getContinuousContractKlines',
    'getForceOrders',
    'getGlobalLongShortAccountRatio',
    'getHistoricalBlvtNavKlines',
    'getHistoricalTrades',
    'getIndexPriceConstituents',
    'getIndexPriceKlines',
    'getInsuranceFundBalance',
    'getMarkPriceKlines',
    'getMultiAssetsModeAssetIndex',
    'getOpenInterest',
    'getOpenInterestStatistics',
    'getPortfolioMarginProAccountInfo',
    'getPositionMarginChangeHistory',
    'getPremiumIndexKlines',
    'getQuarterlyContractSettlementPrices',
    'getRpiOrderBook',
    'getSymbolAdlRisk',
    'getTakerBuySellVolume',
    'getTopTradersLongShortAccountRatio',
    'getTopTradersLongShortPositionRatio',
    'getTradingSchedule',
    'setBNBBurnEnabled',
    'setMultiAssetsMode',
    'signTradFiPerpsAgreement',
  ],
  'conditional orders, 404 (C3)': [
    'cancelAlgoOrder',
    'cancelAllAlgoOpenOrders',
    'getAlgoOrder',
    'getAllAlgoOrders',
    'getOpenAlgoOrders',
    'submitNewAlgoOrder',
  ],
  'files made for download': [
    'getFuturesOrderHistoryDownloadId',
    'getFuturesOrderHistoryDownloadLink',
    'getFuturesTradeDownloadLink',
    'getFuturesTradeHistoryDownloadId',
    'getFuturesTransactionHistoryDownloadId',
    'getFuturesTransactionHistoryDownloadLink',
  ],
  'conversions and brokers': [
    'acceptConvertQuote',
    'getAllConvertPairs',
    'getBrokerClientCustomIds',
    'getBrokerIfNewFuturesUser',
    'getBrokerRebateDataOverview',
    'getBrokerRebateVolume',
    'getBrokerTradeDetail',
    'getBrokerUserCustomId',
    'getBrokerUserTradeVolume',
    'getConvertOrderStatus',
    'setBrokerCustomIdForClient',
    'submitConvertQuoteRequest',
  ],
};

describe('VE-C43 binance over USD-M REST', () => {
  it('reads the exchange', async () => {
    expect(await api.testConnectivity()).toEqual({});
    expect(Math.abs(Date.now() - (await api.getServerTime()))).toBeLessThan(5_000);
    const { symbols } = await api.getExchangeInfo();
    expect(symbols.map((one) => one.symbol)).toEqual(['BTCUSDT', 'ETHUSDT', symbol]);
    expect(symbols.at(-1)).toMatchObject({ contractType: 'PERPETUAL', marginAsset: 'USDT', pricePrecision: 2 });
  });

  it('reads books, prices, trades and candles', async () => {
    await world.trade('usdm', '100', '2', 'sell');
    const book = await api.getOrderBook({ symbol, limit: 5 });
    expect(book).toMatchObject({ E: expect.any(Number), T: expect.any(Number), lastUpdateId: expect.any(Number) });
    expect([book.bids, book.asks].map((side) => side.map((level) => level.map(Number)))).toEqual([
      [[99, 50]],
      [[101, 50]],
    ]);
    const [trade] = await api.getRecentTrades({ symbol });
    expect([Number(trade?.price), Number(trade?.qty), trade?.isBuyerMaker]).toEqual([100, 2, true]);
    expect(await api.getAggregateTrades({ symbol })).toMatchObject([{ m: true, f: 1, l: 1 }]);
    expect((await api.getKlines({ symbol, interval: '1m' }))[0]).toHaveLength(12);
    expect(Number(((await api.get24hrChangeStatistics({ symbol })) as { lastPrice: string }).lastPrice)).toBe(100);
    expect(await api.getSymbolPriceTicker({ symbol })).toMatchObject({ symbol, price: expect.stringMatching(/^100/) });
    expect(await api.getSymbolPriceTickerV2()).toHaveLength(3);
    expect(await api.getSymbolOrderBookTicker({ symbol })).toMatchObject({ bidPrice: expect.stringMatching(/^99/) });
  });

  it('reads mark prices and funding', async () => {
    expect(await api.getMarkPrice({ symbol })).toMatchObject({ symbol, lastFundingRate: '0.00010000' });
    expect(await api.getMarkPrice()).toHaveLength(3);
    expect(await api.getFundingRates()).toMatchObject([{}, {}, { symbol, fundingIntervalHours: 8 }]);
    await world.client.control('POST', 'funding', { symbol, rate: '0.0003' });
    expect((await api.getFundingRateHistory({ symbol })).at(-1)).toMatchObject({ symbol, fundingRate: '0.00030000' });
  });

  it('sets leverage, margin and position modes', async () => {
    expect(await api.setLeverage({ symbol, leverage: 10 })).toMatchObject({ symbol, leverage: 10 });
    expect(await api.setMarginType({ symbol, marginType: 'ISOLATED' })).toMatchObject({ code: 200 });
    expect(await api.setPositionMode({ dualSidePosition: 'true' })).toMatchObject({ code: 200 });
    expect(await api.getCurrentPositionMode()).toEqual({ dualSidePosition: true });
    await api.setPositionMode({ dualSidePosition: 'false' });
    expect(await api.getMultiAssetsMode()).toEqual({ multiAssetsMargin: false });
    expect(await api.getNotionalAndLeverageBrackets({ symbol })).toMatchObject({
      symbol,
      brackets: [{ bracket: 1, initialLeverage: 125, notionalCap: 50_000 }, {}, {}],
    });
    expect(await api.getFuturesAccountConfig()).toMatchObject({ dualSidePosition: false, canTrade: true });
    expect(await api.getFuturesSymbolConfig({ symbol })).toMatchObject([{ marginType: 'ISOLATED', leverage: 10 }]);
  });

  it('places, finds, amends and cancels', async () => {
    expect(await api.testOrder({ ...LIMIT })).toEqual({});
    const placed = await api.submitNewOrder({ ...LIMIT });
    const { orderId } = placed;
    expect(placed).toMatchObject({ symbol, clientOrderId: expect.stringMatching(/^x-15PC4ZJy/), status: 'NEW' });
    expect(await api.getOrder({ symbol, orderId })).toMatchObject({ orderId, origType: 'LIMIT', reduceOnly: false });
    expect(await api.getCurrentOpenOrder({ symbol, orderId })).toMatchObject({ orderId, status: 'NEW' });
    expect(await api.getAllOpenOrders({ symbol })).toMatchObject([{ orderId }]);
    const amended = await api.modifyOrder({ symbol, orderId, side: 'BUY', quantity: 2, price: 97 });
    expect([amended.orderId, Number(amended.origQty), Number(amended.price)]).toEqual([orderId, 2, 97]);
    expect(await api.getOrderModifyHistory({ symbol, orderId })).toMatchObject([{ orderId, amendment: { count: 1 } }]);
    expect(await api.cancelOrder({ symbol, orderId })).toMatchObject({ orderId, status: 'CANCELED' });
    expect(await api.getAllOrders({ symbol })).toMatchObject([{ orderId, status: 'CANCELED' }]);
  });

  it('works on several orders at once', async () => {
    const row = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '1' } as const;
    const placed = await api.submitMultipleOrders([
      { ...row, price: '98' },
      { ...row, price: '98.001' },
    ]);
    expect(placed).toMatchObject([{ status: 'NEW' }, { code: -1111 }]);
    const { orderId } = placed[0] as { orderId: number };
    const change = { symbol, orderId, side: 'BUY', quantity: '2', price: '97', timestamp: Date.now() } as const;
    expect(await api.modifyMultipleOrders([change])).toMatchObject([{ orderId, status: 'NEW' }]);
    expect(await api.cancelMultipleOrders({ symbol, orderIdList: [orderId] })).toMatchObject([{ status: 'CANCELED' }]);
    await api.submitNewOrder({ ...LIMIT });
    expect(await api.setCancelOrdersOnTimeout({ symbol, countdownTime: 60_000 })).toMatchObject({ symbol });
    expect(await api.cancelAllOpenOrders({ symbol })).toMatchObject({ code: 200 });
    expect(await api.getAllOpenOrders({ symbol })).toEqual([]);
  });

  it('opens a position and reads its account', async () => {
    const market = { symbol, side: 'BUY', type: 'MARKET', quantity: 2, newOrderRespType: 'RESULT' } as const;
    const bought = await api.submitNewOrder({ ...market });
    expect([bought.status, Number(bought.avgPrice)]).toEqual(['FILLED', 101]);
    for (const positions of [await api.getPositions({ symbol }), await api.getPositionsV3({ symbol })])
      expect(positions.map(({ positionAmt }) => Number(positionAmt))).toEqual([2]);
    expect(await api.setIsolatedPositionMargin({ symbol, amount: 10, type: '1' })).toMatchObject({ code: 200 });
    expect(await api.getADLQuantileEstimation({ symbol })).toMatchObject([{ symbol }]);
    expect((await api.getAccountTrades({ symbol })).at(-1)).toMatchObject({ orderId: bought.orderId, buyer: true });
    for (const balances of [await api.getBalance(), await api.getBalanceV3()])
      expect(balances).toMatchObject([{ asset: 'USDT', balance: '99999.89900000' }]);
    for (const account of [await api.getAccountInformation(), await api.getAccountInformationV3()])
      expect(account).toMatchObject({ totalWalletBalance: '99999.89900000', assets: [{ asset: 'USDT' }] });
    expect(await api.getAccountCommissionRate({ symbol })).toMatchObject({ takerCommissionRate: '0.000500' });
    expect(await api.getUserForceOrders()).toMatchObject([{ rateLimitType: 'ORDERS' }, { rateLimitType: 'ORDERS' }]);
    const income = await api.getIncomeHistory({ symbol });
    expect(income).toMatchObject([{ incomeType: 'COMMISSION', income: '-0.10100000', asset: 'USDT' }]);
  });

  it('holds a listen key', async () => {
    const { listenKey } = await api.getFuturesUserDataListenKey();
    expect(listenKey).toMatch(/^\w{32,}$/);
    await api.keepAliveFuturesUserDataListenKey();
    expect(await api.closeFuturesUserDataListenKey()).toEqual({});
  });

  it("passes the vendor's refusals on", async () => {
    await expect(api.submitNewOrder({ ...LIMIT, price: 98.001 })).rejects.toMatchObject({ code: -1111 });
    await expect(api.submitNewOrder({ ...LIMIT, quantity: 90_000 })).rejects.toMatchObject({ code: -2019 });
    await expect(api.cancelOrder({ symbol, orderId: 999_999 })).rejects.toMatchObject({ code: -2011 });
    await expect(api.setLeverage({ symbol, leverage: 126 })).rejects.toMatchObject({ code: -4028 });
  });

  it('was asked everything that it can do', async () => {
    const { prototype } = USDMClient as unknown as { prototype: Record<string, unknown> };
    const calls = /\.(get|post|put|delete)(Private)?\(/;
    const methods = methodsOf(USDMClient).filter((name) => calls.test(String(prototype[name])));
    expect(methods.length).toBeGreaterThan(100);
    expect(called.compare(methods, NOT_SERVED)).toEqual(COMPLETE);
    expect(await world.unserved()).toEqual({});
  });
});
