import { readFileSync } from 'node:fs';
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  decimal,
  epochMs,
  price,
  quantity,
  type ClientOrderId,
  type MarginTier,
  type VenueId,
  type VenueOrderId,
} from '#domain';
import { VenueServer, type Answer } from '../../../../test/support/venue-server.js';
import type { AmendRequest, Fence, PlaceRequest, VenueClock, VenueSession } from '../ports.js';
import { BinanceUsdmVenue } from './usdm-venue.js';

const recorded = (name: string): object =>
  JSON.parse(readFileSync(`test/fixtures/binance-usdm/${name}.json`, 'utf8')) as object;
const ok = (name: string, over: object = {}): Answer => ({ status: 200, body: { ...recorded(name), ...over } });
const list = (name: string): Answer => ({ status: 200, body: recorded(name) });
const fault = (status: number, code: number, msg: string, headers = {}): Answer => ({
  status,
  body: { code, msg },
  headers,
});

const ID = '0123456789abcdef0123456789abcdef' as ClientOrderId;
const T0 = 1_764_000_000_000;
const OFFSET = -250;
const DAY_MS = 86_400_000;
const clock = { now: () => epochMs(T0) };
const venueClock: VenueClock = { now: () => epochMs(T0 + OFFSET), offsetMs: () => OFFSET, errorMs: () => 5 };
const fence: Fence = { claimEpoch: 1, claimedAt: epochMs(T0), validUntil: epochMs(T0 + 3_000) };
const tier = (cap: string, maxLeverage: number, rate: string, deduction: string): MarginTier => ({
  notionalCap: decimal(cap),
  maxLeverage,
  maintenanceRate: decimal(rate),
  deduction: decimal(deduction),
});
const order = (over: Partial<PlaceRequest> = {}): PlaceRequest => ({
  clientOrderId: ID,
  symbol: 'BTCUSDT',
  side: 'buy',
  orderQty: quantity('0.100'),
  price: price('60000.10'),
  timeInForce: 'gtc',
  ...over,
});
const amendment: AmendRequest = {
  symbol: 'BTCUSDT',
  clientOrderId: ID,
  venueOrderId: '22542179' as VenueOrderId,
  side: 'buy',
  orderQty: quantity('0.2'),
  price: price('59990'),
  current: { orderQty: quantity('0.1'), price: price('60000.1') },
};

let server: VenueServer;
let venue: BinanceUsdmVenue;
let session: VenueSession;
let reply: Answer;

beforeEach(async () => {
  server = await VenueServer.start();
  server.answer = () => reply;
  venue = new BinanceUsdmVenue({ id: 'sim-usdm' as VenueId, baseUrl: server.url, clock, tier: 1 });
  session = await venue.connect({ accountId: 'a', apiKey: 'the-key', apiSecret: 'the-secret' }, venueClock);
});
afterEach(async () => {
  await venue.close();
  await server.stop();
});
const sentBody = (method: string, path: string): Record<string, string> => {
  const { signature, ...body } = Object.fromEntries(server.of(method, path)[0]?.body ?? []);
  expect(signature).toMatch(/^[0-9a-f]{64}$/);
  return body;
};

