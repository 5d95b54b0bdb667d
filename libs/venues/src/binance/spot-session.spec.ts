import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { decimal, epochMs, price, quantity, type ClientOrderId, type VenueId, type VenueOrderId } from '#domain';
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
import { mangle } from '../../../../test/support/mangle.js';
import { VenueServer, type Answer } from '../../../../test/support/venue-server.js';
import type { PayCall } from '../ports.js';
import { BinanceSpotVenue } from './spot-venue.js';

const spot = useSpotSession();

describe('place', () => {
  it('sends what was decided, signed with the time of the claim, and reads the FULL reply', async () => {
    spot.reply = { status: 200, body: recorded('place-full'), headers: { 'x-mbx-order-count-10s': '4' } };
    const sent = await spot.session.place(order(), fence());

    const [request, ...more] = spot.server.of('POST', '/api/v3/order');
    expect(more).toEqual([]);
    const { signature, ...body } = Object.fromEntries(request?.body ?? []);
    expect(body).toEqual({
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.1',
      price: '60000.1',
      newClientOrderId: ID,
      newOrderRespType: 'FULL',
      recvWindow: '3000',
      timestamp: String(T0 + OFFSET),
    });
    const signed = String(request?.body).replace(/&signature=.*$/, '');
    expect(signature).toBe(createHmac('sha256', 'the-secret').update(signed).digest('hex'));
    expect(request?.headers['x-mbx-apikey']).toBe('the-key');

    expect(sent).toEqual({
      kind: 'done',
      value: {
        venueOrderId: '28',
        view: {
          clientOrderId: ID,
          venueOrderId: '28',
          symbol: 'BTCUSDT',
          side: 'buy',
          status: 'working',
          orderQty: quantity('0.1'),
          cumQty: quantity('0.04'),
          price: price('60000.1'),
          avgPx: price('59999'),
          updatedAt: T0 + 123,
        },
        fills: [
          {
            venueOrderId: '28',
            tradeId: '56',
            lastQty: quantity('0.03'),
            lastPx: price('59999'),
            role: 'taker',
            fee: decimal('0.00003'),
            feeAsset: 'BTC',
            tradedAt: T0 + 123,
          },
          {
            venueOrderId: '28',
            tradeId: '57',
            lastQty: quantity('0.01'),
            lastPx: price('59999'),
            role: 'taker',
            fee: decimal('0.00001'),
            feeAsset: 'BTC',
            tradedAt: T0 + 123,
          },
        ],
      },
      meta: {
        sentAt: T0,
        repliedAt: T0,
        httpStatus: 200,
        headers: expect.objectContaining({ 'x-mbx-order-count-10s': '4' }) as object,
      },
    });
  });

  it.each([
    ['gtx', { type: 'LIMIT_MAKER', timeInForce: null }],
    ['ioc', { type: 'LIMIT', timeInForce: 'IOC' }],
  ] as const)('renders %s', async (timeInForce, expected) => {
    spot.reply = { status: 200, body: recorded('place-full') };
    await spot.session.place(order({ timeInForce }), fence());
    const body = spot.server.of('POST', '/api/v3/order')[0]?.body;
    expect({ type: body?.get('type'), timeInForce: body?.get('timeInForce') }).toEqual(expected);
  });

  it('VE-A18 sends digits equal in value, never an exponent, and stops an order whose digits were changed', async () => {
    spot.reply = { status: 200, body: recorded('place-full') };
    expect((await spot.session.place(order({ orderQty: quantity('0.10000000') }), fence())).kind).toBe('done');
    expect(spot.server.of('POST', '/api/v3/order')[0]?.body.get('quantity')).toMatch(/^0\.10*$/);

    await spot.session.place(
      order({ symbol: 'SHIBUSDT', orderQty: quantity('100'), price: price('0.0000001') }),
      fence(),
    );
    expect(spot.server.of('POST', '/api/v3/order')[1]?.body.get('price')).toBe('0.0000001');

    // Off the step, ccxt would round it: a different order from the one that was decided.
    const changed = [
      await spot.session.place(order({ orderQty: quantity('0.100001') }), fence()),
      await spot.session.place(order({ price: price('60000.101') }), fence()),
    ];
    expect(changed.map((sent) => sent.kind === 'not_sent' && sent.why.code)).toEqual([
      'RENDERED_ORDER_DIFFERS',
      'RENDERED_ORDER_DIFFERS',
    ]);
    expect(spot.server.of('POST', '/api/v3/order')).toHaveLength(2);
  });

  it('VE-A4 a refused connection is not_sent', async () => {
    await spot.server.stop();
    // The first finds its kept connection closed, the second finds nobody to connect to.
    expect(await spot.session.place(order(), fence())).toMatchObject({
      kind: 'not_sent',
      why: { code: expect.stringMatching(/^ECONNRE(SET|FUSED)$/) },
    });
    const sent = await spot.session.place(order(), fence());
    expect(sent).toMatchObject({ kind: 'not_sent', why: { code: 'ECONNREFUSED' } });
    expect('meta' in sent).toBe(false);
    spot.server = await VenueServer.start();
  });

  it('VE-A5 a reply lost after the request was taken is unknown', async () => {
    spot.reply = 'reset';
    expect(await spot.session.place(order(), fence())).toMatchObject({ kind: 'unknown', meta: { sentAt: T0 } });
    expect(spot.server.of('POST', '/api/v3/order')).toHaveLength(1);
  });

  it('VE-A8 writes nothing once the fence or the send-by instant has passed', async () => {
    spot.reply = { status: 200, body: recorded('place-full') };
    spot.now = T0 + 3_001;
    expect(await spot.session.place(order(), fence())).toMatchObject({
      kind: 'not_sent',
      why: { code: 'FENCE_PASSED' },
    });
    spot.now = T0;
    expect(await spot.session.place(order(), fence({ sendByMonotonicMs: performance.now() - 1 }))).toMatchObject({
      kind: 'not_sent',
      why: { code: 'SEND_BY_PASSED' },
    });
    expect(spot.server.of('POST', '/api/v3/order')).toEqual([]);
  });

  it('VE-A9 a duplicate id is unknown with the hint that it exists', async () => {
    spot.reply = fault(400, -2010, 'Duplicate order sent.');
    expect(await spot.session.place(order(), fence())).toMatchObject({
      kind: 'unknown',
      hint: 'exists',
      meta: { venueCode: '-2010' },
    });
  });

  it('VE-A10 spot -1008 is unknown', async () => {
    spot.reply = fault(503, -1008, 'Server is currently overloaded with other requests.');
    expect(await spot.session.place(order(), fence())).toMatchObject({ kind: 'unknown', why: { code: '-1008' } });
  });

  it.each<[string, Answer, object]>([
    ['200 with {}', { status: 200, body: {} }, { kind: 'unknown', why: { code: 'MALFORMED_REPLY' } }],
    ['200 with half a JSON', { status: 200, body: '{"symbol":"BT' }, { kind: 'unknown' }],
    ['200 cut off', 'cut', { kind: 'unknown' }],
    ['403 with HTML', { status: 403, body: '<html>WAF</html>' }, { kind: 'refused', retryAt: T0 + 120_000 }],
    [
      '200 of another order',
      { status: 200, body: { ...(recorded('place-full') as object), clientOrderId: 'x' } },
      {
        kind: 'unknown',
        why: { code: 'WRONG_ORDER' },
      },
    ],
    [
      '200 with an id no double can hold',
      { status: 200, body: '{"symbol":"BTCUSDT","orderId":9007199254740993}' },
      {
        kind: 'unknown',
      },
    ],
  ])('VE-A11 %s', async (_, answer, expected) => {
    spot.reply = answer;
    expect(await spot.session.place(order(), fence())).toMatchObject(expected);
  });

  it('takes an acknowledgement without details as done', async () => {
    spot.reply = {
      status: 200,
      body: { symbol: 'BTCUSDT', orderId: 28, orderListId: -1, clientOrderId: ID, transactTime: T0 },
    };
    expect(await spot.session.place(order(), fence())).toMatchObject({
      kind: 'done',
      value: { venueOrderId: '28', view: null, fills: [] },
    });
  });

  it.each<[string, Answer, object]>([
    ['fence', fault(400, -1021, 'Timestamp for this request is outside of the recvWindow.'), { retryAt: T0 }],
    ['rate', fault(429, -1003, 'Too much request weight used.', { 'retry-after': '7' }), { retryAt: T0 + 7_000 }],
    ['orders', fault(429, -1015, 'Too many new orders.'), { retryAt: T0 + 10_000 }],
  ])('a %s refusal may be offered again, and says when', async (_, answer, expected) => {
    spot.reply = answer;
    expect(await spot.session.place(order(), fence())).toMatchObject({ kind: 'refused', ...expected });
  });

  it('signs each of many concurrent calls with the time of its own claim', async () => {
    spot.server.answer = ({ body }) => ({
      status: 200,
      body: { ...(recorded('place-full') as object), clientOrderId: body.get('newClientOrderId') },
    });
    const ids = Array.from({ length: 40 }, (_, index) => index.toString(16).padStart(32, '0') as ClientOrderId);
    const sent = await Promise.all(
      ids.map((clientOrderId, index) =>
        spot.session.place(
          order({ clientOrderId }),
          fence({ claimedAt: epochMs(T0 - index), validUntil: epochMs(T0 - index + 3_000) }),
        ),
      ),
    );
    expect(sent.every(({ kind }) => kind === 'done')).toBe(true);
    const times = spot.server
      .of('POST', '/api/v3/order')
      .map(({ body }) => [body.get('newClientOrderId'), Number(body.get('timestamp'))] as const);
    expect(Object.fromEntries(times)).toEqual(Object.fromEntries(ids.map((id, index) => [id, T0 + OFFSET - index])));
  });

  it('S-13 never throws and never takes a mangled reply for another order', async () => {
    const replies = ['place-full', 'order', 'cancel', 'my-trades', 'account', 'rate-limit-order'].map(recorded);
    const kinds = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(200, 200, 400, 500),
        fc.oneof(
          { weight: 1, arbitrary: fc.json() },
          { weight: 1, arbitrary: fc.string() },
          {
            weight: 6,
            arbitrary: fc
              .tuple(fc.constantFrom(...replies), fc.nat(), fc.jsonValue())
              .map(([value, at, junk]) => JSON.stringify(mangle(value, at % 20, junk))),
          },
        ),
        async (status, body) => {
          spot.reply = { status, body };
          const placed = await spot.session.place(order(), fence());
          if (placed.kind === 'done') expect(body).toContain(ID);
          kinds
            .add(placed.kind)
            .add((await spot.session.cancel({ symbol: 'BTCUSDT', clientOrderId: ID, venueOrderId: null })).kind);
          kinds.add((await spot.session.findOrder({ clientOrderId: ID, symbol: 'BTCUSDT' })).kind);
          for (const read of [
            spot.session.openOrders(),
            spot.session.fillsSince('BTCUSDT', epochMs(T0)),
            spot.session.balances(),
            spot.session.fees(),
            spot.session.orderCounts(),
          ]) {
            kinds.add((await read).kind);
          }
        },
      ),
      { numRuns: 300 },
    );
    expect([...kinds]).toEqual(expect.arrayContaining(['done', 'unknown', 'found', 'unclear', 'ok', 'failed']));
  });

  it('VE-A21 sends once per place whatever goes wrong', async () => {
    const answers: Answer[] = [
      'reset',
      'cut',
      { status: 200, body: recorded('place-full') },
      { status: 200, body: '' },
      { status: 302, body: '', headers: { location: '/elsewhere' } },
      { status: 500, body: 'oops' },
      { status: 503, body: { code: -1008, msg: 'overloaded' } },
      fault(429, -1003, 'Too many requests.', { 'retry-after': '0' }),
      fault(418, -1003, 'banned', { 'retry-after': '0' }),
      fault(400, -1007, 'Timeout waiting for response from backend spot.server.'),
      fault(400, -1021, 'Timestamp for this request is outside of the recvWindow.'),
    ];
    const count = 10_000;
    let next = 0;
    spot.server.answer = () => answers[(next += 1) % answers.length] ?? 'reset';
    const kinds = new Map<string, number>();
    const worker = async (share: number): Promise<void> => {
      for (let i = 0; i < share; i += 1) {
        const sent = await spot.session.place(order(), fence());
        kinds.set(sent.kind, (kinds.get(sent.kind) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 20 }, () => worker(count / 20)));

    expect(spot.server.requests.filter(({ path }) => path !== '/api/v3/exchangeInfo')).toHaveLength(count);
    expect([...kinds.keys()].sort()).toEqual(['done', 'refused', 'unknown']);
  }, 300_000);
});

