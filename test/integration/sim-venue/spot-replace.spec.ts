import { describe, expect, it } from '@jest/globals';
import { until } from '../../support/until.js';
import type { Reply } from './sim-client.js';
import { useSpotDesk, type Params } from './spot-desk.js';

const desk = useSpotDesk();
const { call, buy, sell, trade } = desk;

const failure = (code: number, msg: string) => ({ code, msg });
const filter = (name: string) => failure(-1013, `Filter failure: ${name}`);

describe('amend/keepPriority', () => {
  const amend = (params: Params) => call('PUT', 'order/amend/keepPriority', params);

  it('VE-C45 takes quantity off and keeps the place', async () => {
    const other = await desk.client.account('b', { USDT: '10000' });
    const first = (await buy('100', '5', { newClientOrderId: 'one' })).body;
    const second = (await desk.client.order(other, 'BUY', '100', '5')).body;
    const amended = await amend({ origClientOrderId: 'one', newQty: '3', newClientOrderId: 'two' });
    expect(amended.body).toEqual({
      transactTime: expect.any(Number),
      executionId: expect.any(Number),
      amendedOrder: {
        symbol: 'TESTUSDT',
        orderId: first.orderId,
        orderListId: -1,
        origClientOrderId: 'one',
        clientOrderId: 'two',
        price: '100.00000000',
        qty: '3.00000000',
        executedQty: '0.00000000',
        preventedQty: '0.00000000',
        quoteOrderQty: '0.00000000',
        cumulativeQuoteQty: '0.00000000',
        status: 'NEW',
        timeInForce: 'GTC',
        type: 'LIMIT',
        side: 'BUY',
        workingTime: expect.any(Number),
        selfTradePreventionMode: 'EXPIRE_MAKER',
      },
    });
    await trade('100', '4', 'sell');
    expect((await call('GET', 'order', { orderId: first.orderId })).body).toMatchObject({
      status: 'FILLED',
      clientOrderId: 'two',
      origQty: '3.00000000',
    });
    const { body } = await desk.client.signed(other, 'GET', '/api/v3/order', {
      symbol: 'TESTUSDT',
      orderId: second.orderId,
    });
    expect(body).toMatchObject({ executedQty: '1.00000000' });
    expect((await call('GET', 'order/amendments', { orderId: first.orderId })).list).toEqual([
      {
        symbol: 'TESTUSDT',
        orderId: first.orderId,
        executionId: expect.any(Number),
        origClientOrderId: 'one',
        newClientOrderId: 'two',
        origQty: '5.00000000',
        newQty: '3.00000000',
        time: expect.any(Number),
      },
    ]);
  });

  it('is refused while the symbol is halted', async () => {
    const { orderId } = (await sell('100', '5')).body;
    await desk.client.control('POST', 'faults', {
      fault: 'maintenance',
      args: { how: 'break' },
      match: { symbol: 'TESTUSDT' },
    });
    expect((await amend({ orderId, newQty: '4' })).body).toEqual(failure(-2038, 'Market is closed.'));
    await desk.client.control('DELETE', 'faults');
    expect((await amend({ orderId, newQty: '4' })).status).toBe(200);
  });

  it('weighs 4, nothing when it ends the order, and never counts as an order', async () => {
    await until(() => Date.now() % 60_000 < 50_000);
    const { orderId } = (await sell('100', '5')).body;
    await trade('100', '2', 'buy');
    const weight = async (reply: Promise<Reply>): Promise<number> =>
      Number((await reply).headers['x-mbx-used-weight-1m']);
    const before = await weight(desk.client.get('/api/v3/ping'));
    expect(await weight(amend({ orderId, newQty: '4' }))).toBe(before + 4);
    const ended = await amend({ orderId, newQty: '2' });
    expect(ended.body).toMatchObject({ amendedOrder: { status: 'FILLED', qty: '2.00000000' } });
    expect(await weight(Promise.resolve(ended))).toBe(before + 4);
    expect(ended.headers['x-mbx-order-count-10s']).toBeUndefined();
  });

  it.each([
    ['more than it is', { newQty: '6' }, failure(-2038, 'Order amend (quantity increase) is not supported.')],
    ['what it is', { newQty: '5' }, failure(-2038, 'The requested action would change no state; rejecting.')],
    ['too little money', { newQty: '0.04' }, filter('NOTIONAL')],
    ['half a step', { newQty: '1.0005' }, filter('LOT_SIZE')],
    [
      'nothing',
      { newQty: '0' },
      failure(-1102, "Mandatory parameter 'newQty' was not sent, was empty/null, or malformed."),
    ],
    ['another order', { newQty: '3', orderId: 999_999 }, failure(-2038, 'Unknown order sent.')],
  ])('to %s is refused', async (_what, params, body) => {
    const { orderId } = (await buy('100', '5')).body;
    expect(await amend({ orderId, ...params })).toMatchObject({ status: 400, body });
    expect((await call('GET', 'order', { orderId })).body).toMatchObject({ origQty: '5.00000000' });
  });

  it('is done ten times at most', async () => {
    const { orderId } = (await buy('100', '5')).body;
    for (let i = 1; i <= 10; i += 1) expect((await amend({ orderId, newQty: `${5 - i / 10}` })).status).toBe(200);
    expect((await amend({ orderId, newQty: '1' })).body).toEqual(filter('MAX_NUM_ORDER_AMENDS'));
    expect((await call('GET', 'order/amendments', { orderId, limit: 3 })).list).toHaveLength(3);
  });
});