describe('place', () => {
  it('VE-A18 sends what was decided, digit by digit, in one request signed with the time of the claim', async () => {
    reply = ok('place-result');
    const sent = await session.place(order({ orderQty: quantity('0.10000000') }), fence);
    expect(sent).toMatchObject({
      kind: 'done',
      value: {
        venueOrderId: '22542179',
        view: { clientOrderId: ID, status: 'working', cumQty: quantity('0.04'), price: price('60000.1') },
        fills: [],
      },
    });
    expect(server.requests).toHaveLength(1);
    const body = server.requests[0]?.body;
    const signed = String(body).replace(/&signature=.*$/, '');
    expect(body?.get('signature')).toBe(createHmac('sha256', 'the-secret').update(signed).digest('hex'));
    expect(sentBody('POST', '/fapi/v1/order')).toEqual({
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.1',
      price: '60000.1',
      newClientOrderId: ID,
      newOrderRespType: 'RESULT',
      recvWindow: '3000',
      timestamp: String(T0 + OFFSET),
    });
  });

  it.each<[string, Partial<PlaceRequest>, object]>([
    ['a reducing order in one-way mode', { reduceOnly: true }, { reduceOnly: 'true' }],
    ['a side of a hedged account', { positionSide: 'short', side: 'sell' }, { positionSide: 'SHORT', side: 'SELL' }],
    ['both: only the position side', { positionSide: 'long', reduceOnly: true }, { positionSide: 'LONG' }],
    ['a post-only order', { timeInForce: 'gtx' }, { timeInForce: 'GTX', type: 'LIMIT' }],
  ])('sends %s', async (_, over, fields) => {
    reply = ok('place-result');
    await session.place(order(over), fence);
    const body = sentBody('POST', '/fapi/v1/order');
    expect(body).toMatchObject(fields);
    expect('reduceOnly' in body).toBe('reduceOnly' in fields);
    expect('positionSide' in body).toBe('positionSide' in fields);
  });

  it.each<[string, Answer, object]>([
    ['VE-A10 503 with -1008', fault(503, -1008, 'overloaded'), { kind: 'refused' }],
    ['VE-A10 503 without', { status: 503, body: 'upstream' }, { kind: 'unknown' }],
    ['VE-A11 200 with {}', { status: 200, body: {} }, { kind: 'unknown' }],
    ['VE-A11 half a JSON', 'cut', { kind: 'unknown' }],
    ['VE-A11 403 with HTML', { status: 403, body: '<html>' }, { kind: 'refused', retryAt: expect.any(Number) }],
    ['a duplicate id', fault(400, -4116, 'ClientOrderId is duplicated.'), { kind: 'unknown', hint: 'exists' }],
    ['the engine’s own window', fault(400, -5028, 'recvWindow'), { kind: 'refused', retryAt: expect.any(Number) }],
    ['another order’s id', ok('place-result', { clientOrderId: 'f'.repeat(32) }), { kind: 'unknown' }],
    ['another symbol', ok('place-result', { symbol: 'ETHUSDT' }), { kind: 'unknown' }],
    ['details that do not parse', ok('place-result', { price: '1e308' }), { kind: 'done', value: { view: null } }],
  ])('judges %s', async (_, answer, outcome) => {
    reply = answer;
    expect(await session.place(order(), fence)).toMatchObject(outcome);
    expect(server.requests).toHaveLength(1);
  });

  it('sends nothing after the claim’s end', async () => {
    const late = { ...fence, validUntil: epochMs(T0 - 1) };
    expect(await session.place(order(), late)).toMatchObject({ kind: 'not_sent', why: { code: 'FENCE_PASSED' } });
    expect(server.requests).toEqual([]);
  });

  it('VE-A21 sends once per place whatever goes wrong', async () => {
    const answers: Answer[] = [
      'reset',
      'cut',
      ok('place-result'),
      { status: 200, body: '' },
      { status: 302, body: '', headers: { location: '/elsewhere' } },
      { status: 500, body: 'oops' },
      fault(503, -1008, 'overloaded'),
      fault(429, -1003, 'Too many requests.', { 'retry-after': '0' }),
      fault(400, -1021, 'Timestamp for this request is outside of the recvWindow.'),
    ];
    const count = 270;
    let next = 0;
    server.answer = () => answers[(next += 1) % answers.length] ?? 'reset';
    const worker = async (share: number): Promise<void> => {
      for (let i = 0; i < share; i += 1) await session.place(order(), fence);
    };
    await Promise.all(Array.from({ length: 9 }, () => worker(count / 9)));
    expect(server.requests).toHaveLength(count);
  });
});

