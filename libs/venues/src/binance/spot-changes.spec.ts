import { describe, expect, it } from '@jest/globals';
import { epochMs, price, quantity, type VenueOrderId } from '#domain';
import {
  ID,
  OFFSET,
  T0,
  fault,
  fence,
  order,
  recorded,
  useSpotSession,
} from '../../../../test/support/spot-session.js';
import type { Answer } from '../../../../test/support/venue-server.js';
import type { AmendRequest } from '../ports.js';

const spot = useSpotSession();

const amendment = (over: Partial<AmendRequest> = {}): AmendRequest => ({
  symbol: 'BTCUSDT',
  clientOrderId: ID,
  venueOrderId: '28' as VenueOrderId,
  side: 'buy',
  orderQty: quantity('0.06'),
  price: price('60000.1'),
  current: { orderQty: quantity('0.1'), price: price('60000.1') },
  ...over,
});

describe('amend', () => {
  const amended = {
    transactTime: T0 + 130,
    executionId: 9,
    amendedOrder: {
      symbol: 'BTCUSDT',
      orderId: 28,
      orderListId: -1,
      origClientOrderId: ID,
      clientOrderId: ID,
      price: '60000.10000000',
      qty: '0.06000000',
      executedQty: '0.04000000',
      preventedQty: '0.00000000',
      quoteOrderQty: '0.00000000',
      cumulativeQuoteQty: '2399.96000000',
      status: 'PARTIALLY_FILLED',
      timeInForce: 'GTC',
      type: 'LIMIT',
      side: 'BUY',
      workingFloor: 'EXCHANGE',
      selfTradePreventionMode: 'NONE',
    },
  };

  it('VE-A22 takes quantity off in place, under the same id and the claim’s window', async () => {
    spot.reply = { status: 200, body: amended };
    expect(await spot.session.amend(amendment(), fence())).toMatchObject({
      kind: 'done',
      value: { clientOrderId: ID, status: 'working', orderQty: quantity('0.06'), cumQty: quantity('0.04') },
    });
    const [{ body } = { body: new URLSearchParams() }] = spot.server.of('PUT', '/api/v3/order/amend/keepPriority');
    body.delete('signature');
    expect(Object.fromEntries(body)).toEqual({
      symbol: 'BTCUSDT',
      origClientOrderId: ID,
      newClientOrderId: ID,
      newQty: '0.06',
      recvWindow: '3000',
      timestamp: String(T0 + OFFSET),
    });
  });

  it('VE-A22 sends nothing for another price or more quantity, and says who cannot do what', async () => {
    for (const over of [{ price: price('60000.2') }, { orderQty: quantity('0.11') }, { orderQty: quantity('0.1') }]) {
      expect(await spot.session.amend(amendment(over), fence())).toMatchObject({
        kind: 'not_sent',
        why: { code: 'UNSUPPORTED', text: expect.stringMatching(/^sim does not support a change of (price|quantity)/) },
      });
    }
    expect(spot.server.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it.each<[string, Answer, string]>([
    ['an order that is gone', fault(400, -2038, 'Unknown order sent.'), 'refused'],
    ['a quantity off its steps', fault(400, -1013, 'Filter failure: LOT_SIZE'), 'refused'],
    ['a window that passed', fault(400, -1021, 'Timestamp for this request is outside of the recvWindow.'), 'refused'],
    ['500', fault(500, -1000, 'unknown'), 'unknown'],
    ['half a reply', 'cut', 'unknown'],
    [
      'the words of another order',
      { status: 200, body: { ...amended, amendedOrder: { ...amended.amendedOrder, side: 'SELL' } } },
      'unknown',
    ],
    [
      'another quantity',
      { status: 200, body: { ...amended, amendedOrder: { ...amended.amendedOrder, qty: '0.07' } } },
      'unknown',
    ],
  ])('judges %s', async (_, answer, kind) => {
    spot.reply = answer;
    expect((await spot.session.amend(amendment(), fence())).kind).toBe(kind);
  });
});

describe('cancel', () => {
  it('cancels all of a symbol, lists of orders included; nothing to cancel is no failure', async () => {
    spot.reply = {
      status: 200,
      body: [recorded('cancel'), { orderListId: 1, contingencyType: 'OCO', orderReports: [recorded('cancel')] }],
    };
    expect(await spot.session.cancelAll('BTCUSDT')).toMatchObject({
      kind: 'done',
      value: [{ kind: 'canceled', view: { clientOrderId: ID } }, { kind: 'canceled' }],
    });
    spot.reply = fault(400, -2011, 'Unknown order sent.');
    expect(await spot.session.cancelAll('BTCUSDT')).toMatchObject({ kind: 'done', value: [] });
    spot.reply = { status: 200, body: [{ ...(recorded('cancel') as object), symbol: 'ETHUSDT' }] };
    expect(await spot.session.cancelAll('BTCUSDT')).toMatchObject({ kind: 'unknown' });
    expect(spot.server.of('DELETE', '/api/v3/openOrders')).toHaveLength(3);
    expect(await spot.session.cancelAll()).toMatchObject({ kind: 'not_sent', why: { code: 'UNSUPPORTED' } });
    expect(spot.server.of('DELETE', '/api/v3/openOrders')).toHaveLength(3);
  });
});

describe('settings', () => {
  const restrictions = {
    ipRestrict: true,
    enableReading: true,
    enableWithdrawals: false,
    enableSpotAndMarginTrading: true,
  };
  const answers = (key: Answer) => {
    spot.server.answer = ({ path }) =>
      path === '/sapi/v1/account/apiRestrictions' ? key : { status: 200, body: recorded('account') };
  };

  it('reads what the key may do', async () => {
    answers({ status: 200, body: restrictions });
    expect(await spot.session.accountSettings()).toMatchObject({
      kind: 'ok',
      value: { hedgeMode: null, permissions: { canTrade: true, canWithdraw: false, ipBound: true } },
    });
    answers({ status: 200, body: { ...restrictions, enableSpotAndMarginTrading: false, enableWithdrawals: true } });
    expect(await spot.session.accountSettings()).toMatchObject({
      value: { permissions: { canTrade: false, canWithdraw: true } },
    });
  });

  it('guesses nothing where the key’s restrictions are not told', async () => {
    for (const key of [
      { status: 404, body: '' },
      { status: 200, body: { ...restrictions, enableWithdrawals: 'no' } },
    ]) {
      answers(key);
      expect(await spot.session.accountSettings()).toMatchObject({
        value: { permissions: { canTrade: true, canWithdraw: null, ipBound: null } },
      });
    }
  });

  it('are not to be had on spot, and neither are positions', async () => {
    expect(await spot.session.apply({ kind: 'hedge_mode', on: true })).toMatchObject({
      kind: 'not_sent',
      why: {
        code: 'UNSUPPORTED',
        text: 'sim does not support the setting hedge_mode on spot: there is none to change',
      },
    });
    expect(await spot.session.positions()).toMatchObject({ kind: 'ok', value: [] });
    expect(await spot.session.place(order({ reduceOnly: true }), fence())).toMatchObject({
      kind: 'not_sent',
      why: { code: 'UNSUPPORTED' },
    });
  });
});

describe('pages', () => {
  it('reads fills page by page until a short page', async () => {
    const [trade] = recorded('my-trades') as [object];
    const rows = Array.from({ length: 1_700 }, (_, index) => ({ ...trade, id: 1_000 + index }));
    spot.server.answer = ({ query }) => {
      const from = Number(query.get('fromId') ?? 0);
      return { status: 200, body: rows.filter((row) => row.id >= from).slice(0, Number(query.get('limit'))) };
    };
    const ids = new Set<string>();
    for (let next: string | null | undefined; next !== null;) {
      const read = await spot.session.fillsSince('BTCUSDT', epochMs(T0), next);
      if (read.kind === 'failed') throw new Error(read.why.text);
      for (const { tradeId } of read.value.rows) ids.add(tradeId);
      next = read.value.next;
    }
    expect(ids.size).toBe(1_700);
    expect(
      spot.server.of('GET', '/api/v3/myTrades').map(({ query }) => [query.get('startTime'), query.get('fromId')]),
    ).toEqual([
      [String(T0), null],
      [null, '2000'],
    ]);
  });

  it('asks for pages by the cursor it gave, and for no other', async () => {
    await expect(async () => spot.session.ordersSince('BTCUSDT', epochMs(T0), '1; DROP')).rejects.toThrow(RangeError);
    spot.reply = { status: 200, body: [recorded('order')] };
    expect(await spot.session.ordersSince('BTCUSDT', epochMs(T0), '28')).toMatchObject({
      kind: 'ok',
      value: { rows: [{ venueOrderId: '28' }], next: null },
    });
    expect(
      spot.server.of('GET', '/api/v3/allOrders').map(({ query }) => [query.get('orderId'), query.has('startTime')]),
    ).toEqual([['28', false]]);
  });
});
