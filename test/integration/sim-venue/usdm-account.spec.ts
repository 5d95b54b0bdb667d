import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { until } from '../../support/until.js';
import { startScripted, type Key } from './sim-client.js';
import { UsdmClient } from './usdm-client.js';

let venue: SimVenue;
let client: UsdmClient;
let key: Key;
let now = Date.now();

beforeAll(async () => {
  venue = await startScripted({}, () => now);
  client = new UsdmClient(venue, () => now);
});
afterAll(() => venue.stop());
beforeEach(async () => {
  now += 120_000;
  await client.control('POST', 'reset');
  key = await client.account('a', '10000');
  await client.book([['99', '50']], [['100', '50']]);
});
afterEach(() => client.control('GET', 'invariants'));

const failure = (code: number, msg: string) => ({ status: 400, body: { code, msg } });
const read = async (path: string, params = {}, who = key) => client.signed(who, 'GET', `/fapi/${path}`, params);
const set = async (path: string, params: Record<string, string | number>, who = key) =>
  client.signed(who, 'POST', `/fapi/v1/${path}`, params);
const TEST = { symbol: 'TESTUSDT' };

describe('accounts', () => {
  const TOTALS = [
    ...['totalInitialMargin', 'totalMaintMargin', 'totalWalletBalance', 'totalUnrealizedProfit', 'totalMarginBalance'],
    ...['totalPositionInitialMargin', 'totalOpenOrderInitialMargin', 'totalCrossWalletBalance', 'totalCrossUnPnl'],
    ...['availableBalance', 'maxWithdrawAmount', 'assets', 'positions'],
  ];

  it('show wallet, margin and positions with the vendor’s fields', async () => {
    await client.market(key, 'BUY', '10');
    await client.order(key, 'BUY', '90', '10');
    await client.mark('98');
    const v3 = (await read('v3/account')).body;
    expect(Object.keys(v3)).toEqual(TOTALS);
    expect(v3).toMatchObject({
      ...{
        totalWalletBalance: '9999.50000000',
        totalUnrealizedProfit: '-20.00000000',
        totalMarginBalance: '9979.50000000',
      },
      ...{ totalPositionInitialMargin: '50.00000000', totalOpenOrderInitialMargin: '45.00000000' },
      ...{ totalInitialMargin: '95.00000000', totalMaintMargin: '3.92000000', availableBalance: '9884.05000000' },
      ...{ maxWithdrawAmount: '9884.05000000' },
      assets: [{ asset: 'USDT', walletBalance: '9999.50000000', crossUnPnl: '-20.00000000', marginAvailable: true }],
      positions: [
        {
          ...{ symbol: 'TESTUSDT', positionSide: 'BOTH', positionAmt: '10.000', notional: '980.00000000' },
          ...{ unrealizedProfit: '-20.00000000', isolatedMargin: '0.00000000', isolatedWallet: '0.00000000' },
          ...{ initialMargin: '95.00000000', maintMargin: '3.92000000' },
        },
      ],
    });
    const v2 = (await read('v2/account')).body;
    expect(v2).toMatchObject({
      feeTier: 0,
      canTrade: true,
      canDeposit: true,
      canWithdraw: false,
      multiAssetsMargin: false,
    });
    expect(v2['positions']).toHaveLength(3);
    expect((v2['positions'] as unknown[])[2]).toMatchObject({
      ...{ symbol: 'TESTUSDT', leverage: '20', isolated: false, entryPrice: '100.0', maxNotional: '1000000000' },
      ...{ bidNotional: '900.00000000', askNotional: '0.00000000', positionSide: 'BOTH', positionAmt: '10.000' },
    });
    for (const path of ['v2/balance', 'v3/balance'])
      expect((await read(path)).list).toEqual([
        {
          ...{ accountAlias: expect.any(String), asset: 'USDT', balance: '9999.50000000' },
          ...{ crossWalletBalance: '9999.50000000', crossUnPnl: '-20.00000000', availableBalance: '9884.05000000' },
          ...{ maxWithdrawAmount: '9884.05000000', marginAvailable: true, updateTime: expect.any(Number) },
        },
      ]);
  });

  it('show the risk of positions', async () => {
    expect((await read('v3/positionRisk', TEST)).list).toEqual([]);
    await set('marginType', { ...TEST, marginType: 'ISOLATED' });
    await client.market(key, 'BUY', '10');
    const v2 = await read('v2/positionRisk', TEST);
    expect(v2.list).toMatchObject([
      {
        ...{ symbol: 'TESTUSDT', positionAmt: '10.000', entryPrice: '100.0', leverage: '20', marginType: 'isolated' },
        ...{ isolatedMargin: '45.00000000', isolatedWallet: '50.00000000', markPrice: '99.50000000' },
        ...{ unRealizedProfit: '-5.00000000', notional: '995.00000000', liquidationPrice: '95.3815261' },
        ...{ maxNotionalValue: '1000000000', isAutoAddMargin: 'false', positionSide: 'BOTH' },
      },
    ]);
    const v3 = (await read('v3/positionRisk')).list;
    expect(v3).toHaveLength(1);
    expect(Object.keys(v3[0] ?? {})).toEqual([
      ...['symbol', 'positionSide', 'positionAmt', 'entryPrice', 'breakEvenPrice', 'markPrice', 'unRealizedProfit'],
      ...[
        'liquidationPrice',
        'isolatedMargin',
        'notional',
        'marginAsset',
        'isolatedWallet',
        'initialMargin',
        'maintMargin',
      ],
      ...['positionInitialMargin', 'openOrderInitialMargin', 'adl', 'bidNotional', 'askNotional', 'updateTime'],
    ]);
  });

  it('show settings, brackets, fees and limits', async () => {
    expect((await read('v1/accountConfig')).body).toMatchObject({
      feeTier: 0,
      canTrade: true,
      dualSidePosition: false,
      multiAssetsMargin: false,
    });
    expect((await read('v1/symbolConfig', TEST)).list).toEqual([
      {
        symbol: 'TESTUSDT',
        marginType: 'CROSSED',
        isAutoAddMargin: false,
        leverage: 20,
        maxNotionalValue: '1000000000',
      },
    ]);
    expect((await read('v1/leverageBracket', TEST)).body).toMatchObject({
      symbol: 'TESTUSDT',
      brackets: [
        { bracket: 1, initialLeverage: 125, notionalCap: 50_000, notionalFloor: 0, maintMarginRatio: 0.004, cum: 0 },
        {
          bracket: 2,
          initialLeverage: 100,
          notionalCap: 250_000,
          notionalFloor: 50_000,
          maintMarginRatio: 0.005,
          cum: 50,
        },
        { bracket: 3, initialLeverage: 50, notionalFloor: 250_000, maintMarginRatio: 0.01, cum: 1_300 },
      ],
    });
    expect((await read('v1/leverageBracket')).list).toHaveLength(3);
    expect((await read('v1/commissionRate', TEST)).body).toEqual({
      symbol: 'TESTUSDT',
      makerCommissionRate: '0.000200',
      takerCommissionRate: '0.000500',
    });
    expect((await read('v1/rateLimit/order')).list).toEqual([
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 300 },
      { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: 1_200 },
    ]);
    expect((await read('v1/positionSide/dual')).body).toEqual({ dualSidePosition: false });
    expect((await read('v1/multiAssetsMargin')).body).toEqual({ multiAssetsMargin: false });
    expect((await read('v1/adlQuantile', TEST)).list).toMatchObject([{ symbol: 'TESTUSDT', adlQuantile: { BOTH: 0 } }]);
  });

  it('a key without futures may read and not trade', async () => {
    await client.control('PUT', 'accounts/a/restrictions', { enableFutures: false });
    expect(await client.order(key, 'BUY', '90', '1')).toMatchObject({ status: 401, body: { code: -2015 } });
    expect((await read('v2/account')).body).toMatchObject({ canTrade: false });
  });

  it('deposits by control arrive in the wallet', async () => {
    await client.control('POST', 'accounts/a/deposits', { product: 'usdm', asset: 'USDT', amount: '5.5' });
    expect((await read('v2/balance')).list).toMatchObject([{ balance: '10005.50000000' }]);
    expect((await read('v1/income', { incomeType: 'TRANSFER' })).list).toMatchObject([
      { incomeType: 'TRANSFER', income: '10000.00000000', asset: 'USDT' },
      { incomeType: 'TRANSFER', income: '5.50000000' },
    ]);
  });
});