describe('cancelReplace', () => {
  const replace = (params: Params) =>
    call('POST', 'order/cancelReplace', {
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      price: '90',
      quantity: '1',
      cancelReplaceMode: 'STOP_ON_FAILURE',
      ...params,
    });
  const unknown = failure(-2011, 'Unknown order sent.');
  const noMoney = failure(-2010, 'Account has insufficient balance for requested action.');
  const partly = (data: unknown) => ({ code: -2021, msg: 'Order cancel-replace partially failed.', data });
  const failed = (data: unknown) => ({ code: -2022, msg: 'Order cancel-replace failed.', data });

  it('cancels and places as one, with the money that the cancel frees', async () => {
    const { orderId } = (await buy('100', '100')).body;
    const reply = await replace({ cancelOrderId: orderId, price: '99', quantity: '100', newClientOrderId: 'second' });
    expect(reply).toMatchObject({
      status: 200,
      body: {
        cancelResult: 'SUCCESS',
        newOrderResult: 'SUCCESS',
        cancelResponse: { orderId, status: 'CANCELED' },
        newOrderResponse: { clientOrderId: 'second', status: 'NEW', fills: [] },
      },
    });
    expect(reply.headers['x-mbx-order-count-10s']).toBe('2');
    expect((await call('GET', 'openOrders')).list).toHaveLength(1);
  });

  it('STOP_ON_FAILURE places nothing when there is nothing to cancel', async () => {
    expect(await replace({ cancelOrderId: 999_999 })).toMatchObject({
      status: 400,
      body: failed({
        cancelResult: 'FAILURE',
        newOrderResult: 'NOT_ATTEMPTED',
        cancelResponse: unknown,
        newOrderResponse: null,
      }),
    });
    expect((await call('GET', 'allOrders')).list).toEqual([]);
    expect(
      (await desk.client.signed(desk.key, 'GET', '/api/v3/rateLimit/order')).list.map(({ count }) => count),
    ).toEqual([1, 1]);
  });

  it('ALLOW_FAILURE places anyway: 409 with what went wrong', async () => {
    expect(await replace({ cancelOrigClientOrderId: 'no', cancelReplaceMode: 'ALLOW_FAILURE' })).toMatchObject({
      status: 409,
      body: partly({
        cancelResult: 'FAILURE',
        newOrderResult: 'SUCCESS',
        cancelResponse: unknown,
        newOrderResponse: { status: 'NEW' },
      }),
    });
  });

  it('a new order that is refused leaves the old one canceled: 409', async () => {
    const { orderId } = (await buy('100', '1')).body;
    expect(await replace({ cancelOrderId: orderId, price: '100', quantity: '101' })).toMatchObject({
      status: 409,
      body: partly({
        cancelResult: 'SUCCESS',
        newOrderResult: 'FAILURE',
        cancelResponse: { orderId, status: 'CANCELED' },
        newOrderResponse: noMoney,
      }),
    });
    expect((await call('GET', 'openOrders')).list).toEqual([]);
  });

  it('both halves can fail: 400', async () => {
    const params = { cancelOrderId: 999_999, cancelReplaceMode: 'ALLOW_FAILURE', price: '100', quantity: '101' };
    expect(await replace(params)).toMatchObject({
      status: 400,
      body: failed({
        cancelResult: 'FAILURE',
        newOrderResult: 'FAILURE',
        cancelResponse: unknown,
        newOrderResponse: noMoney,
      }),
    });
  });

  it('filters and restrictions are looked at before anything is canceled', async () => {
    const { orderId } = (await buy('100', '1')).body;
    expect((await replace({ cancelOrderId: orderId, price: '90.001' })).body).toEqual(filter('PRICE_FILTER'));
    expect((await replace({ cancelOrderId: orderId, cancelReplaceMode: 'MAYBE' })).body).toEqual(
      failure(-1130, "Data sent for parameter 'cancelReplaceMode' is not valid."),
    );
    expect((await replace({ cancelOrderId: orderId, cancelRestrictions: 'NEVER' })).body).toEqual(
      failure(-1145, 'Invalid cancelRestrictions'),
    );
    expect((await replace({})).body).toEqual(
      failure(-1102, "Param 'cancelOrigClientOrderId' or 'cancelOrderId' must be sent, but both were empty/null!"),
    );
    expect(await replace({ cancelOrderId: orderId, cancelRestrictions: 'ONLY_PARTIALLY_FILLED' })).toMatchObject({
      status: 400,
      body: failed({
        cancelResult: 'FAILURE',
        newOrderResult: 'NOT_ATTEMPTED',
        cancelResponse: failure(-2011, 'Order was not canceled due to cancel restrictions.'),
        newOrderResponse: null,
      }),
    });
    expect((await call('GET', 'openOrders')).list).toHaveLength(1);
  });

  it('over the order limit it does nothing, or cancels only when asked to', async () => {
    await desk.client.control('PUT', 'limits', { ordersPer10Seconds: 1, ordersPerDay: 1 });
    const { orderId } = (await buy('100', '1')).body;
    expect(await replace({ cancelOrderId: orderId })).toMatchObject({ status: 429, body: { code: -1015 } });
    expect((await call('GET', 'openOrders')).list).toHaveLength(1);
    const mode = { orderRateLimitExceededMode: 'CANCEL_ONLY' };
    expect(await replace({ cancelOrderId: 999_999, ...mode })).toMatchObject({
      status: 429,
      headers: { 'retry-after': expect.stringMatching(/^([1-9]|10)$/) },
      body: failed(expect.objectContaining({ cancelResult: 'FAILURE', newOrderResult: 'NOT_ATTEMPTED' })),
    });
    expect(await replace({ cancelOrderId: orderId, ...mode, cancelReplaceMode: 'ALLOW_FAILURE' })).toMatchObject({
      status: 409,
      body: partly(
        expect.objectContaining({
          cancelResult: 'SUCCESS',
          newOrderResponse: { code: -1015, msg: expect.any(String) },
        }),
      ),
    });
    expect((await call('GET', 'openOrders')).list).toEqual([]);
  });
});