describe('amend', () => {
  it('changes price and quantity together, under the claim’s window', async () => {
    reply = ok('amend');
    expect(await session.amend(amendment, fence)).toMatchObject({
      kind: 'done',
      value: { clientOrderId: ID, orderQty: quantity('0.2'), price: price('59990'), cumQty: quantity('0.04') },
    });
    expect(sentBody('PUT', '/fapi/v1/order')).toEqual({
      symbol: 'BTCUSDT',
      origClientOrderId: ID,
      side: 'BUY',
      quantity: '0.2',
      price: '59990',
      recvWindow: '3000',
      timestamp: String(T0 + OFFSET),
    });
  });

  it.each<[string, Answer, string]>([
    ['an order that is gone', fault(400, -2013, 'Order does not exist.'), 'refused'],
    ['nothing to change', fault(400, -5027, 'No need to modify the order.'), 'refused'],
    ['the engine’s own window', fault(400, -5028, 'recvWindow'), 'refused'],
    ['500', fault(500, -1000, 'unknown'), 'unknown'],
    ['another price', ok('amend', { price: '59990.10' }), 'unknown'],
    ['another side', ok('amend', { side: 'SELL' }), 'unknown'],
  ])('judges %s', async (_, answer, kind) => {
    reply = answer;
    expect((await session.amend(amendment, fence)).kind).toBe(kind);
  });
});

describe('cancel', () => {
  const request = { symbol: 'BTCUSDT', clientOrderId: ID, venueOrderId: null };

  it('ends one order, or says that it is gone', async () => {
    reply = ok('cancel');
    expect(await session.cancel(request)).toMatchObject({ kind: 'done', value: { view: { status: 'canceled' } } });
    reply = fault(400, -2011, 'Unknown order sent.');
    expect(await session.cancel(request)).toMatchObject({ kind: 'done', value: { kind: 'gone' } });
    reply = ok('cancel', { symbol: 'ETHUSDT' });
    expect(await session.cancel(request)).toMatchObject({ kind: 'unknown', why: { code: 'WRONG_ORDER' } });
  });

  describe('of several', () => {
    const named = (venueOrderId: string) => ({
      symbol: 'BTCUSDT',
      clientOrderId: ID,
      venueOrderId: venueOrderId as VenueOrderId,
    });
    const two = [named('22542179'), named('22542180')];
    const rows = (...body: object[]): Answer => ({ status: 200, body });
    const gone = { code: -2011, msg: 'Unknown order sent.' };
    const many = (requests = two) => session.cancelMany?.(requests);

    it('ends them in one request, and says of each what became of it', async () => {
      reply = rows(recorded('cancel'), gone);
      expect(await many()).toMatchObject({
        kind: 'done',
        value: [{ kind: 'canceled', view: { venueOrderId: '22542179', status: 'canceled' } }, { kind: 'gone' }],
      });
      reply = rows(gone, { code: -4046, msg: 'No.' });
      expect(await many()).toMatchObject({
        value: [{ kind: 'gone' }, { kind: 'refused', why: { code: '-4046', text: 'No.' } }],
      });
      const sent = server.of('DELETE', '/fapi/v1/batchOrders');
      expect(sent).toHaveLength(2);
      expect(sent[0]?.body.get('orderidlist') ?? sent[0]?.query.get('orderidlist')).toBe('[22542179,22542180]');
    });

    it('S-13 knows nothing of any where a row is missing, foreign, or cannot be read', async () => {
      for (const body of [
        [recorded('cancel')],
        [recorded('cancel'), gone, gone],
        [gone, recorded('cancel')],
        [{ ...recorded('cancel'), symbol: 'ETHUSDT' }, gone],
        [{ ...recorded('cancel'), executedQty: 'much' }, gone],
        ['x', gone],
      ])
        expect(await ((reply = { status: 200, body }), many())).toMatchObject({ kind: 'unknown' });
      reply = { status: 200, body: recorded('cancel') };
      expect(await many()).toMatchObject({ kind: 'unknown', why: { code: 'MALFORMED_REPLY' } });
      reply = fault(429, -1003, 'Too many requests', { 'retry-after': '7' });
      expect(await many()).toMatchObject({ kind: 'refused' });
    });

    it('sends nothing for orders of two symbols, or whose ids at the venue are not known', async () => {
      const [first] = two;
      for (const other of [
        { ...named('1'), symbol: 'ETHUSDT' },
        { ...named('1'), venueOrderId: null },
      ])
        expect(await session.cancelMany?.([first ?? named('1'), other])).toMatchObject({
          kind: 'not_sent',
          why: { code: 'NOT_ONE_BATCH' },
        });
      expect(server.requests).toEqual([]);
    });
  });

  it('ends all of a symbol, and no more than that at once', async () => {
    reply = ok('done');
    expect(await session.cancelAll('BTCUSDT')).toMatchObject({ kind: 'done', value: [] });
    reply = { status: 200, body: { code: '200' } };
    expect(await session.cancelAll('BTCUSDT')).toMatchObject({ kind: 'unknown' });
    expect(await session.cancelAll()).toMatchObject({ kind: 'not_sent', why: { code: 'UNSUPPORTED' } });
    expect(server.of('DELETE', '/fapi/v1/allOpenOrders')).toHaveLength(2);
  });
});

