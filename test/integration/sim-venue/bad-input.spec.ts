import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { simVenueConfig } from '../../../apps/sim-venue/src/config.js';
import { startSimVenue, type SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { loadConfig } from '../../../libs/config/src/index.js';
import { send, SimClient, type Key, type Reply } from './sim-client.js';

const crashes: unknown[] = [];
let venue: SimVenue;
let client: SimClient;
let key: Key;

beforeAll(async () => {
  const ports = { SIM_CONTROL_PORT: '0', SIM_SPOT_PORT: '0', SIM_USDM_PORT: '0', SIM_MARKET: 'scripted' };
  const config = loadConfig(simVenueConfig, { ...ports, SIM_LEGACY_LISTEN_KEY: 'true' });
  venue = await startSimVenue(config, { onCrash: (error) => crashes.push(error) });
  client = new SimClient(venue);
  key = await client.control('POST', 'accounts', {
    name: 'a',
    balances: { USDT: '10000', TEST: '100' },
    usdmBalances: { USDT: '10000' },
  });
  const limits = { weightPerMinute: 1_000_000_000, ordersPer10Seconds: 1_000_000 };
  await client.control('PUT', 'limits', { ...limits, ordersPerDay: 1_000_000 });
  await client.control('PUT', 'limits?product=usdm', { ...limits, ordersPerMinute: 1_000_000 });
  await client.book([['99', '50']], [['101', '50']]);
  await client.control('PUT', 'markets/TESTUSDT/book?product=usdm', { bids: [['99', '50']], asks: [['101', '50']] });
  await client.order(key, 'BUY', '90', '1', { newClientOrderId: 'mine' });
});
afterAll(() => venue.stop());

/** Routes of both products, with what they need and what else they know. */
const ROUTES: readonly (readonly [method: string, path: string, needed: string, known?: string])[] = [
  ['GET', '/api/v3/exchangeInfo', '', 'symbol symbols'],
  ['GET', '/api/v3/depth', 'symbol', 'limit'],
  ['GET', '/api/v3/trades', 'symbol', 'limit'],
  ['GET', '/api/v3/aggTrades', 'symbol', 'fromId startTime endTime limit'],
  ['GET', '/api/v3/klines', 'symbol interval', 'startTime endTime timeZone limit'],
  ['GET', '/api/v3/avgPrice', 'symbol'],
  ['GET', '/api/v3/ticker/price', '', 'symbol symbols'],
  ['GET', '/api/v3/ticker/bookTicker', '', 'symbol symbols'],
  ['GET', '/api/v3/ticker/24hr', '', 'symbol symbols type'],
  [
    'POST',
    '/api/v3/order',
    'symbol side type quantity price timeInForce',
    'newClientOrderId icebergQty newOrderRespType selfTradePreventionMode quoteOrderQty recvWindow',
  ],
  ['POST', '/api/v3/order/test', 'symbol side type quantity price timeInForce', 'icebergQty quoteOrderQty'],
  ['DELETE', '/api/v3/order', 'symbol orderId', 'origClientOrderId newClientOrderId recvWindow'],
  ['DELETE', '/api/v3/openOrders', 'symbol'],
  ['PUT', '/api/v3/order/amend/keepPriority', 'symbol orderId newQty', 'newClientOrderId'],
  [
    'POST',
    '/api/v3/order/cancelReplace',
    'symbol side type quantity price timeInForce cancelReplaceMode cancelOrderId',
    'icebergQty newClientOrderId',
  ],
  ['GET', '/api/v3/order', 'symbol orderId', 'origClientOrderId'],
  ['GET', '/api/v3/openOrders', '', 'symbol'],
  ['GET', '/api/v3/allOrders', 'symbol', 'orderId startTime endTime limit'],
  ['GET', '/api/v3/myTrades', 'symbol', 'orderId fromId startTime endTime limit'],
  ['GET', '/api/v3/order/amendments', 'symbol orderId', 'limit'],
  ['GET', '/api/v3/myPreventedMatches', 'symbol orderId', 'limit'],
  ['GET', '/api/v3/account', ''],
  ['GET', '/api/v3/rateLimit/order', ''],
  ['GET', '/api/v3/account/commission', 'symbol'],
  ['POST', '/api/v3/userDataStream', ''],
  ['PUT', '/api/v3/userDataStream', 'listenKey'],
  ['DELETE', '/api/v3/userDataStream', 'listenKey'],
  ['GET', '/sapi/v1/account/apiRestrictions', ''],
  ['GET', '/fapi/v1/depth', 'symbol', 'limit'],
  ['GET', '/fapi/v1/klines', 'symbol interval', 'startTime endTime limit'],
  ['GET', '/fapi/v1/premiumIndex', '', 'symbol'],
  ['GET', '/fapi/v1/fundingRate', '', 'symbol startTime endTime limit'],
  ['GET', '/fapi/v1/ticker/24hr', '', 'symbol'],
  [
    'POST',
    '/fapi/v1/order',
    'symbol side type quantity price timeInForce',
    'newClientOrderId reduceOnly newOrderRespType selfTradePreventionMode recvWindow',
  ],
  ['PUT', '/fapi/v1/order', 'symbol orderId side quantity price', 'origClientOrderId'],
  ['DELETE', '/fapi/v1/order', 'symbol orderId', 'origClientOrderId'],
  ['GET', '/fapi/v1/order', 'symbol orderId', 'origClientOrderId'],
  ['POST', '/fapi/v1/batchOrders', 'batchOrders'],
  ['DELETE', '/fapi/v1/allOpenOrders', 'symbol'],
  ['GET', '/fapi/v1/openOrders', '', 'symbol'],
  ['GET', '/fapi/v1/allOrders', 'symbol', 'orderId startTime endTime limit'],
  ['GET', '/fapi/v1/userTrades', 'symbol', 'fromId startTime endTime limit'],
  ['POST', '/fapi/v1/countdownCancelAll', 'symbol countdownTime'],
  ['POST', '/fapi/v1/leverage', 'symbol leverage'],
  ['POST', '/fapi/v1/marginType', 'symbol marginType'],
  ['POST', '/fapi/v1/positionMargin', 'symbol amount type'],
  ['POST', '/fapi/v1/positionSide/dual', 'dualSidePosition'],
  ['GET', '/fapi/v2/account', ''],
  ['GET', '/fapi/v2/positionRisk', '', 'symbol'],
  ['GET', '/fapi/v1/income', '', 'symbol startTime endTime limit'],
  ['GET', '/fapi/v1/leverageBracket', '', 'symbol'],
  ['POST', '/fapi/v1/listenKey', ''],
  ['GET', '/fapi/v1/algoOrder', 'symbol'],
];
const names = (list: string | undefined): string[] => (list ?? '').split(' ').filter((name) => name !== '');
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];
const GOOD: Readonly<Record<string, readonly string[]>> = {
  symbol: ['TESTUSDT', 'TESTUSDT', 'TESTUSDT', 'BTCUSDT', 'NOPE', 'testusdt'],
  side: ['BUY', 'SELL', 'BUY', 'SELL', 'HOLD'],
  type: ['LIMIT', 'LIMIT', 'LIMIT', 'MARKET', 'LIMIT_MAKER', 'STOP_LOSS'],
  timeInForce: ['GTC', 'GTC', 'GTC', 'IOC', 'FOK', 'GTX'],
  quantity: ['1', '0.001', '1000000'],
  price: ['95', '105', '0.01'],
  quoteOrderQty: ['10', '0.1'],
  icebergQty: ['0.5', '2'],
  newQty: ['0.5', '0.9', '5'],
  orderId: ['1', '2', '99999'],
  origClientOrderId: ['mine', 'other'],
  newClientOrderId: ['mine', 'new'],
  cancelOrderId: ['1', '7'],
  cancelReplaceMode: ['STOP_ON_FAILURE', 'ALLOW_FAILURE'],
  interval: ['1m', '1M', '3d', '9y'],
  limit: ['1', '1000', '1001', '0'],
  startTime: ['0', '1700000000000'],
  endTime: ['0', '1800000000000'],
  timeZone: ['0', '-12:00', '14:30'],
  symbols: ['["TESTUSDT"]', '[]', '["TESTUSDT","TESTUSDT"]'],
  recvWindow: ['1', '60000', '60000.001', '60001'],
  leverage: ['1', '125', '126'],
  batchOrders: ['[]', '[{}]', '[{"symbol":"TESTUSDT","side":"BUY","type":"MARKET","quantity":"1"}]'],
  dualSidePosition: ['true', 'maybe'],
  listenKey: ['x'],
  newOrderRespType: ['ACK', 'RESULT', 'FULL', 'NONE'],
  selfTradePreventionMode: ['NONE', 'EXPIRE_BOTH', 'DECREMENT'],
  countdownTime: ['0', '60000'],
  fromId: ['0', '7'],
  amount: ['1', '0.5'],
  marginType: ['ISOLATED', 'CROSSED'],
  reduceOnly: ['true', 'false'],
};
const ABSURD = [
  ...['1e400', 'NaN', '-1', '-0', 'Infinity', '-Infinity', '0x10', '1,5', '+1', '.5', '5.', '1e-7', '0.000000001'],
  ...[
    '9'.repeat(64),
    `0.${'0'.repeat(40)}1`,
    '18446744073709551616',
    '9007199254740993',
    '００１',
    '９５',
    '١٢٣',
    '\u0000',
  ],
  ...['', ' ', 'null', 'undefined', '__proto__', 'constructor', 'toString', '[]', '{}', '[[', '{"a":', '\ud83d\ude00'],
  ...["'; DROP TABLE orders; --", '<script>', '../../etc/passwd', 'a'.repeat(3_000), '%', '\r\n\r\n', 'true'],
];
const RAW = [
  '%',
  '%zz',
  '%E0%A4%A',
  '&&&',
  '=',
  '=1',
  'symbol',
  'symbol=A&symbol=B',
  '?',
  '#',
  '__proto__=1',
  '%00=%00',
];

