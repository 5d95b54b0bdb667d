import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { epochMs, price, quantity, type VenueOrderId } from '#domain';
import { ID, OFFSET, T0, VENUE, order } from '../../../../../test/support/venue-packs/pack.js';
import { until } from '../../../../../test/support/until.js';
import { VenueServer, type Answer } from '../../../../../test/support/venue-server.js';
import { runCall } from '../../transport/call-context.js';
import { HttpClient } from '../../transport/http-client.js';
import type { FeedMessage } from '../../feed-port.js';
import type { Fence, VenueClock, VenueSession } from '../../ports.js';
import { defaultLimits, paidRequests } from '../default-limits.js';
import { NOWHERE } from '../point-at.js';
import { openExchange } from './exchange.js';
import { AnyFeed } from './feed.js';
import { anyProfile, type AnyExchange } from './profile.js';
import { bookOf } from './unified.js';
import { AnyVenue } from './venue.js';

const BITSTAMP: AnyExchange = { exchange: 'bitstamp', product: 'spot' };
const GATE: AnyExchange = { exchange: 'gate', product: 'spot' };
const SYMBOL = 'btcusd';
const DATE = 'Mon, 24 Nov 2025 16:00:00 GMT';
const clock = { now: () => epochMs(T0) };
const venueClock: VenueClock = { now: () => epochMs(T0 + OFFSET), offsetMs: () => OFFSET, errorMs: () => 5 };
const account = { accountId: 'a', apiKey: 'key', apiSecret: 'secret', passphrase: 'third' };
const fence: Fence = { claimEpoch: 1, claimedAt: epochMs(T0), validUntil: epochMs(T0 + 3_000) };
const ok = (body: unknown): Answer => ({ status: 200, body, headers: { date: DATE } });

const MARKET = {
  name: 'BTC/USD',
  market_symbol: SYMBOL,
  base_currency: 'BTC',
  base_decimals: 8,
  counter_currency: 'USD',
  counter_decimals: 2,
  minimum_order_value: '10',
  trading: 'Enabled',
  market_type: 'SPOT',
};
const ACK = { id: '77', client_order_id: ID, amount: '0.1', price: '60000.1', type: '0', currency_pair: 'BTC/USD' };
const OPEN = { ...ACK, datetime: '2025-11-24 16:00:01' };

let server: VenueServer;
let venue: AnyVenue;
let session: VenueSession;
let replies: Record<string, Answer>;
let feed: AnyFeed | null = null;

async function at(place: AnyExchange, baseUrl = server.url): Promise<VenueSession> {
  venue = new AnyVenue({ id: VENUE, place, baseUrl, clock, paidFor: paidRequests(undefined) });
  const there = await venue.connect(account, venueClock);
  await venue.venueTime();
  server.requests.length = 0;
  return there;
}

beforeEach(async () => {
  server = await VenueServer.start();
  replies = {
    '/api/v2/markets/': ok([MARKET]),
    '/api/v2/buy/btcusd/': ok(ACK),
    '/api/v2/cancel_order/': ok({ id: 77, amount: '0.1', price: '60000.1', type: 0, market: 'BTC/USD' }),
    '/api/v2/open_orders/all/': ok([OPEN]),
    '/api/v2/account_balances/': ok([{ currency: 'usd', total: '7.00000', available: '6.50000', reserved: '0.50000' }]),
  };
  server.answer = ({ path }) => replies[path] ?? { status: 404, body: {} };
  session = await at(BITSTAMP);
});
afterEach(async () => {
  await feed?.close();
  feed = null;
  await venue.close();
  await server.stop();
});

it('promises little, and says so in docs/venues.md', () => {
  const profile = anyProfile(BITSTAMP);
  expect(profile.traits).toMatchObject({ fence: null, lookup: 'none', amend: 'none', acceptIsAsynchronous: true });
  expect(profile.tier).toBe(2);
  const page = readFileSync('docs/venues.md', 'utf8');
  for (const sentence of profile.cannotPromise) expect(page).toContain(`- ${sentence}`);
});

it.each(['spot', 'linear'] as const)('pays for every call of %s, even where little is allowed', (product) => {
  for (const pauseMs of [1, 50, 1_000, 3_000]) {
    const { costs, definitions } = defaultLimits('x', pauseMs);
    for (const call of Object.values(anyProfile({ exchange: 'bitstamp', product }).calls)) {
      if (call === null) continue;
      expect([call, costs[call]]).toEqual([call, expect.any(Array)]);
      expect(JSON.stringify(definitions)).toContain('any.calls');
      expect(paidRequests(pauseMs)(call)).toBeGreaterThanOrEqual(1);
    }
  }
  expect(paidRequests(3_000)('ccxt loadMarkets')).toBe(1);
});