describe('cancel', () => {
  const request = { symbol: 'BTCUSDT', clientOrderId: ID, venueOrderId: '28' as VenueOrderId };

  it('cancels by our id', async () => {
    spot.reply = { status: 200, body: recorded('cancel') };
    expect(await spot.session.cancel(request)).toMatchObject({
      kind: 'done',
      value: { kind: 'canceled', view: { clientOrderId: ID, status: 'canceled', cumQty: quantity('0.04') } },
    });
    const [seen] = spot.server.of('DELETE', '/api/v3/order');
    expect(seen?.query.get('origClientOrderId')).toBe(ID);
  });

  it.each<[string, Answer, object]>([
    ['gone', fault(400, -2011, 'Unknown order sent.'), { kind: 'done', value: { kind: 'gone' } }],
    ['unknown', 'reset', { kind: 'unknown' }],
    ['refused for rate', fault(429, -1003, 'x', { 'retry-after': '3' }), { kind: 'refused', retryAt: T0 + 3_000 }],
    ['unreadable', { status: 200, body: { orderId: 'x' } }, { kind: 'unknown', why: { code: 'MALFORMED_REPLY' } }],
  ])('answers %s', async (_, answer, expected) => {
    spot.reply = answer;
    expect(await spot.session.cancel(request)).toMatchObject(expected);
  });
});