const goodValue = (name: string): fc.Arbitrary<[string, string]> =>
  fc.tuple(fc.constant(name), fc.constantFrom(...(GOOD[name] ?? ['1'])));
/** What a known route takes, with up to two parameters more, fewer or absurd. */
const knownRequest = fc.constantFrom(...ROUTES).chain(([method, path, needed, known]) =>
  fc.record({
    method: fc.constant(method),
    path: fc.constant(path),
    params: fc
      .tuple(
        fc.tuple(...names(needed).map(goodValue)),
        fc
          .subarray(names(known), { maxLength: Math.min(2, names(known).length) })
          .chain((some) => fc.tuple(...some.map(goodValue))),
        fc.array(
          fc.tuple(
            fc.oneof(
              { weight: 3, arbitrary: fc.constantFrom('symbol', ...names(needed), ...names(known)) },
              { weight: 1, arbitrary: fc.string({ maxLength: 12, unit: 'binary' }) },
            ),
            fc.oneof(
              { weight: 3, arbitrary: fc.constantFrom(null, ...ABSURD) },
              { weight: 1, arbitrary: fc.string({ maxLength: 40, unit: 'binary' }) },
            ),
          ),
          { maxLength: 2 },
        ),
      )
      .map(([must, may, changes]) => {
        const params = new Map<string, string>([...must, ...may]);
        for (const [name, value] of changes) {
          if (value === null) params.delete(name);
          else params.set(name, value);
        }
        return [...params];
      }),
  }),
);
const strangeRequest = fc.record({
  method: fc.constantFrom(...METHODS),
  path: fc.oneof(
    fc.constantFrom(...ROUTES.map(([, path]) => path)),
    fc.constantFrom('/', '//', '/api/v3/', '/api/v3/order/', '/API/v3/time', '/api/v3/../v3/time', '/fapi/v9/%00'),
  ),
  params: fc.array(fc.tuple(fc.constantFrom(...Object.keys(GOOD)), fc.constantFrom(...ABSURD)), { maxLength: 4 }),
});
const request = fc
  .tuple(
    fc.oneof({ weight: 5, arbitrary: knownRequest }, { weight: 1, arbitrary: strangeRequest }),
    fc.record({
      raw: fc.option(fc.constantFrom(...RAW), { nil: '', freq: 10 }),
      place: fc.constantFrom('query', 'query', 'body', 'both', 'split'),
      signature: fc.constantFrom('good', 'good', 'good', 'good', 'good', 'good', 'bad', 'short', 'none'),
      time: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 5_000, -70_000, -1e15, NaN),
      apiKey: fc.constantFrom('own', 'own', 'own', 'own', 'own', 'own', 'own', 'other', 'malformed', 'none'),
      contentType: fc.constantFrom('application/x-www-form-urlencoded', 'application/json', 'text/plain', ''),
    }),
  )
  .map(([what, how]) => ({ ...what, ...how }));
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

