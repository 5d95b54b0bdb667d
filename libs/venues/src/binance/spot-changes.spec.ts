import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { epochMs, price, quantity, type ClientOrderId, type VenueId, type VenueOrderId } from '#domain';
import { VenueServer, type Answer } from '../../../../test/support/venue-server.js';
import type { AmendRequest, Fence, PlaceRequest, VenueClock, VenueSession } from '../ports.js';
import { BinanceSpotVenue } from './spot-venue.js';

const recorded = (name: string): unknown => JSON.parse(readFileSync(`test/fixtures/binance-spot/${name}.json`, 'utf8'));
const ID = '0123456789abcdef0123456789abcdef' as ClientOrderId;
const T0 = 1_764_000_000_000;
const OFFSET = 250;
/** Database clock of the tests, moved by hand; the venue is OFFSET ahead. */
let now = T0;
const clock = { now: () => epochMs(now) };
const venueClock: VenueClock = { now: () => epochMs(now + OFFSET), offsetMs: () => OFFSET, errorMs: () => 5 };

const fence = (over: Partial<Fence> = {}): Fence => ({
  claimEpoch: 1,
  claimedAt: epochMs(T0),
  validUntil: epochMs(T0 + 3_000),
  ...over,
});
const order = (over: Partial<PlaceRequest> = {}): PlaceRequest => ({
  clientOrderId: ID,
  symbol: 'BTCUSDT',
  side: 'buy',
  orderQty: quantity('0.1'),
  price: price('60000.1'),
  timeInForce: 'gtc',
  ...over,
});

let server: VenueServer;
let venue: BinanceSpotVenue;
let session: VenueSession;
let reply: Answer;

beforeEach(async () => {
  now = T0;
  server = await VenueServer.start();
  server.answer = ({ path }) =>
    path === '/api/v3/exchangeInfo' ? { status: 200, body: recorded('exchange-info') } : reply;
  venue = new BinanceSpotVenue({ id: 'sim' as VenueId, baseUrl: server.url, clock });
  session = await venue.connect({ accountId: 'a', apiKey: 'the-key', apiSecret: 'the-secret' }, venueClock);
});
afterEach(async () => {
  await venue.close();
  await server.stop();
});

const fault = (status: number, code: number, msg: string, headers = {}): Answer => ({
  status,
  body: { code, msg },
  headers,
});

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
    reply = { status: 200, body: amended };
    expect(await session.amend(amendment(), fence())).toMatchObject({
      kind: 'done',
      value: { clientOrderId: ID, status: 'working', orderQty: quantity('0.06'), cumQty: quantity('0.04') },
    });
    const [{ body } = { body: new URLSearchParams() }] = server.of('PUT', '/api/v3/order/amend/keepPriority');
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
      expect(await session.amend(amendment(over), fence())).toMatchObject({
        kind: 'not_sent',
        why: { code: 'UNSUPPORTED', text: expect.stringMatching(/^sim does not support a change of (price|quantity)/) },
      });
    }
    expect(server.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
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
    reply = answer;
    expect((await session.amend(amendment(), fence())).kind).toBe(kind);
  });
});

describe('cancel', () => {
  it('cancels all of a symbol, lists of orders included; nothing to cancel is no failure', async () => {
    reply = {
      status: 200,
      body: [recorded('cancel'), { orderListId: 1, contingencyType: 'OCO', orderReports: [recorded('cancel')] }],
    };
    expect(await session.cancelAll('BTCUSDT')).toMatchObject({
      kind: 'done',
      value: [{ kind: 'canceled', view: { clientOrderId: ID } }, { kind: 'canceled' }],
    });
    reply = fault(400, -2011, 'Unknown order sent.');
    expect(await session.cancelAll('BTCUSDT')).toMatchObject({ kind: 'done', value: [] });
    reply = { status: 200, body: [{ ...(recorded('cancel') as object), symbol: 'ETHUSDT' }] };
    expect(await session.cancelAll('BTCUSDT')).toMatchObject({ kind: 'unknown' });
    expect(server.of('DELETE', '/api/v3/openOrders')).toHaveLength(3);
    expect(await session.cancelAll()).toMatchObject({ kind: 'not_sent', why: { code: 'UNSUPPORTED' } });
    expect(server.of('DELETE', '/api/v3/openOrders')).toHaveLength(3);
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
    server.answer = ({ path }) =>
      path === '/sapi/v1/account/apiRestrictions' ? key : { status: 200, body: recorded('account') };
  };

  it('reads what the key may do', async () => {
    answers({ status: 200, body: restrictions });
    expect(await session.accountSettings()).toMatchObject({
      kind: 'ok',
      value: { hedgeMode: null, permissions: { canTrade: true, canWithdraw: false, ipBound: true } },
    });
    answers({ status: 200, body: { ...restrictions, enableSpotAndMarginTrading: false, enableWithdrawals: true } });
    expect(await session.accountSettings()).toMatchObject({
      value: { permissions: { canTrade: false, canWithdraw: true } },
    });
  });

  it('guesses nothing where the key’s restrictions are not told', async () => {
    for (const key of [
      { status: 404, body: '' },
      { status: 200, body: { ...restrictions, enableWithdrawals: 'no' } },
    ]) {
      answers(key);
      expect(await session.accountSettings()).toMatchObject({
        value: { permissions: { canTrade: true, canWithdraw: null, ipBound: null } },
      });
    }
  });

  it('are not to be had on spot, and neither are positions', async () => {
    expect(await session.apply({ kind: 'hedge_mode', on: true })).toMatchObject({
      kind: 'not_sent',
      why: { code: 'UNSUPPORTED', text: 'sim does not support the setting hedge_mode' },
    });
    expect(await session.positions()).toMatchObject({ kind: 'ok', value: [] });
    expect(await session.place(order({ reduceOnly: true }), fence())).toMatchObject({
      kind: 'not_sent',
      why: { code: 'UNSUPPORTED' },
    });
  });
});

describe('pages', () => {
  it('reads fills page by page until a short page', async () => {
    const [trade] = recorded('my-trades') as [object];
    const rows = Array.from({ length: 1_700 }, (_, index) => ({ ...trade, id: 1_000 + index }));
    server.answer = ({ query }) => {
      const from = Number(query.get('fromId') ?? 0);
      return { status: 200, body: rows.filter((row) => row.id >= from).slice(0, Number(query.get('limit'))) };
    };
    const ids = new Set<string>();
    for (let next: string | null | undefined; next !== null;) {
      const read = await session.fillsSince('BTCUSDT', epochMs(T0), next);
      if (read.kind === 'failed') throw new Error(read.why.text);
      for (const { tradeId } of read.value.rows) ids.add(tradeId);
      next = read.value.next;
    }
    expect(ids.size).toBe(1_700);
    expect(
      server.of('GET', '/api/v3/myTrades').map(({ query }) => [query.get('startTime'), query.get('fromId')]),
    ).toEqual([
      [String(T0), null],
      [null, '2000'],
    ]);
  });

  it('asks for pages by the cursor it gave, and for no other', async () => {
    await expect(async () => session.ordersSince('BTCUSDT', epochMs(T0), '1; DROP')).rejects.toThrow(RangeError);
    reply = { status: 200, body: [recorded('order')] };
    expect(await session.ordersSince('BTCUSDT', epochMs(T0), '28')).toMatchObject({
      kind: 'ok',
      value: { rows: [{ venueOrderId: '28' }], next: null },
    });
    expect(
      server.of('GET', '/api/v3/allOrders').map(({ query }) => [query.get('orderId'), query.has('startTime')]),
    ).toEqual([['28', false]]);
  });
});
