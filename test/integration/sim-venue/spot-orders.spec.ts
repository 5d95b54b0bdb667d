import { describe, expect, it } from '@jest/globals';
import type { Reply } from './sim-client.js';
import { useSpotDesk, type Params } from './spot-desk.js';

const desk = useSpotDesk();
const { call, buy, sell, trade } = desk;

const failure = (code: number, msg: string) => ({ code, msg });
const filter = (name: string) => failure(-1013, `Filter failure: ${name}`);
const depth = async (): Promise<unknown> => {
  const { bids, asks } = (await desk.client.get('/api/v3/depth?symbol=TESTUSDT')).body as unknown as Record<
    string,
    unknown
  >;
  return { bids, asks };
};
const fields = ({ body }: Reply): string[] => Object.keys(body);

const PLACED = [
  'symbol',
  'orderId',
  'orderListId',
  'clientOrderId',
  'transactTime',
  'price',
  'origQty',
  'executedQty',
  'origQuoteOrderQty',
  'cummulativeQuoteQty',
  'status',
  'timeInForce',
  'type',
  'side',
];
const QUERIED = [
  'symbol',
  'orderId',
  'orderListId',
  'clientOrderId',
  'price',
  'origQty',
  'executedQty',
  'cummulativeQuoteQty',
  'status',
  'timeInForce',
  'type',
  'side',
  'stopPrice',
  'icebergQty',
  'time',
  'updateTime',
  'isWorking',
  'workingTime',
  'origQuoteOrderQty',
  'selfTradePreventionMode',
];

describe('replies', () => {
  it('have the vendor’s fields in the vendor’s order', async () => {
    const placed = await buy('100', '1');
    expect(fields(placed)).toEqual([...PLACED, 'workingTime', 'selfTradePreventionMode', 'fills']);
    const result = await buy('99', '1', { newOrderRespType: 'RESULT' });
    expect(fields(result)).toEqual([...PLACED, 'workingTime', 'selfTradePreventionMode']);
    expect(fields(await call('GET', 'order', { orderId: placed.body.orderId }))).toEqual(QUERIED);
    expect(Object.keys((await call('GET', 'openOrders')).list[0] ?? {})).toEqual(QUERIED);
    expect(Object.keys((await call('GET', 'allOrders')).list[0] ?? {})).toEqual(QUERIED);
    const canceled = await call('DELETE', 'order', { orderId: placed.body.orderId });
    expect(fields(canceled)).toEqual([
      'symbol',
      'origClientOrderId',
      'orderId',
      'orderListId',
      'clientOrderId',
      'transactTime',
      ...PLACED.slice(5),
      'selfTradePreventionMode',
    ]);
  });

  it('show a strategy where one was named', async () => {
    const { body } = await buy('100', '1', { strategyId: 7, strategyType: 1_000_001 });
    expect(body).toMatchObject({ strategyId: 7, strategyType: 1_000_001 });
    expect((await call('GET', 'order', { orderId: body.orderId })).body).toMatchObject({ strategyId: 7 });
    expect((await buy('100', '1', { strategyType: 999_999 })).body).toEqual(
      failure(-1134, 'strategyType was less than 1000000.'),
    );
  });

  it('a tested order is not placed, and tells its commission rates when asked', async () => {
    const params = { side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '100', quantity: '1' };
    expect((await call('POST', 'order/test', params)).body).toEqual({});
    const rates = { maker: '0.00100000', taker: '0.00100000' };
    const none = { maker: '0.00000000', taker: '0.00000000' };
    expect((await call('POST', 'order/test', { ...params, computeCommissionRates: 'true' })).body).toEqual({
      standardCommissionForOrder: rates,
      specialCommissionForOrder: none,
      taxCommissionForOrder: none,
      discount: { enabledForAccount: false, enabledForSymbol: false, discountAsset: 'BNB', discount: '0.00000000' },
    });
    expect((await call('POST', 'order/test', { ...params, price: '100.001' })).body).toEqual(filter('PRICE_FILTER'));
    expect((await call('GET', 'openOrders')).list).toEqual([]);
  });
});