function fire({ method, path, params, raw, place, signature, time, apiKey, contentType }: Request): Promise<Reply> {
  const pairs = params.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  if (raw !== '') pairs.push(raw);
  const isPublic =
    /exchangeInfo|depth|trades|aggTrades|klines|avgPrice|ticker|premium|fundingRate|Stream|listenKey/.test(path);
  if (!isPublic) pairs.push(`timestamp=${Date.now() + time}`);
  const cut = place === 'split' ? Math.floor(pairs.length / 2) : 0;
  const query = (place === 'body' ? [] : place === 'split' ? pairs.slice(0, cut) : pairs).join('&');
  const body = (place === 'query' ? [] : place === 'split' ? pairs.slice(cut) : pairs).join('&');
  const good = createHmac('sha256', key.apiSecret)
    .update(query + body)
    .digest('hex');
  const signed = { good, bad: good.replace(/./, (digit) => (digit === '0' ? '1' : '0')), short: 'ab', none: '' }[
    signature
  ];
  const tail = signed === '' || isPublic ? '' : `signature=${signed}`;
  const keys = { own: key.apiKey, other: 'x'.repeat(64), malformed: 'a b', none: '' };
  const headers: Record<string, string> = { 'content-type': contentType };
  if (apiKey !== 'none') headers['X-MBX-APIKEY'] = keys[apiKey];
  const join = (text: string, more: string): string => (text === '' || more === '' ? text + more : `${text}&${more}`);
  const base = path.startsWith('/fapi') ? venue.usdmUrl : venue.spotUrl;
  const isInBody = body !== '' && place !== 'both';
  const sentBody = isInBody ? join(body, tail) : body;
  if (sentBody !== '') headers['content-length'] = String(Buffer.byteLength(sentBody));
  return send(method, `${base}${path}?${isInBody ? query : join(query, tail)}`, { headers, body: sentBody });
}