describe('look-ups', () => {
  const find = () => spot.session.findOrder({ clientOrderId: ID, symbol: 'BTCUSDT' });

  it('finds an order by our id', async () => {
    spot.reply = { status: 200, body: recorded('order') };
    expect(await find()).toMatchObject({
      kind: 'found',
      order: { clientOrderId: ID, venueOrderId: '28', status: 'working', updatedAt: T0 + 456 },
    });
    expect(spot.server.of('GET', '/api/v3/order')[0]?.query.get('origClientOrderId')).toBe(ID);
  });

  it('concludes absence only from the venue saying so', async () => {
    spot.reply = fault(400, -2013, 'Order does not exist.');
    expect(await find()).toMatchObject({ kind: 'absent' });
    const unclear: Answer[] = [
      fault(500, -2013, 'Order does not exist.'),
      fault(400, -2011, 'Unknown order sent.'),
      { status: 404, body: 'not found' },
      { status: 200, body: {} },
      { status: 200, body: '' },
      { status: 200, body: { ...(recorded('order') as object), status: 'TELEPORTED' } },
      { status: 200, body: { ...(recorded('order') as object), clientOrderId: 'someone-else' } },
      'reset',
      'cut',
    ];
    for (const answer of unclear) {
      spot.reply = answer;
      expect((await find()).kind).toBe('unclear');
    }
  });

  it('shows an order that is not ours as external', async () => {
    spot.reply = { status: 200, body: [{ ...(recorded('order') as object), clientOrderId: 'web_1234' }] };
    expect(await spot.session.openOrders()).toMatchObject({
      kind: 'ok',
      value: { rows: [{ clientOrderId: null, venueOrderId: '28' }], next: null },
    });
  });

  it('reads balances, fees and order counts', async () => {
    spot.reply = { status: 200, body: recorded('account') };
    expect(await spot.session.balances()).toMatchObject({
      kind: 'ok',
      value: [
        { asset: 'BTC', free: decimal('4.72384689'), locked: decimal('0.1') },
        { asset: 'USDT', free: decimal('1000000'), locked: decimal('0') },
      ],
    });
    expect(await spot.session.fees()).toMatchObject({
      kind: 'ok',
      value: { makerBps: decimal('10'), takerBps: decimal('12.5') },
    });
    spot.reply = { status: 200, body: recorded('rate-limit-order') };
    expect(await spot.session.orderCounts()).toMatchObject({
      kind: 'ok',
      value: { 'x-mbx-order-count-10s': 3, 'x-mbx-order-count-1d': 77 },
    });
  });

  it('says why a read failed', async () => {
    spot.reply = fault(429, -1003, 'Too many requests.', { 'retry-after': '2' });
    expect(await spot.session.balances()).toMatchObject({
      kind: 'failed',
      why: { code: '-1003' },
      retryAt: T0 + 2_000,
    });
  });
});