describe('reads', () => {
  it('finds an order, and tells absence from a reply that cannot be read', async () => {
    const find = () => session.findOrder({ clientOrderId: ID, symbol: 'BTCUSDT' });
    reply = ok('order');
    expect(await find()).toMatchObject({
      kind: 'found',
      order: { venueOrderId: '22542179' },
      meta: { httpStatus: 200 },
    });
    reply = fault(400, -2013, 'Order does not exist.');
    expect(await find()).toMatchObject({ kind: 'absent', meta: { httpStatus: 400 } });
    reply = fault(503, -2013, 'Order does not exist.');
    expect((await find()).kind).toBe('unclear');
    reply = ok('order', { executedQty: -1 });
    expect((await find()).kind).toBe('unclear');
  });

  it('tells balances, positions that are not flat, fees and settings', async () => {
    reply = list('balance');
    expect(await session.balances()).toMatchObject({
      value: [{ asset: 'USDT', free: decimal('122107.35137903'), locked: decimal('500') }],
    });
    reply = list('position-risk');
    const positions = await session.positions();
    expect(positions.kind === 'ok' && positions.value).toEqual([
      {
        symbol: 'BTCUSDT',
        side: 'short',
        qty: decimal('-0.04'),
        entryPx: price('59999'),
        markPx: price('60010.5'),
        unrealizedPnl: decimal('-0.46'),
        leverage: 20,
        marginType: 'isolated',
        updatedAt: T0 + 123,
      },
    ]);
    reply = list('commission-rate');
    expect(await session.fees()).toMatchObject({ value: { makerBps: decimal('2'), takerBps: decimal('4') } });
    const config = (path: string): Parameters<typeof list>[0] =>
      path.endsWith('accountConfig')
        ? 'account-config'
        : path.endsWith('symbolConfig')
          ? 'symbol-config'
          : 'leverage-bracket';
    server.answer = ({ path }) => list(config(path));
    const settings = await session.accountSettings();
    expect(settings).toMatchObject({
      value: { hedgeMode: true, permissions: { canTrade: true, canWithdraw: false, ipBound: null } },
    });
    expect(settings.kind === 'ok' && [...settings.value.bySymbol]).toEqual([
      ['BTCUSDT', { leverage: 21, marginType: 'cross' }],
      ['ETHUSDT', { leverage: 5, marginType: 'isolated' }],
    ]);
    expect(settings.kind === 'ok' && [...(settings.value.marginTiers ?? [])]).toEqual([
      ['BTCUSDT', [tier('50000', 125, '0.004', '0'), tier('250000', 100, '0.005', '50')]],
    ]);
  });

  it('tells its settings without margins where these are not told', async () => {
    server.answer = ({ path }) =>
      path.endsWith('leverageBracket')
        ? { status: 200, body: [{ symbol: 'BTCUSDT', brackets: [{ initialLeverage: 0 }] }] }
        : list(path.endsWith('accountConfig') ? 'account-config' : 'symbol-config');
    const settings = await session.accountSettings();
    expect(settings.kind === 'ok' && Object.keys(settings.value)).toEqual(['hedgeMode', 'bySymbol', 'permissions']);
  });

  it('asks for history in windows of less than seven days, and for no more than the venue has', async () => {
    const [trade] = recorded('user-trades') as unknown as [object];
    reply = { status: 200, body: [trade] };
    let pages = 0;
    for (let next: string | null | undefined; next !== null; pages += 1) {
      const page = await session.fillsSince('BTCUSDT', epochMs(T0 - 20 * DAY_MS), next);
      if (page.kind === 'failed') throw new Error(page.why.text);
      expect(page.value.rows).toHaveLength(pages === 0 ? 1 : 0); // the same row again is not a second fill
      next = page.value.next;
    }
    const asked = server
      .of('GET', '/fapi/v1/userTrades')
      .map(({ query }) => [Number(query.get('startTime')), Number(query.get('endTime'))]);
    expect(pages).toBe(3);
    expect(asked[0]?.[0]).toBe(T0 - 20 * DAY_MS);
    for (const [index, [from = 0, to = 0]] of asked.entries()) {
      expect(to - from).toBeLessThan(7 * DAY_MS);
      if (index > 0) expect(from).toBe((asked[index - 1]?.[1] ?? 0) + 1);
    }
    expect(asked.at(-1)?.[1]).toBeGreaterThanOrEqual(T0 + OFFSET);
    await session.ordersSince('BTCUSDT', epochMs(0));
    const [oldest] = server.of('GET', '/fapi/v1/allOrders');
    expect(Number(oldest?.query.get('startTime'))).toBe(T0 + OFFSET - 90 * DAY_MS);
  });

  it('reads all rows of a full window once, although some share a millisecond', async () => {
    const [trade] = recorded('user-trades') as unknown as [object];
    const rows = Array.from({ length: 2_500 }, (_, i) => ({ ...trade, id: i, time: T0 - DAY_MS + Math.floor(i / 7) }));
    server.answer = ({ query }) => ({
      status: 200,
      body: rows.filter((row) => row.time >= Number(query.get('startTime'))).slice(0, Number(query.get('limit'))),
    });
    const seen: string[] = [];
    for (let next: string | null | undefined; next !== null;) {
      const page = await session.fillsSince('BTCUSDT', epochMs(T0 - 2 * DAY_MS), next);
      if (page.kind === 'failed') throw new Error(page.why.text);
      seen.push(...page.value.rows.map(({ tradeId }) => tradeId));
      next = page.value.next;
    }
    expect(seen).toEqual(rows.map(({ id }) => String(id)));
  });

  it('fails rather than going round in circles, or listing what was not asked for', async () => {
    const [trade] = recorded('user-trades') as unknown as [object];
    reply = { status: 200, body: Array.from({ length: 1_000 }, () => trade) };
    const first = await session.fillsSince('BTCUSDT', epochMs(T0 - DAY_MS));
    expect(first.kind === 'ok' && first.value.next).toMatch(/^\d+\.698759$/);
    expect(
      await session.fillsSince('BTCUSDT', epochMs(T0 - DAY_MS), first.kind === 'ok' ? (first.value.next ?? '') : ''),
    ).toMatchObject({ kind: 'failed', why: { code: 'MALFORMED_REPLY' } });
    reply = { status: 200, body: [{ ...trade, symbol: 'ETHUSDT' }] };
    expect(await session.fillsSince('BTCUSDT', epochMs(T0))).toMatchObject({ kind: 'failed' });
  });
});

