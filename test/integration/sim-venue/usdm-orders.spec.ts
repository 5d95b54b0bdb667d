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
});
afterEach(() => client.control('GET', 'invariants'));

const failure = (code: number, msg: string) => ({ status: 400, body: { code, msg } });
const FIELDS = [
  ...[
    'orderId',
    'symbol',
    'status',
    'clientOrderId',
    'price',
    'avgPrice',
    'origQty',
    'executedQty',
    'cumQty',
    'cumQuote',
  ],
  ...['timeInForce', 'type', 'reduceOnly', 'closePosition', 'side', 'positionSide', 'stopPrice', 'workingType'],
  ...['priceProtect', 'origType', 'priceMatch', 'selfTradePreventionMode', 'goodTillDate', 'time', 'updateTime'],
];

describe('placing', () => {
  it('answers with every field of the vendor; ACK as accepted, RESULT as it ended', async () => {
    await client.book([['99', '5']], [['100', '5']]);
    const ack = await client.order(key, 'BUY', '100', '1', { newClientOrderId: 'x-1.a:b/c_d' });
    expect(Object.keys(ack.body)).toEqual(FIELDS);
    expect(ack.body).toMatchObject({
      status: 'NEW',
      executedQty: '0.000',
      avgPrice: '0.00',
      clientOrderId: 'x-1.a:b/c_d',
    });
    const result = await client.order(key, 'BUY', '100', '1', { newOrderRespType: 'RESULT' });
    expect(result.body).toMatchObject({
      ...{ status: 'FILLED', price: '100.00', avgPrice: '100.00', origQty: '1.000', executedQty: '1.000' },
      ...{ cumQty: '1.000', cumQuote: '100.00000', reduceOnly: false, positionSide: 'BOTH', priceMatch: 'NONE' },
    });
    expect(result.headers['x-mbx-order-count-10s']).toBe('2');
    expect(result.headers['x-mbx-order-count-1m']).toBe('2');
  });

  it.each([
    [
      'a conditional order',
      { type: 'STOP_MARKET', stopPrice: '90' },
      -4120,
      'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.',
    ],
    ['a strange type', { type: 'ICEBERG' }, -1116, 'Invalid orderType.'],
    ['a strange side', { side: 'HOLD' }, -1117, 'Invalid side.'],
    ['a strange time in force', { timeInForce: 'DAY' }, -1115, 'Invalid timeInForce.'],
    [
      'a position side of hedge mode',
      { positionSide: 'LONG' },
      -4061,
      "Order's position side does not match user's setting.",
    ],
    ['a position side that is none', { positionSide: 'UP' }, -4060, 'Invalid position side.'],
    ['three decimals of price', { price: '90.001' }, -1111, 'Precision is over the maximum defined for this asset.'],
    [
      'four decimals of quantity',
      { quantity: '1.0001' },
      -1111,
      'Precision is over the maximum defined for this asset.',
    ],
    ['a price of 0', { price: '0' }, -4001, 'Price less than 0.'],
    ['a price beyond the largest', { price: '1000001' }, -4002, 'Price greater than max price.'],
    ['a quantity of 0', { quantity: '0' }, -4003, 'Quantity less than or equal to zero.'],
    ['a quantity beyond the largest', { quantity: '900001' }, -4005, 'Quantity greater than max quantity.'],
    [
      'a small notional',
      { quantity: '0.05' },
      -4164,
      "Order's notional must be no smaller than 5 (unless you choose reduce only).",
    ],
    ['a price far above the mark', { price: '501' }, -4016, "Limit price can't be higher than 497.5."],
    ['a long client id', { newClientOrderId: 'x'.repeat(37) }, -4015, 'Client order id is not valid.'],
    ['a price that follows the book', { priceMatch: 'QUEUE' }, -5037, 'Invalid price match'],
    ['a strange self-trade mode', { selfTradePreventionMode: 'MAYBE' }, -5039, 'Invalid self trade prevention mode'],
    [
      'closePosition',
      { closePosition: 'true' },
      -4136,
      'Target strategy invalid for orderType LIMIT,closePosition true',
    ],
    ['a strange reply type', { newOrderRespType: 'FULL' }, -1136, 'Invalid newOrderRespType.'],
    [
      'GTD without its date',
      { timeInForce: 'GTD' },
      -1102,
      "Mandatory parameter 'goodTillDate' was not sent, was empty/null, or malformed.",
    ],
    [
      'GTD too soon',
      { timeInForce: 'GTD', goodTillDate: 1 },
      -5040,
      'The goodTillDate timestamp must be greater than the current time plus 600 seconds and smaller than 253402300799000',
    ],
    ['a date without GTD', { goodTillDate: 5 }, -1106, "Parameter 'goodTillDate' sent when not required."],
    ['a market order with a price', { type: 'MARKET' }, -1106, "Parameter 'timeInForce' sent when not required."],
    ['too little margin', { quantity: '3000' }, -2019, 'Margin is insufficient.'],
    [
      'post-only that would take',
      { timeInForce: 'GTX', price: '100' },
      -5022,
      'Due to the order could not be executed as maker, the Post Only order will be rejected. The order will not be recorded in the order history.',
    ],
    [
      'fill-or-kill without enough on offer',
      { timeInForce: 'FOK', price: '100', quantity: '6' },
      -5021,
      'Due to the order could not be filled immediately, the FOK order has been rejected. The order will not be recorded in the order history.',
    ],
    ['nothing to reduce', { reduceOnly: 'true' }, -2022, 'ReduceOnly Order is rejected.'],
  ])('refuses %s', async (_what, change, code, msg) => {
    await client.book([['99', '5']], [['100', '5']]);
    expect(await client.order(key, 'BUY', '90', '1', change)).toMatchObject(failure(code, msg));
    expect((await client.signed(key, 'GET', '/fapi/v1/allOrders', { symbol: 'TESTUSDT' })).list).toEqual([]);
  });

  it('refuses a price off the tick, and a client id that is open', async () => {
    await client.book([['60000', '1']], [['60000.1', '1']], 'BTCUSDT');
    const btc = { symbol: 'BTCUSDT', quantity: '0.01' };
    expect(await client.order(key, 'BUY', '60000.05', '1', btc)).toMatchObject(
      failure(-4014, 'Price not increased by tick size.'),
    );
    expect(await client.order(key, 'SELL', '50000', '1', btc)).toMatchObject(
      failure(-4024, "Limit price can't be lower than 57000."),
    );
    await client.order(key, 'BUY', '90', '1', { newClientOrderId: 'same' });
    expect(await client.order(key, 'BUY', '90', '1', { newClientOrderId: 'same' })).toMatchObject(
      failure(-4116, 'ClientOrderId is duplicated.'),
    );
  });

  it('order/test checks and places nothing', async () => {
    const order = { symbol: 'TESTUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '90', quantity: '1' };
    expect((await client.signed(key, 'POST', '/fapi/v1/order/test', order)).body).toEqual({});
    expect((await client.signed(key, 'POST', '/fapi/v1/order/test', { ...order, price: '0' })).body).toMatchObject({
      code: -4001,
    });
    expect((await client.signed(key, 'GET', '/fapi/v1/openOrders')).list).toEqual([]);
  });

  it('counts orders over ten seconds and a minute, and refuses over the limit', async () => {
    await client.control('PUT', 'limits?product=usdm', { ordersPer10Seconds: 2 });
    await client.order(key, 'BUY', '90', '1');
    await client.order(key, 'BUY', '90', '1');
    expect(await client.order(key, 'BUY', '90', '1')).toMatchObject({ status: 429, body: { code: -1015 } });
  });
});

describe('looking up and cancelling', () => {
  it('finds by either id, lists, and cancels', async () => {
    const { orderId } = (await client.order(key, 'BUY', '90', '1', { newClientOrderId: 'mine' })).body;
    const mine = { symbol: 'TESTUSDT', origClientOrderId: 'mine' };
    for (const path of ['order', 'openOrder'])
      expect((await client.signed(key, 'GET', `/fapi/v1/${path}`, mine)).body).toMatchObject({
        orderId,
        status: 'NEW',
      });
    expect((await client.signed(key, 'GET', '/fapi/v1/openOrders', { symbol: 'TESTUSDT' })).list).toHaveLength(1);
    const canceled = await client.signed(key, 'DELETE', '/fapi/v1/order', {
      symbol: 'TESTUSDT',
      orderId: Number(orderId),
    });
    expect(canceled.body).toMatchObject({ orderId, status: 'CANCELED', clientOrderId: 'mine' });
    expect(await client.signed(key, 'GET', '/fapi/v1/openOrder', mine)).toMatchObject(
      failure(-2013, 'Order does not exist.'),
    );
    expect(await client.signed(key, 'DELETE', '/fapi/v1/order', mine)).toMatchObject(
      failure(-2011, 'Unknown order sent.'),
    );
    expect(await client.signed(key, 'GET', '/fapi/v1/order', { symbol: 'TESTUSDT', orderId: 1 })).toMatchObject(
      failure(-2013, 'Order does not exist.'),
    );
    expect(await client.signed(key, 'GET', '/fapi/v1/order', { symbol: 'TESTUSDT' })).toMatchObject(
      failure(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"),
    );
    expect((await client.signed(key, 'GET', '/fapi/v1/allOrders', { symbol: 'TESTUSDT' })).list).toMatchObject([
      { status: 'CANCELED' },
    ]);
  });

  it('another account’s orders do not exist', async () => {
    const other = await client.account('b', '1000');
    const { orderId } = (await client.order(other, 'BUY', '90', '1')).body;
    const find = { symbol: 'TESTUSDT', orderId: Number(orderId) };
    expect(await client.signed(key, 'GET', '/fapi/v1/order', find)).toMatchObject(
      failure(-2013, 'Order does not exist.'),
    );
    expect(await client.signed(key, 'DELETE', '/fapi/v1/order', find)).toMatchObject(
      failure(-2011, 'Unknown order sent.'),
    );
  });

  it('cancels all of a symbol, at once or when a countdown ends', async () => {
    for (const price of ['90', '91']) await client.order(key, 'BUY', price, '1');
    expect((await client.signed(key, 'DELETE', '/fapi/v1/allOpenOrders', { symbol: 'TESTUSDT' })).body).toEqual({
      code: 200,
      msg: 'The operation of cancel all open order is done.',
    });
    expect((await client.signed(key, 'GET', '/fapi/v1/openOrders')).list).toEqual([]);
    await client.order(key, 'BUY', '90', '1');
    const set = await client.signed(key, 'POST', '/fapi/v1/countdownCancelAll', {
      symbol: 'TESTUSDT',
      countdownTime: 5_000,
    });
    expect(set.body).toEqual({ symbol: 'TESTUSDT', countdownTime: '5000' });
    expect((await client.signed(key, 'GET', '/fapi/v1/openOrders')).list).toHaveLength(1);
    now += 5_000;
    await until(async () => (await client.signed(key, 'GET', '/fapi/v1/openOrders')).list.length === 0);
  });

  it('trades carry their profit, and may be asked for by order', async () => {
    await client.book([['99', '5']], [['100', '5']]);
    const first = (await client.market(key, 'BUY', '2')).body;
    await client.market(key, 'SELL', '1');
    const trades = (await client.signed(key, 'GET', '/fapi/v1/userTrades', { symbol: 'TESTUSDT' })).list;
    expect(trades).toMatchObject([
      {
        side: 'BUY',
        price: '100.00',
        qty: '2.000',
        realizedPnl: '0.00000000',
        commission: '0.10000000',
        maker: false,
        buyer: true,
      },
      {
        side: 'SELL',
        price: '99.00',
        qty: '1.000',
        realizedPnl: '-1.00000000',
        quoteQty: '99.00000',
        commissionAsset: 'USDT',
      },
    ]);
    const byOrder = { symbol: 'TESTUSDT', orderId: Number(first['orderId']) };
    expect((await client.signed(key, 'GET', '/fapi/v1/userTrades', byOrder)).list).toEqual([trades[0]]);
  });
});

describe('amending', () => {
  it('changes price and quantity, keeps the history, and says what is wrong', async () => {
    const { orderId } = (await client.order(key, 'BUY', '90', '1', { newClientOrderId: 'mine' })).body;
    const amend = (change: Record<string, string | number>) =>
      client.signed(key, 'PUT', '/fapi/v1/order', {
        ...{ symbol: 'TESTUSDT', side: 'BUY', origClientOrderId: 'mine', price: '91', quantity: '2' },
        ...change,
      });
    expect((await amend({})).body).toMatchObject({
      orderId,
      price: '91.00',
      origQty: '2.000',
      status: 'NEW',
      pair: 'TESTUSDT',
    });
    expect(await amend({})).toMatchObject(failure(-5027, 'No need to modify the order.'));
    expect(await amend({ quantity: '0.01' })).toMatchObject(
      failure(-5029, "Order's notional must be no smaller than 5"),
    );
    expect(await amend({ price: '91.001' })).toMatchObject({ body: { code: -1111 } });
    expect(await amend({ origClientOrderId: 'other' })).toMatchObject(failure(-2013, 'Order does not exist.'));
    await amend({ quantity: '1' });
    const history = await client.signed(key, 'GET', '/fapi/v1/orderAmendment', { symbol: 'TESTUSDT' });
    expect(history.list).toMatchObject([
      {
        orderId,
        amendment: {
          price: { before: '91.00', after: '91.00' },
          origQty: { before: '2.000', after: '1.000' },
          count: 2,
        },
      },
      {
        orderId,
        amendment: {
          price: { before: '90.00', after: '91.00' },
          origQty: { before: '1.000', after: '2.000' },
          count: 1,
        },
      },
    ]);
  });
});

describe('batches', () => {
  it('place, change and cancel each order by itself', async () => {
    const order = { symbol: 'TESTUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '1' };
    const list = [
      { ...order, price: '90', newClientOrderId: 'b1' },
      { ...order, price: '0' },
      { ...order, price: '91' },
    ];
    const placed = await client.signed(key, 'POST', '/fapi/v1/batchOrders', { batchOrders: JSON.stringify(list) });
    expect(placed.list).toMatchObject([
      { clientOrderId: 'b1', status: 'NEW' },
      { code: -4001, msg: 'Price less than 0.' },
      { price: '91.00' },
    ]);
    expect(placed.headers['x-mbx-order-count-10s']).toBe('5');
    const changes = [
      { symbol: 'TESTUSDT', side: 'BUY', origClientOrderId: 'b1', price: '92', quantity: '1' },
      { symbol: 'TESTUSDT', side: 'BUY', origClientOrderId: 'none', price: '92', quantity: '1' },
    ];
    const changed = await client.signed(key, 'PUT', '/fapi/v1/batchOrders', { batchOrders: JSON.stringify(changes) });
    expect(changed.list).toMatchObject([{ price: '92.00' }, { code: -2013 }]);
    const ids = JSON.stringify([placed.list[2]?.['orderId'], 5]);
    const canceled = await client.signed(key, 'DELETE', '/fapi/v1/batchOrders', {
      symbol: 'TESTUSDT',
      orderIdList: ids,
    });
    expect(canceled.list).toMatchObject([{ status: 'CANCELED' }, { code: -2011 }]);
    const [before, after] = [changed, canceled].map(({ headers }) => Number(headers['x-mbx-used-weight-1m']));
    expect((after ?? 0) - (before ?? 0)).toBe(5);
    const named = JSON.stringify(['b1']);
    expect(
      (await client.signed(key, 'DELETE', '/fapi/v1/batchOrders', { symbol: 'TESTUSDT', origClientOrderIdList: named }))
        .list,
    ).toMatchObject([{ clientOrderId: 'b1', status: 'CANCELED' }]);
  });

  it.each([
    ['more than five orders', 'POST', { batchOrders: JSON.stringify(Array(6).fill({})) }, -4082],
    ['no JSON', 'POST', { batchOrders: '[{' }, -1130],
    ['no list', 'PUT', { batchOrders: '{}' }, -1130],
    ['more than ten ids', 'DELETE', { symbol: 'TESTUSDT', orderIdList: JSON.stringify(Array(11).fill(1)) }, -4032],
    ['no ids', 'DELETE', { symbol: 'TESTUSDT' }, -1102],
  ])('refuse %s', async (_what, method, params, code) => {
    expect(await client.signed(key, method, '/fapi/v1/batchOrders', params)).toMatchObject({
      status: 400,
      body: { code },
    });
  });
});

it.each([
  ['POST', 'leverage', { symbol: 'TESTUSDT', leverage: '99999999999999999999' }, -4028],
  ['POST', 'positionMargin', { symbol: 'TESTUSDT', amount: '99999999999999999999', type: 1 }, -4049],
  ['POST', 'positionMargin', { symbol: 'TESTUSDT', amount: '0.000000001', type: 1 }, -1111],
  ['POST', 'countdownCancelAll', { symbol: 'TESTUSDT', countdownTime: '99999999999999999999' }, -1130],
  ['GET', 'order', { symbol: 'TESTUSDT', orderId: '99999999999999999999' }, -1130],
  ['GET', 'userTrades', { symbol: 'TESTUSDT', startTime: 5, endTime: 1 }, -1023],
  ['GET', 'allOrders', { symbol: 'TESTUSDT', startTime: 1, endTime: 1_000_000_000 }, -4165],
  ['POST', 'batchOrders', { batchOrders: '[null]' }, -1130],
  ['POST', 'batchOrders', { batchOrders: '[{"symbol":["TESTUSDT"]}]' }, -1130],
  ['DELETE', 'batchOrders', { symbol: 'TESTUSDT', orderIdList: '["1e3"]' }, -1130],
])('%s %s with %p is refused and changes nothing', async (method, path, params, code) => {
  const before = await client.control('GET', 'state');
  expect((await client.signed(key, method, `/fapi/v1/${path}`, params)).body).toMatchObject({ code });
  expect(await client.control('GET', 'state')).toEqual(before);
});

it('conditional orders have no endpoint here', async () => {
  expect((await client.signed(key, 'POST', '/fapi/v1/algoOrder', {})).status).toBe(404);
  expect(await client.control('GET', 'unserved')).toEqual({ 'POST /fapi/v1/algoOrder': 1 });
});