/** Everything the venue remembers, but for mark prices, which move by themselves. */
async function state(): Promise<string> {
  const { text } = await send('GET', `${venue.controlUrl}/control/state`);
  const { records } = JSON.parse(text) as { records: { k: string }[] };
  return JSON.stringify(records.filter(({ k }) => k !== 'usdm.mark'));
}

describe('bad input', () => {
  it('changes nothing when it is refused, and never breaks the venue, on either product', async () => {
    const statuses = new Map<number, number>();
    let before = await state();
    await fc.assert(
      fc.asyncProperty(request, async (sent) => {
        const { status, body } = await fire(sent);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        const after = await state();
        // A half that was done is a 409.
        if (status >= 400 && status !== 409) expect(after).toBe(before);
        before = after;
        expect([200, 400, 401, 404, 409, 410]).toContain(status);
        if (status !== 200 && sent.method !== 'HEAD')
          expect(body).toMatchObject({ code: expect.any(Number), msg: expect.any(String) });
      }),
      { numRuns: 1_500, seed: 20_240_808, endOnFailure: true },
    );
    expect(crashes).toEqual([]);
    expect(await client.control('GET', 'invariants')).toEqual({ hold: true });
    // It must have got through to the end often enough to mean something.
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 401, 404]));
    expect(statuses.get(200)).toBeGreaterThan(20);
  });
});

