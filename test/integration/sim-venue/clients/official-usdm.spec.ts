/* oxlint-disable typescript/no-deprecated -- what a client gives up the venue still serves (C3) */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BadRequestError,
  DerivativesTradingUsdsFutures,
  DerivativesTradingUsdsFuturesRestAPI as Rest,
  NotFoundError,
} from '@binance/derivatives-trading-usds-futures';
import { Called, COMPLETE, methodsOf, type NotServed } from './called.js';
import { startForeignWorld, type ForeignWorld } from './foreign-world.js';

const symbol = 'TESTUSDT';
const LIMIT = {
  ...{ symbol, side: Rest.NewOrderSideEnum.BUY, type: Rest.NewOrderTypeEnum.LIMIT },
  ...{ timeInForce: Rest.NewOrderTimeInForceEnum.GTC, quantity: 1, price: 98 },
};
const called = new Called();
let world: ForeignWorld;
let api: Rest.RestAPI;

beforeAll(async () => {
  world = await startForeignWorld();
  const { apiKey, apiSecret } = world.key;
  const configurationRestAPI = { apiKey, apiSecret, basePath: world.venue.usdmUrl, retries: 0, timeout: 5_000 };
  api = called.through(new DerivativesTradingUsdsFutures({ configurationRestAPI }).restAPI);
});
afterEach(async () => {
  await world.book('usdm', [['99', '50']], [['101', '50']]);
});
afterAll(() => world.venue.stop());

/** The body of a reply. */
async function body<T>(reply: Promise<{ data(): Promise<T> }>): Promise<T> {
  return (await reply).data();
}

const NOT_SERVED: NotServed = {
  'not of the venue (C3)': [
    'adlRisk',
    'assetIndex',
    'basis',
    'changeMultiAssetsMode',
    'classicPortfolioMarginAccountInformation',
    'compositeIndexSymbolInformation',
    'continuousContractKlineCandlestickData',
    'futuresTradfiPerpsContract',
    'futuresTradingQuantitativeRulesIndicators',
    'getBnbBurnStatus',
    'getPositionMarginChangeHistory',
    'indexPriceKlineCandlestickData',
    'longShortRatio',
    'markPriceKlineCandlestickData',
    'oldTradesLookup',
    'openInterest',
    'openInterestStatistics',
    'premiumIndexKlineData',
    'quarterlyContractSettlementPrice',
    'queryIndexPriceConstituents',
    'queryInsuranceFundBalanceSnapshot',
    'rpiOrderBook',
    'takerBuySellVolume',
    'toggleBnbBurnOnFuturesTrade',
    'topTraderLongShortRatioAccounts',
    'topTraderLongShortRatioPositions',
    'tradingSchedule',
    'usersForceOrders',
  ],
  'conditional orders, 404 (C3)': [
    'cancelAlgoOrder',
    'cancelAllAlgoOpenOrders',
    'currentAllAlgoOpenOrders',
    'newAlgoOrder',
    'queryAlgoOrder',
    'queryAllAlgoOrders',
  ],
  'files made for download': [
    'getDownloadIdForFuturesOrderHistory',
    'getDownloadIdForFuturesTradeHistory',
    'getDownloadIdForFuturesTransactionHistory',
    'getFuturesOrderHistoryDownloadLinkById',
    'getFuturesTradeDownloadLinkById',
    'getFuturesTransactionHistoryDownloadLinkById',
  ],
  conversions: ['acceptTheOfferedQuote', 'listAllConvertPairs', 'orderStatus', 'sendQuoteRequest'],
};