describe('filters', () => {
  const place = (params: Params) =>
    call('POST', 'order', { side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', ...params });
  const market = (params: Params) => call('POST', 'order', { side: 'BUY', type: 'MARKET', ...params });

  it('are all announced', async () => {
    const [symbol] = (await desk.client.get('/api/v3/exchangeInfo?symbol=TESTUSDT')).body.symbols;
    expect((symbol!.filters as { filterType: string }[]).map(({ filterType }) => filterType)).toEqual([
      'PRICE_FILTER',
      'LOT_SIZE',
      'ICEBERG_PARTS',
      'MARKET_LOT_SIZE',
      'PERCENT_PRICE_BY_SIDE',
      'MIN_NOTIONAL',
      'NOTIONAL',
      'MAX_NUM_ORDERS',
      'MAX_NUM_ORDER_AMENDS',
    ]);
    expect(symbol).toMatchObject({ icebergAllowed: true, cancelReplaceAllowed: true, amendAllowed: true });
  });

  it.each([
    ['a price of nothing', { price: '0', quantity: '1' }, 'PRICE_FILTER'],
    ['a price above the highest', { price: '1000000.01', quantity: '1' }, 'PRICE_FILTER'],
    ['VE-C44 a price between two ticks', { price: '100.001', quantity: '1' }, 'PRICE_FILTER'],
    ['no quantity', { price: '100', quantity: '0' }, 'LOT_SIZE'],
    ['a quantity between two steps', { price: '100', quantity: '1.0001' }, 'LOT_SIZE'],
    ['a quantity above the highest', { price: '0.01', quantity: '900001' }, 'LOT_SIZE'],
    ['VE-C44 a small notional', { price: '100', quantity: '0.04' }, 'NOTIONAL'],
    ['a notional above the highest', { price: '100', quantity: '90000.01' }, 'NOTIONAL'],
    ['slices between two steps', { price: '100', quantity: '1', icebergQty: '0.1001' }, 'LOT_SIZE'],
    ['eleven slices', { price: '100', quantity: '1', icebergQty: '0.099' }, 'ICEBERG_PARTS'],
  ])('%s is refused by its name', async (_what, params, name) => {
    expect(await place(params)).toMatchObject({ status: 400, body: filter(name) });
  });

  it('ten slices pass', async () => {
    expect((await place({ price: '100', quantity: '1', icebergQty: '0.1' })).body.status).toBe('NEW');
  });

  it('prices are measured by the average of the last trades, not by the book', async () => {
    await desk.client.book([['99', '100']], [['101', '100']]);
    await trade('100', '1', 'buy');
    await trade('60', '3', 'sell');
    // The average is 70: 14 to 350.
    for (const price of ['13.99', '350.01'])
      expect((await place({ price, quantity: '1' })).body).toEqual(filter('PERCENT_PRICE_BY_SIDE'));
    expect((await place({ price: '14', quantity: '1' })).body.status).toBe('NEW');
    expect((await sell('350', '1')).body.status).toBe('NEW');
  });

  it('market orders are measured by quantity and by notional', async () => {
    await desk.client.book([['100', '1']], [['101', '1']]);
    expect((await market({ quantity: '900000.001' })).body).toEqual(filter('LOT_SIZE'));
    expect((await market({ symbol: 'BTCUSDT', quantity: '121' })).body).toEqual(filter('MARKET_LOT_SIZE'));
    expect((await market({ quantity: '0.04' })).body).toEqual(filter('MIN_NOTIONAL'));
    expect((await market({ quoteOrderQty: '4.99' })).body).toEqual(filter('MIN_NOTIONAL'));
  });

  it('200 orders of a symbol may be open', async () => {
    await desk.client.control('PUT', 'limits', { ordersPer10Seconds: 1_000 });
    const placed = await Promise.all(
      Array.from({ length: 200 }, (_, i) => place({ price: `${50 + i / 100}`, quantity: '0.1' })),
    );
    expect(placed.map(({ status }) => status)).toEqual(Array.from({ length: 200 }, () => 200));
    expect((await place({ price: '40', quantity: '1' })).body).toEqual(filter('MAX_NUM_ORDERS'));
    await call('DELETE', 'order', { orderId: placed[0]?.body.orderId ?? 0 });
    expect((await place({ price: '40', quantity: '1' })).status).toBe(200);
  });
});

describe('icebergs', () => {
  it('show their slice to the public and themselves to their owner', async () => {
    const { body } = await buy('100', '3', { icebergQty: '1' });
    expect(body).toMatchObject({ status: 'NEW', origQty: '3.00000000', icebergQty: '1.00000000' });
    expect(await depth()).toEqual({ bids: [['100.00000000', '1.00000000']], asks: [] });
    await trade('100', '1', 'sell');
    await trade('100', '0.5', 'sell');
    expect(await depth()).toEqual({ bids: [['100.00000000', '0.50000000']], asks: [] });
    expect((await call('GET', 'order', { orderId: body.orderId })).body).toMatchObject({
      status: 'PARTIALLY_FILLED',
      executedQty: '1.50000000',
      icebergQty: '1.00000000',
    });
    expect((await call('DELETE', 'order', { orderId: body.orderId })).body).toMatchObject({
      status: 'CANCELED',
      icebergQty: '1.00000000',
    });
    expect(await desk.client.control('GET', 'invariants')).toEqual({ hold: true });
  });

  it('must be GTC and smaller than the order', async () => {
    expect((await buy('100', '3', { icebergQty: '1', timeInForce: 'IOC' })).body).toEqual(
      failure(-1014, 'Unsupported order combination.'),
    );
    expect((await buy('100', '3', { icebergQty: '4' })).body).toEqual(failure(-2010, 'IcebergQty exceeds QTY.'));
    const marketOrder = { side: 'BUY', type: 'MARKET', quantity: '3', icebergQty: '1' };
    expect((await call('POST', 'order', marketOrder)).body).toEqual(
      failure(-1106, "Parameter 'icebergQty' sent when not required."),
    );
  });
});

describe('self-trade prevention', () => {
  it('tells taker and maker what was prevented, and lists it', async () => {
    const maker = (await buy('100', '1')).body;
    const taker = await sell('100', '3', { selfTradePreventionMode: 'EXPIRE_BOTH' });
    expect(taker.body).toMatchObject({
      status: 'EXPIRED_IN_MATCH',
      preventedMatchId: expect.any(Number),
      preventedQuantity: '3.00000000',
      fills: [],
      preventedMatches: [
        {
          preventedMatchId: expect.any(Number),
          makerSymbol: 'TESTUSDT',
          makerOrderId: maker.orderId,
          price: '100.00000000',
          takerPreventedQuantity: '3.00000000',
          makerPreventedQuantity: '1.00000000',
        },
      ],
    });
    expect((await call('GET', 'order', { orderId: maker.orderId })).body).toMatchObject({
      status: 'EXPIRED_IN_MATCH',
      preventedQuantity: '1.00000000',
    });
    const listed = await call('GET', 'myPreventedMatches', { orderId: maker.orderId });
    expect(listed.list).toEqual([
      {
        symbol: 'TESTUSDT',
        preventedMatchId: expect.any(Number),
        takerOrderId: taker.body.orderId,
        makerSymbol: 'TESTUSDT',
        makerOrderId: maker.orderId,
        tradeGroupId: -1,
        selfTradePreventionMode: 'EXPIRE_BOTH',
        price: '100.00000000',
        takerPreventedQuantity: '3.00000000',
        makerPreventedQuantity: '1.00000000',
        transactTime: expect.any(Number),
      },
    ]);
    const { preventedMatchId } = listed.list[0] as unknown as { preventedMatchId: number };
    expect((await call('GET', 'myPreventedMatches', { preventedMatchId })).list).toEqual(listed.list);
    expect((await call('GET', 'myPreventedMatches', { preventedMatchId: preventedMatchId + 1 })).list).toEqual([]);
    expect((await call('GET', 'myPreventedMatches')).status).toBe(400);
  });

  it('refuses modes that the symbol does not allow, and those that are none', async () => {
    expect((await buy('100', '1', { selfTradePreventionMode: 'DECREMENT' })).body).toEqual(
      failure(-1013, 'This symbol does not allow the specified self-trade prevention mode.'),
    );
    expect((await buy('100', '1', { selfTradePreventionMode: 'MAYBE' })).body).toMatchObject({ code: -1130 });
  });
});

describe('looking up', () => {
  it('a client id that belongs to another number is -2039, and cancels nothing', async () => {
    const one = (await buy('100', '1', { newClientOrderId: 'one' })).body;
    const wrong = { orderId: one.orderId, origClientOrderId: 'two' };
    expect((await call('GET', 'order', wrong)).body).toEqual(
      failure(-2039, 'Client order ID is not correct for this order ID.'),
    );
    expect((await call('DELETE', 'order', wrong)).body).toEqual(failure(-2011, 'Unknown order sent.'));
    expect((await call('DELETE', 'order', { ...wrong, origClientOrderId: 'one' })).status).toBe(200);
  });

  it('pages through orders and trades by number and by time', async () => {
    await desk.client.book([], [['100', '100']]);
    const ids: number[] = [];
    for (let i = 0; i < 6; i += 1) ids.push((await buy('100', '1')).body.orderId);
    const orders = async (params: Params): Promise<number[]> =>
      (await call('GET', 'allOrders', params)).list.map(({ orderId }) => orderId);
    expect(await orders({ limit: 2 })).toEqual(ids.slice(-2));
    expect(await orders({ orderId: ids[1] ?? 0, limit: 2 })).toEqual(ids.slice(1, 3));
    expect(await orders({ startTime: 0, limit: 3 })).toEqual(ids.slice(0, 3));
    expect(await orders({ startTime: Date.now() + 60_000 })).toEqual([]);
    const trades = async (params: Params): Promise<number[]> =>
      (await call('GET', 'myTrades', params)).list.map(({ id }) => id);
    const all = await trades({});
    expect(all).toHaveLength(6);
    expect(await trades({ fromId: all[2] ?? 0, limit: 2 })).toEqual(all.slice(2, 4));
    expect(await trades({ orderId: ids[3] ?? 0 })).toEqual(all.slice(3, 4));
    expect((await call('GET', 'myTrades', { fromId: 1, startTime: 1 })).body).toEqual(
      failure(-1128, 'Combination of optional parameters invalid.'),
    );
    expect((await call('GET', 'allOrders', { startTime: 1, endTime: 86_400_002 })).body).toMatchObject({ code: -1127 });
  });
});