/** What comes back for these bytes until the venue closes, or a whole reply is there and nothing more is sent. */
function exchangeBytes(base: string, parts: readonly string[], replies: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error(`No answer in 10 s, only ${JSON.stringify(text)}`)));
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve(text) : reject(error)));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (replies > 0 && (text.match(/HTTP\/1\.1 \d{3}/g) ?? []).length >= replies) socket.end();
    });
    socket.on('close', () => resolve(text));
    for (const part of parts) socket.write(part, 'latin1');
    if (replies === 0) socket.end();
  });
}

describe('bad bytes', () => {
  const host = 'Host: x\r\n';

  it.each([
    ['no HTTP at all', ['\u0016\u0003\u0001hello\r\n\r\n'], 400],
    ['a header that never ends', [`GET /api/v3/time HTTP/1.1\r\n${host}A: ${'a'.repeat(100_000)}`], 431],
    ['an address of 100 kB', [`GET /api/v3/time?${'a=1&'.repeat(25_000)} HTTP/1.1\r\n${host}\r\n`], 431],
    ['two lengths', [`POST /api/v3/order HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`], 400],
    ['a length that is none', [`POST /api/v3/order HTTP/1.1\r\n${host}Content-Length: -5\r\n\r\n`], 400],
    ['a broken chunk', [`POST /api/v3/order HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`], 400],
    [
      'a body of 1 MB that is only announced',
      [`POST /api/v3/order HTTP/1.1\r\n${host}Content-Length: 1048576\r\n\r\na=1`],
      413,
    ],
    [
      'a chunked body that passes the limit',
      [`POST /fapi/v1/order HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n11170\r\n${'a'.repeat(70_000)}\r\n`],
      413,
    ],
  ])('%s is refused, and the venue goes on', async (_what, parts, status) => {
    const before = await state();
    for (const base of [venue.spotUrl, venue.usdmUrl])
      expect(await exchangeBytes(base, parts, 1)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(await state()).toBe(before);
    expect((await client.get('/api/v3/ping')).status).toBe(200);
    expect(crashes).toEqual([]);
  });

  it('half a request is not carried out', async () => {
    const before = await state();
    const query = `symbol=TESTUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=95&quantity=1&timestamp=${Date.now()}`;
    const signature = createHmac('sha256', key.apiSecret).update(query).digest('hex');
    const body = `${query}&signature=${signature}`;
    const head = `POST /api/v3/order HTTP/1.1\r\n${host}X-MBX-APIKEY: ${key.apiKey}\r\nContent-Length: ${body.length}\r\n\r\n`;
    await exchangeBytes(venue.spotUrl, [head.slice(0, 60)], 0);
    await exchangeBytes(venue.spotUrl, [head, body.slice(0, -1)], 0);
    expect(await state()).toBe(before);
    expect(await exchangeBytes(venue.spotUrl, [head, body], 1)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await state()).not.toBe(before);
  });

  it('requests in a row on one connection are answered in their order', async () => {
    const paths = ['/api/v3/time', '/api/v3/nothing', '/api/v3/depth?symbol=NOPE', '/api/v3/ping'];
    const text = await exchangeBytes(
      venue.spotUrl,
      [paths.map((path) => `GET ${path} HTTP/1.1\r\n${host}\r\n`).join('')],
      4,
    );
    expect(text.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 400', 'HTTP/1.1 200']);
  });

  it('a connection whose body was too large can be used again', async () => {
    const large = 'a'.repeat(100_000);
    const text = await exchangeBytes(
      venue.spotUrl,
      [
        `POST /api/v3/order HTTP/1.1\r\n${host}Content-Length: ${large.length}\r\n\r\n${large}`,
        `GET /api/v3/ping HTTP/1.1\r\n${host}\r\n`,
      ],
      2,
    );
    expect(text.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
  });
});