describe("VE-C43 the vendor's own connector over USD-M REST", () => {
  it('reads the exchange', async () => {
    expect(await body(api.testConnectivity())).toEqual({});
    expect(Math.abs(Date.now() - Number((await body(api.checkServerTime())).serverTime))).toBeLessThan(5_000);
    const { symbols } = await body(api.exchangeInformation());
    expect(symbols?.map((one) => one.symbol)).toEqual(['BTCUSDT', 'ETHUSDT', symbol]);
    const pinged = await body(api.sendRequest<{ serverTime: number }>('/fapi/v1/time', 'GET'));
    expect(pinged.serverTime).toEqual(expect.any(Number));
  });

  it('reads books, prices, trades and candles', async () => {
    await world.trade('usdm', '100', '2', 'sell');
    const book = await body(api.orderBook({ symbol, limit: 5 }));
    expect(book.bids?.map((level) => level.map(Number))).toEqual([[99, 50]]);
    expect(await body(api.recentTradesList({ symbol }))).toMatchObject([{ id: 1, isBuyerMaker: true }]);
    expect(await body(api.compressedAggregateTradesList({ symbol }))).toMatchObject([{ m: true, f: 1, l: 1 }]);
    const interval = Rest.KlineCandlestickDataIntervalEnum.INTERVAL_1m;
    expect((await body(api.klineCandlestickData({ symbol, interval })))[0]).toHaveLength(12);
    expect(await body(api.ticker24hrPriceChangeStatistics({ symbol }))).toMatchObject({ symbol, count: 1 });
    expect(await body(api.symbolPriceTicker({ symbol }))).toMatchObject({ symbol });
    expect(await body(api.symbolPriceTickerV2())).toHaveLength(3);
    expect(await body(api.symbolOrderBookTicker({ symbol }))).toMatchObject({ bidPrice: expect.stringMatching(/^99/) });
  });

  it('reads mark prices and funding', async () => {
    expect(await body(api.markPrice({ symbol }))).toMatchObject({ symbol, lastFundingRate: '0.00010000' });
    expect(await body(api.getFundingRateInfo())).toHaveLength(3);
    await world.client.control('POST', 'funding', { symbol, rate: '0.0003' });
    expect(await body(api.getFundingRateHistory({ symbol }))).toMatchObject([{ fundingRate: '0.00030000' }]);
  });

  it('sets leverage, margin and position modes', async () => {
    expect(await body(api.changeInitialLeverage({ symbol, leverage: 10 }))).toMatchObject({ symbol, leverage: 10 });
    const marginType = Rest.ChangeMarginTypeMarginTypeEnum.ISOLATED;
    expect(await body(api.changeMarginType({ symbol, marginType }))).toMatchObject({ code: 200 });
    expect(await body(api.changePositionMode({ dualSidePosition: 'true' }))).toMatchObject({ code: 200 });
    expect(await body(api.getCurrentPositionMode())).toEqual({ dualSidePosition: true });
    await api.changePositionMode({ dualSidePosition: 'false' });
    expect(await body(api.getCurrentMultiAssetsMode())).toEqual({ multiAssetsMargin: false });
    expect(await body(api.notionalAndLeverageBrackets())).toHaveLength(3);
    expect(await body(api.futuresAccountConfiguration())).toMatchObject({ dualSidePosition: false });
    expect(await body(api.symbolConfiguration({ symbol }))).toMatchObject([{ marginType: 'ISOLATED', leverage: 10 }]);
  });

  it('places, finds, amends and cancels', async () => {
    const tried = {
      ...{ symbol, quantity: 1, price: 98 },
      side: Rest.TestOrderSideEnum.BUY,
      type: Rest.TestOrderTypeEnum.LIMIT,
      timeInForce: Rest.TestOrderTimeInForceEnum.GTC,
    };
    expect((await api.testOrder(tried)).status).toBe(200);
    const placed = await body(api.newOrder({ ...LIMIT, newClientOrderId: 'official-1' }));
    expect(placed).toMatchObject({ symbol, clientOrderId: 'official-1', status: 'NEW' });
    const orderId = Number(placed.orderId);
    expect(await body(api.queryOrder({ symbol, orderId }))).toMatchObject({ orderId, origType: 'LIMIT' });
    expect(await body(api.queryCurrentOpenOrder({ symbol, orderId }))).toMatchObject({ orderId });
    expect(await body(api.currentAllOpenOrders({ symbol }))).toMatchObject([{ orderId }]);
    const change = { symbol, orderId, side: Rest.ModifyOrderSideEnum.BUY, quantity: 2, price: 97 };
    expect(Number((await body(api.modifyOrder(change))).origQty)).toBe(2);
    expect(await body(api.getOrderModifyHistory({ symbol, orderId }))).toMatchObject([{ orderId }]);
    expect(await body(api.cancelOrder({ symbol, orderId }))).toMatchObject({ status: 'CANCELED' });
    expect(await body(api.allOrders({ symbol }))).toMatchObject([{ orderId, status: 'CANCELED' }]);
  });

  it('works on several orders at once', async () => {
    const row = {
      ...{ symbol, quantity: 1, price: 98 },
      side: Rest.PlaceMultipleOrdersBatchOrdersParameterInnerSideEnum.BUY,
      type: Rest.PlaceMultipleOrdersBatchOrdersParameterInnerTypeEnum.LIMIT,
      timeInForce: Rest.PlaceMultipleOrdersBatchOrdersParameterInnerTimeInForceEnum.GTC,
    };
    const placed = await body(api.placeMultipleOrders({ batchOrders: [row, { ...row, price: 98.001 }] }));
    expect(placed).toMatchObject([{ status: 'NEW' }, { code: -1111 }]);
    const orderId = Number(placed[0]?.orderId);
    const side = Rest.ModifyMultipleOrdersBatchOrdersParameterInnerSideEnum.BUY;
    const changes = [{ symbol, orderId, side, quantity: 2, price: 97 }];
    expect(await body(api.modifyMultipleOrders({ batchOrders: changes }))).toMatchObject([{ orderId }]);
    expect(await body(api.cancelMultipleOrders({ symbol, orderIdList: [orderId] }))).toMatchObject([
      { orderId, status: 'CANCELED' },
    ]);
    await api.newOrder(LIMIT);
    expect(await body(api.autoCancelAllOpenOrders({ symbol, countdownTime: 60_000 }))).toMatchObject({ symbol });
    expect(await body(api.cancelAllOpenOrders({ symbol }))).toMatchObject({ code: 200 });
  });

  it('opens a position and reads its account', async () => {
    const market = { symbol, side: Rest.NewOrderSideEnum.BUY, type: Rest.NewOrderTypeEnum.MARKET, quantity: 2 };
    const { orderId } = await body(api.newOrder(market));
    expect(await body(api.queryOrder({ symbol, orderId: Number(orderId) }))).toMatchObject({ status: 'FILLED' });
    for (const positions of [
      await body(api.positionInformationV2({ symbol })),
      await body(api.positionInformationV3({ symbol })),
    ])
      expect(positions.map(({ positionAmt }) => Number(positionAmt))).toEqual([2]);
    expect(await body(api.modifyIsolatedPositionMargin({ symbol, amount: 10, type: 1 }))).toMatchObject({ code: 200 });
    expect(await body(api.positionAdlQuantileEstimation({ symbol }))).toMatchObject([{ symbol }]);
    expect(await body(api.accountTradeList({ symbol }))).toMatchObject([{ orderId, buyer: true }]);
    for (const balances of [await body(api.futuresAccountBalanceV2()), await body(api.futuresAccountBalanceV3())])
      expect(balances).toMatchObject([{ asset: 'USDT', balance: '99999.89900000' }]);
    for (const account of [await body(api.accountInformationV2()), await body(api.accountInformationV3())])
      expect(account).toMatchObject({ totalWalletBalance: '99999.89900000', assets: [{ asset: 'USDT' }] });
    expect(await body(api.userCommissionRate({ symbol }))).toMatchObject({ takerCommissionRate: '0.000500' });
    expect(await body(api.queryUserRateLimit())).toMatchObject([{ rateLimitType: 'ORDERS' }, {}]);
    expect(await body(api.getIncomeHistory({ symbol }))).toMatchObject([{ incomeType: 'COMMISSION' }]);
    const signed = await body(api.sendSignedRequest<readonly unknown[]>('/fapi/v3/balance', 'GET'));
    expect(signed).toHaveLength(1);
  });

  it('holds a listen key', async () => {
    expect((await body(api.startUserDataStream())).listenKey).toMatch(/^\w{32,}$/);
    expect((await api.keepaliveUserDataStream()).status).toBe(200);
    expect(await body(api.closeUserDataStream())).toEqual({});
  });

  it("turns the vendor's refusals into its own errors", async () => {
    await expect(api.newOrder({ ...LIMIT, price: 98.001 })).rejects.toThrow(BadRequestError);
    await expect(api.newOrder({ ...LIMIT, quantity: 90_000 })).rejects.toMatchObject({ code: -2019 });
    await expect(api.queryAllAlgoOrders({ symbol })).rejects.toThrow(NotFoundError);
  });

  it('was asked everything that it can do', async () => {
    expect(called.compare(methodsOf(Rest.RestAPI), NOT_SERVED)).toEqual(COMPLETE);
    expect(await world.unserved()).toEqual({ 'GET /fapi/v1/allAlgoOrders': 1 });
  });
});