describe('venue', () => {
  it('VE-A3 loads the markets with one request for all sessions', async () => {
    await spot.venue.connect({ accountId: 'b', apiKey: 'k2', apiSecret: 's2' }, spot.venueClock);
    expect(spot.server.requests.map(({ path }) => path)).toEqual(['/api/v3/exchangeInfo']);
  });

  it('connects although the venue is away, and loads the markets with the first order', async () => {
    let up = false;
    spot.server.answer = ({ path }) => {
      if (!up) return { status: 503, body: 'away' };
      return path === '/api/v3/exchangeInfo'
        ? { status: 200, body: recorded('exchange-info') }
        : { status: 200, body: recorded('place-full') };
    };
    const late = new BinanceSpotVenue({ id: 'sim' as VenueId, baseUrl: spot.server.url, clock: spot.clock });
    const other = await late.connect({ accountId: 'c', apiKey: 'k', apiSecret: 's' }, spot.venueClock);
    expect(await other.place(order(), fence())).toMatchObject({
      kind: 'not_sent',
      why: { code: 'MARKETS_UNAVAILABLE' },
    });
    up = true;
    expect((await other.place(order(), fence())).kind).toBe('done');
    await late.close();
  });

  it('asks for the markets only when that is paid for, and pays once for all sessions', async () => {
    spot.reply = { status: 200, body: recorded('place-full') };
    const paid: string[] = [];
    let mayPay = false;
    const pay: PayCall = (call) => {
      if (!mayPay) return Promise.reject(new Error('banned'));
      paid.push(call);
      return Promise.resolve(({ kind, meta }) => {
        paid.push(`${kind} ${meta?.httpStatus}`);
        return Promise.resolve();
      });
    };
    const venue = new BinanceSpotVenue({ id: 'sim' as VenueId, baseUrl: spot.server.url, clock: spot.clock });
    const asked = spot.server.requests.length;
    const connect = () =>
      venue.connect({ accountId: 'd', apiKey: 'k', apiSecret: 's' }, spot.venueClock, undefined, pay);
    const session = await connect();
    expect(await session.place(order(), fence())).toMatchObject({
      kind: 'not_sent',
      why: { code: 'MARKETS_UNAVAILABLE', text: 'banned' },
    });
    expect(spot.server.requests).toHaveLength(asked);
    mayPay = true;
    expect((await session.place(order(), fence())).kind).toBe('done');
    await connect();
    expect(paid).toEqual(['GET /api/v3/exchangeInfo', 'ok 200']);
    await venue.close();
  });

  it('gives the time and the round trip', async () => {
    spot.reply = { status: 200, body: { serverTime: T0 + 251 }, headers: { 'x-mbx-used-weight-1m': '3' } };
    expect(await spot.venue.venueTime()).toMatchObject({
      kind: 'ok',
      value: { venueMs: T0 + 251, rttMs: 0 },
      meta: { headers: { 'x-mbx-used-weight-1m': '3' } },
    });
  });
});