describe('settings', () => {
  it('leverage, margin type, mode and isolated margin change and say so', async () => {
    expect((await set('leverage', { ...TEST, leverage: 100 })).body).toEqual({
      leverage: 100,
      maxNotionalValue: '250000',
      symbol: 'TESTUSDT',
    });
    expect((await set('marginType', { ...TEST, marginType: 'ISOLATED' })).body).toEqual({ code: 200, msg: 'success' });
    expect((await set('positionSide/dual', { dualSidePosition: 'true' })).body).toEqual({ code: 200, msg: 'success' });
    const position = { positionSide: 'LONG', newOrderRespType: 'RESULT' };
    expect((await client.market(key, 'BUY', '10', position)).body).toMatchObject({
      status: 'FILLED',
      positionSide: 'LONG',
    });
    const margin = { ...TEST, positionSide: 'LONG', amount: '2.5' };
    expect((await set('positionMargin', { ...margin, type: 1 })).body).toEqual({
      ...{ amount: 2.5, code: 200, msg: 'Successfully modify position margin.', type: 1 },
    });
    expect((await read('v2/positionRisk', TEST)).list).toMatchObject([
      { positionSide: 'LONG', isolatedWallet: '12.50000000', leverage: '100' },
      { positionSide: 'SHORT', isolatedWallet: '0.00000000' },
    ]);
  });

  it.each([
    ['leverage', { ...TEST, leverage: 126 }, -4028, 'Leverage 126 is not valid'],
    ['leverage', { ...TEST, leverage: 0 }, -4028, 'Leverage 0 is not valid'],
    ['marginType', { ...TEST, marginType: 'CROSSED' }, -4046, 'No need to change margin type.'],
    ['positionSide/dual', { dualSidePosition: 'false' }, -4059, 'No need to change position side.'],
    ['positionMargin', { ...TEST, amount: '1', type: 1 }, -4049, 'Add margin only support for isolated position.'],
    ['positionMargin', { ...TEST, amount: '0', type: 1 }, -4055, 'Amount must be positive.'],
    ['positionMargin', { ...TEST, amount: '1', type: 3 }, -1130, "Data sent for parameter 'type' is not valid."],
  ])('%s refuses what is wrong', async (path, params, code, msg) => {
    expect(await set(path, params)).toMatchObject(failure(code, msg));
  });

  it('modes stay while orders or positions are open', async () => {
    const { orderId } = (await client.order(key, 'BUY', '90', '1')).body;
    expect(await set('positionSide/dual', { dualSidePosition: 'true' })).toMatchObject(
      failure(-4067, 'Position side cannot be changed if there exists open orders.'),
    );
    expect(await set('marginType', { ...TEST, marginType: 'ISOLATED' })).toMatchObject(
      failure(-4047, 'Margin type cannot be changed if there exists open orders.'),
    );
    await client.signed(key, 'DELETE', '/fapi/v1/order', { ...TEST, orderId: Number(orderId) });
    await client.market(key, 'BUY', '1');
    expect(await set('positionSide/dual', { dualSidePosition: 'true' })).toMatchObject(
      failure(-4068, 'Position side cannot be changed if there exists position.'),
    );
    expect(await set('marginType', { ...TEST, marginType: 'ISOLATED' })).toMatchObject(
      failure(-4048, 'Margin type cannot be changed if there exists position.'),
    );
  });
});