it.each([BITSTAMP, GATE, { exchange: 'bitfinex', product: 'linear' } as const, { ...GATE, exchange: 'htx' }])(
  'VE-A2 leaves no URL of the vendor at any depth: %j',
  async (place) => {
    const http = new HttpClient(clock);
    const exchange = await openExchange(place, server.url, http, {});
    const urls = (node: unknown): string[] =>
      typeof node === 'string' ? [node] : Object.values(node ?? {}).flatMap(urls);
    const known = [new URL(NOWHERE).host, new URL(server.url).host];
    expect(urls(exchange.urls).filter((url) => !known.includes(new URL(url).host))).toEqual([]);
    expect(urls(exchange.urls).some((url) => url.startsWith(server.url))).toBe(true);
    const record = await runCall({ signedAtMs: T0, replyTimeoutMs: 100 }, () =>
      exchange.fetchImplementation('https://example.com/', {} as never),
    );
    expect(record.exchange).toBeNull();
    http.close();
  },
);

describe('place', () => {
  it('sends one request with our id and digits, and claims no status that was not told', async () => {
    expect(await session.place(order(SYMBOL), fence)).toMatchObject({
      kind: 'done',
      value: { venueOrderId: '77', view: null },
    });
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    expect(request?.path).toBe('/api/v2/buy/btcusd/');
    expect(Object.fromEntries(request?.body ?? [])).toEqual({
      amount: '0.1',
      price: '60000.1',
      client_order_id: ID,
    });
    expect(request?.headers['x-auth-timestamp']).toBe(String(T0 + OFFSET));
  });

  it.each<[string, Answer, string]>([
    ['HTTP 400 of an exchange that says why', { status: 400, body: { status: 'error', reason: 'Invalid' } }, 'unknown'],
    ['HTTP 200 with an error', ok({ status: 'error', reason: { __all__: ['You have only 0 USD'] } }), 'unknown'],
    ['HTTP 429', { status: 429, body: {} }, 'refused'],
    ['HTTP 418', { status: 418, body: '' }, 'refused'],
    ['HTTP 403', { status: 403, body: '<html>' }, 'refused'],
    ['HTTP 401', { status: 401, body: {} }, 'refused'],
    ['HTTP 500', { status: 500, body: {} }, 'unknown'],
    ['an empty object', ok({}), 'unknown'],
    ['garbage', ok('<html>'), 'unknown'],
    ['another order', ok({ ...ACK, client_order_id: 'f'.repeat(32) }), 'unknown'],
    ['a cut reply', 'cut', 'unknown'],
    ['a reset', 'reset', 'unknown'],
  ])('VE-A11 %s is asked once', async (what, answer, kind) => {
    replies['/api/v2/buy/btcusd/'] = answer;
    const sent = await session.place(order(SYMBOL), fence);
    expect(sent.kind).toBe(kind);
    expect(server.requests).toHaveLength(1);
    if (sent.kind === 'refused' && what !== 'HTTP 401') expect(sent.retryAt).toBeGreaterThan(T0);
  });

  it.each([
    ['digits that ccxt would cut off', order(SYMBOL, { orderQty: quantity('0.123456789') }), 'RENDERED_ORDER_DIFFERS'],
    ['a price that ccxt would round', order(SYMBOL, { price: price('60000.125') }), 'RENDERED_ORDER_DIFFERS'],
    ['an unknown instrument', order('nosuch'), 'UNSUPPORTED'],
    ['reduce-only on spot', order(SYMBOL, { reduceOnly: true }), 'UNSUPPORTED'],
  ])('VE-A18 does not send %s', async (_what, request, code) => {
    expect(await session.place(request, fence)).toMatchObject({ kind: 'not_sent', why: { code } });
    expect(server.requests).toEqual([]);
  });

  it('sends nothing after the claim, nor without a connection', async () => {
    const late = { ...fence, validUntil: epochMs(T0 - 1) };
    expect(await session.place(order(SYMBOL), late)).toMatchObject({ why: { code: 'FENCE_PASSED' } });
    expect(server.requests).toEqual([]);
    await server.stop();
    expect((await session.place(order(SYMBOL), fence)).kind).toBe('not_sent');
    server = await VenueServer.start();
  });

  it('stops before the first request of an exchange that would need two', async () => {
    await venue.close();
    server.answer = ({ path }) =>
      path === '/api/v4/spot/currency_pairs'
        ? ok([
            {
              id: 'BTC_USDT',
              base: 'BTC',
              quote: 'USDT',
              fee: '0.2',
              min_quote_amount: '1',
              amount_precision: 4,
              precision: 1,
              trade_status: 'tradable',
            },
          ])
        : ok([]);
    const gate = await at(GATE);
    expect(await gate.place(order('BTC_USDT'), fence)).toMatchObject({
      kind: 'not_sent',
      why: { code: 'UNSUPPORTED', text: expect.stringContaining('more than one request') },
    });
    expect(server.requests).toEqual([]);
  });

  it('sends nothing while instruments are not known', async () => {
    const other = new AnyVenue({ id: VENUE, place: BITSTAMP, baseUrl: server.url, clock, paidFor: () => 1 });
    const early = await other.connect(account, venueClock);
    expect(await early.place(order(SYMBOL), fence)).toMatchObject({ why: { code: 'MARKETS_UNAVAILABLE' } });
    expect(await early.balances()).toMatchObject({ kind: 'failed', why: { code: 'MARKETS_UNAVAILABLE' } });
    expect(server.requests).toEqual([]);
    await other.close();
  });
});