describe('settings', () => {
  it('are changed by one request each; one that is so already is done', async () => {
    reply = ok('done');
    expect((await session.apply({ kind: 'hedge_mode', on: true })).kind).toBe('done');
    expect(sentBody('POST', '/fapi/v1/positionSide/dual')).toMatchObject({ dualSidePosition: 'true' });
    expect((await session.apply({ kind: 'margin_type', symbol: 'BTCUSDT', marginType: 'cross' })).kind).toBe('done');
    expect(sentBody('POST', '/fapi/v1/marginType')).toMatchObject({ symbol: 'BTCUSDT', marginType: 'CROSSED' });
    reply = ok('leverage');
    expect((await session.apply({ kind: 'leverage', symbol: 'BTCUSDT', leverage: 21 })).kind).toBe('done');
    expect((await session.apply({ kind: 'leverage', symbol: 'BTCUSDT', leverage: 22 })).kind).toBe('unknown');
    reply = fault(400, -4059, 'No need to change position side.');
    expect((await session.apply({ kind: 'hedge_mode', on: true })).kind).toBe('done');
    reply = fault(400, -4068, 'Position side cannot be changed if there exists position.');
    expect(await session.apply({ kind: 'hedge_mode', on: false })).toMatchObject({
      kind: 'refused',
      why: { code: '-4068' },
    });
  });
});