describe('funding and liquidation', () => {
  it('VE-C55 funding 0.0001 on 2 BTC at a mark of 50,000: the long pays 10, the short receives 10', async () => {
    const short = await client.account('b', '10000');
    const btc = { symbol: 'BTCUSDT' };
    await client.book([], [], 'BTCUSDT');
    await client.mark('50000', 'BTCUSDT');
    await client.order(key, 'BUY', '50000', '2', btc);
    await client.market(short, 'SELL', '2', btc);
    const balance = async (who: Key) => (await read('v2/balance', {}, who)).list[0]?.['balance'];
    expect([await balance(key), await balance(short)]).toEqual(['9980.00000000', '9950.00000000']);
    await client.control('POST', 'funding', { symbol: 'BTCUSDT', rate: '0.0001' });
    expect([await balance(key), await balance(short)]).toEqual(['9970.00000000', '9960.00000000']);
    expect((await read('v1/income', { incomeType: 'FUNDING_FEE' })).list).toEqual([
      {
        ...{ symbol: 'BTCUSDT', incomeType: 'FUNDING_FEE', income: '-10.00000000', asset: 'USDT' },
        ...{ time: expect.any(Number), info: 'FUNDING_FEE', tranId: expect.any(Number), tradeId: '' },
      },
    ]);
    expect((await client.get('/fapi/v1/fundingRate?symbol=BTCUSDT')).list).toMatchObject([
      { symbol: 'BTCUSDT', fundingRate: '0.00010000', markPrice: '50000.00000000' },
    ]);
  });

  it('VE-C54 long 1 BTC at 60,000, 10x isolated; mark 54,000: liquidated once, `autoclose-`, nothing below 0', async () => {
    const poor = await client.account('poor', '6100');
    const btc = { symbol: 'BTCUSDT' };
    await client.book([['59999.9', '5']], [['60000', '5']], 'BTCUSDT');
    await set('marginType', { ...btc, marginType: 'ISOLATED' }, poor);
    await set('leverage', { ...btc, leverage: 10 }, poor);
    expect((await client.market(poor, 'BUY', '1', btc)).body).toMatchObject({ status: 'FILLED', avgPrice: '60000.00' });
    await client.book([['53990', '5']], [['54010', '5']], 'BTCUSDT');
    await client.mark('54000', 'BTCUSDT');
    await client.mark('53000', 'BTCUSDT');
    const orders = (await read('v1/allOrders', btc, poor)).list;
    expect(orders.map(({ clientOrderId }) => clientOrderId)).toEqual([expect.any(String), 'autoclose-1']);
    expect(orders[1]).toMatchObject({ side: 'SELL', status: 'FILLED', executedQty: '1.000', avgPrice: '53990.00' });
    expect((await read('v3/positionRisk', btc, poor)).list).toEqual([]);
    // 6,100 less the margin of 6,000 and the commission of 30: the rest of the loss is not theirs.
    expect((await read('v2/balance', {}, poor)).list).toMatchObject([
      { balance: '70.00000000', availableBalance: '70.00000000' },
    ]);
    expect(await client.control('GET', 'insurance')).toMatchObject({ insurance: '-10.00000000' });
  });

  it('positions pay at the hours of funding, by the venue’s clock', async () => {
    await client.market(key, 'BUY', '10');
    const next = (await client.get('/fapi/v1/premiumIndex?symbol=TESTUSDT')).body['nextFundingTime'] as number;
    expect(new Date(next).toISOString()).toMatch(/T(00|08|16):00:00.000Z$/);
    now = next;
    const paid = async () => (await read('v1/income', { incomeType: 'FUNDING_FEE' })).list;
    await until(async () => (await paid()).length === 1);
    expect(await paid()).toMatchObject([{ symbol: 'TESTUSDT', income: '-0.09950000' }]);
  });
});