it('cancels by the exchange’s id alone', async () => {
  const request = { symbol: SYMBOL, clientOrderId: ID, venueOrderId: '77' as VenueOrderId };
  expect(await session.cancel(request)).toMatchObject({ kind: 'done', value: { kind: 'gone' } });
  expect(server.requests.map(({ path }) => path)).toEqual(['/api/v2/cancel_order/']);
  expect(await session.cancel({ ...request, venueOrderId: null })).toMatchObject({ why: { code: 'UNSUPPORTED' } });
  expect(await session.amend({} as never, fence)).toMatchObject({ why: { code: 'UNSUPPORTED' } });
  expect(server.requests).toHaveLength(1);
});

it('lets a cancel overtake the calls that wait, and sends one after another', async () => {
  const request = { symbol: SYMBOL, clientOrderId: ID, venueOrderId: '77' as VenueOrderId };
  const calls = [
    session.balances(),
    session.balances(),
    session.place(order(SYMBOL), fence),
    session.findOrder({ symbol: SYMBOL, clientOrderId: ID }),
    session.cancel(request),
  ];
  await Promise.all(calls);
  const [balances, place] = ['/api/v2/account_balances/', '/api/v2/buy/btcusd/'];
  expect(server.requests.map(({ path }) => path)).toEqual([
    balances,
    '/api/v2/cancel_order/',
    '/api/v2/open_orders/all/',
    place,
    balances,
  ]);
});

it('finds an order by our id among the open ones', async () => {
  const open = { clientOrderId: ID, venueOrderId: '77', symbol: SYMBOL, side: 'buy', status: 'working' };
  expect(await session.openOrders(SYMBOL)).toMatchObject({ kind: 'ok', value: { rows: [open], next: null } });
  expect(await session.findOrder({ symbol: SYMBOL, clientOrderId: ID })).toMatchObject({ kind: 'found', order: open });
  replies['/api/v2/open_orders/all/'] = ok([]);
  expect((await session.findOrder({ symbol: SYMBOL, clientOrderId: ID })).kind).toBe('absent');
  replies['/api/v2/open_orders/all/'] = { status: 500, body: {} };
  expect((await session.findOrder({ symbol: SYMBOL, clientOrderId: ID })).kind).toBe('unclear');
});

it('reads balances, and an account whose key is refused', async () => {
  const read = await session.balances();
  expect(read).toMatchObject({ kind: 'ok', value: [{ asset: 'USD' }] });
  if (read.kind === 'ok')
    expect(read.value.map(({ free, locked }) => [free.toFixed(), locked.toFixed()])).toEqual([['6.5', '0.5']]);
  replies['/api/v2/account_balances/'] = { status: 401, body: {} };
  expect(await session.accountSettings()).toMatchObject({ kind: 'failed', meta: { httpStatus: 401 } });
});

it('tells instruments and books', async () => {
  replies['/api/v2/order_book/btcusd/'] = ok({
    microtimestamp: '1764000000000000',
    bids: [['1.5', '2']],
    asks: [['1.6', '3']],
  });
  const open = new AnyFeed({ venue: VENUE, place: BITSTAMP, baseUrl: server.url, clock, paidFor: () => 3 });
  feed = open;
  const instruments = await open.instruments();
  if (instruments.kind !== 'ok') throw new Error(instruments.why.text);
  expect(instruments.value.map(({ symbol, pair, tick, lot }) => [symbol, pair, tick.toFixed(), lot.toFixed()])).toEqual(
    [[SYMBOL, 'BTC-USD', '0.01', '0.00000001']],
  );
  const seen: FeedMessage[] = [];
  open.subscribe(SYMBOL, ['bbo'], (message) => seen.push(message));
  await until(() => seen.some(({ type }) => type === 'bbo'));
  expect(seen[0]).toMatchObject({ type: 'bbo', venueAt: T0 });
});

it('reads a book without a time', () => {
  expect(bookOf({ bids: [[1.5, '2']], asks: [], timestamp: Number.NaN })).toMatchObject({ venueAt: null, bids: [{}] });
});