it('listen keys are made, extended and ended', async () => {
  const listenKey = async (method: string) => client.keyed(key, method, '/fapi/v1/listenKey');
  expect((await listenKey('PUT')).body).toMatchObject({ code: -1125 });
  const made = (await listenKey('POST')).body;
  expect(made).toEqual({ listenKey: expect.stringMatching(/^[A-Za-z0-9]{64}$/) });
  expect((await listenKey('POST')).body).toEqual(made);
  expect((await listenKey('PUT')).body).toEqual(made);
  expect((await listenKey('DELETE')).body).toEqual({});
  expect((await listenKey('DELETE')).body).toMatchObject({ code: -1125 });
});

describe('market data', () => {
  it('has the vendor’s shapes', async () => {
    await client.market(key, 'BUY', '1.5');
    const info = (await client.get('/fapi/v1/exchangeInfo')).body;
    expect(info).toMatchObject({
      timezone: 'UTC',
      rateLimits: [
        { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 2_400 },
        { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 300 },
        { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: 1_200 },
      ],
    });
    expect((info['symbols'] as unknown[])[0]).toMatchObject({
      ...{ symbol: 'BTCUSDT', pair: 'BTCUSDT', contractType: 'PERPETUAL', marginAsset: 'USDT', status: 'TRADING' },
      ...{ pricePrecision: 2, quantityPrecision: 3, onboardDate: expect.any(Number), deliveryDate: 4_133_404_800_000 },
      ...{ triggerProtect: '0.0500', liquidationFee: '0.012500', marketTakeBound: '0.05' },
      filters: expect.arrayContaining([
        { filterType: 'PRICE_FILTER', minPrice: '0.10', maxPrice: '4529764.00', tickSize: '0.10' },
        { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '1000.000', stepSize: '0.001' },
        { filterType: 'MIN_NOTIONAL', notional: '50' },
        { filterType: 'PERCENT_PRICE', multiplierUp: '1.0500', multiplierDown: '0.9500', multiplierDecimal: '4' },
      ]),
    });
    expect((await client.get('/fapi/v1/depth?symbol=TESTUSDT&limit=5')).body).toEqual({
      lastUpdateId: expect.any(Number),
      E: expect.any(Number),
      T: expect.any(Number),
      bids: [['99.00', '50.000']],
      asks: [['100.00', '48.500']],
    });
    expect((await client.get('/fapi/v1/depth?symbol=TESTUSDT&limit=7')).body).toEqual({
      code: -4021,
      msg: '7 is not valid depth limit.',
    });
    expect((await client.get('/fapi/v1/trades?symbol=TESTUSDT')).list).toMatchObject([
      { price: '100.00000000', isBuyerMaker: false },
    ]);
    expect((await client.get('/fapi/v1/aggTrades?symbol=TESTUSDT')).list).toMatchObject([
      { p: '100.00000000', q: '1.50000000', m: false },
    ]);
    expect((await client.get('/fapi/v1/klines?symbol=TESTUSDT&interval=1m')).list).toHaveLength(1);
    expect((await client.get('/fapi/v1/premiumIndex?symbol=TESTUSDT')).body).toMatchObject({
      ...{ symbol: 'TESTUSDT', markPrice: '99.50000000', indexPrice: '99.50000000', lastFundingRate: '0.00010000' },
      ...{ interestRate: '0.00010000', nextFundingTime: expect.any(Number), time: expect.any(Number) },
    });
    expect((await client.get('/fapi/v1/fundingInfo')).list).toHaveLength(3);
    for (const version of ['v1', 'v2'])
      expect((await client.get(`/fapi/${version}/ticker/price?symbol=TESTUSDT`)).body).toMatchObject({
        symbol: 'TESTUSDT',
        price: '100.00',
      });
    expect((await client.get('/fapi/v1/ticker/bookTicker')).list).toHaveLength(3);
    expect((await client.get('/fapi/v1/ticker/24hr?symbol=TESTUSDT')).body).toMatchObject({
      volume: '1.50000000',
      count: 1,
    });
    expect((await client.get('/fapi/v1/ping')).body).toEqual({});
    expect((await client.get('/fapi/v1/time')).body).toEqual({ serverTime: now });
    expect((await client.get('/fapi/v1/depth?symbol=NOPE')).body).toEqual({ code: -1121, msg: 'Invalid symbol.' });
    expect(await client.control('GET', 'unserved')).toEqual({});
  });

  it.each([
    ['depth?symbol=TESTUSDT&limit=50', 2],
    ['depth?symbol=TESTUSDT&limit=100', 5],
    ['depth?symbol=TESTUSDT', 10],
    ['depth?symbol=TESTUSDT&limit=1000', 20],
    ['klines?symbol=TESTUSDT&interval=1m&limit=99', 1],
    ['klines?symbol=TESTUSDT&interval=1m', 5],
    ['exchangeInfo', 1],
  ])('%s weighs %d', async (path, weight) => {
    const used = async (to: string) => Number((await client.get(`/fapi/v1/${to}`)).headers['x-mbx-used-weight-1m']);
    const before = await used('ping');
    expect((await used(path)) - before).toBe(weight);
  });
});
