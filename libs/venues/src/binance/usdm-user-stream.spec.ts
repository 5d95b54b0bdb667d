import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { decimal, epochMs, price, quantity } from '#domain';
import { until } from '../../../../test/support/until.js';
import { VenueServer } from '../../../../test/support/venue-server.js';
import type { UserEvent } from '../ports.js';
import { HttpClient } from '../transport/http-client.js';
import { BinanceCalls } from './calls.js';
import { USDM_ERRORS } from './classify-error.js';
import { newExchange } from './exchange.js';
import { BinanceUsdmUserStream, type UsdmUserStreamOptions } from './usdm-user-stream.js';

const recorded = (name: string): string => readFileSync(`test/fixtures/binance-usdm/${name}.json`, 'utf8');
const clock = { now: () => epochMs(1_764_000_000_000) };
const KEYS = '/fapi/v1/listenKey';

let server: VenueServer;
let http: HttpClient;
let stream: BinanceUsdmUserStream | undefined;
let events: UserEvent[];
let gaps: string[];
let made: number;

beforeEach(async () => {
  server = await VenueServer.start();
  http = new HttpClient(clock);
  [events, gaps, made] = [[], [], 0];
  server.answer = ({ method }) =>
    method === 'POST' ? { status: 200, body: { listenKey: `key${(made += 1)}` } } : { status: 200, body: {} };
});
afterEach(async () => {
  await stream?.close();
  http.close();
  await server.stop();
});

async function open(over: Partial<UsdmUserStreamOptions> = {}): Promise<BinanceUsdmUserStream> {
  const exchange = await newExchange({
    http,
    bases: { usdm: server.url },
    product: 'linear',
    recvWindowMs: 3_000,
    keys: { apiKey: 'the-key', secret: 'the-secret' },
  });
  const venueClock = { now: clock.now, offsetMs: () => 0, errorMs: () => 1 };
  stream = new BinanceUsdmUserStream(
    {
      streamUrl: server.url.replace('http', 'ws'),
      calls: new BinanceCalls({ exchange, api: 'fapiPrivate', errors: USDM_ERRORS, clock, venueClock }),
      lockedOf: (asset) => (asset === 'USDT' ? decimal('500') : undefined),
      clock,
      venueClock,
      random: () => 0,
      firstRetryMs: 10,
      ...over,
    },
    (event) => events.push(event),
    ({ reason }) => gaps.push(reason),
  );
  return stream;
}
it('pays for making and extending its key', async () => {
  const paid: string[] = [];
  const spend = (call: string) => {
    paid.push(call);
    return Promise.resolve(() => Promise.resolve(void paid.push(`${call} answered`)));
  };
  const opened = await open({ spend, keepAliveMs: 5 });
  await until(() => opened.live && paid.includes('PUT /fapi/v1/listenKey answered'));
  expect(paid.slice(0, 3)).toEqual([
    'POST /fapi/v1/listenKey',
    'POST /fapi/v1/listenKey answered',
    'PUT /fapi/v1/listenKey',
  ]);
});

const tell = (text: string): void => server.sockets.at(-1)?.send(text);

it('opens with a key of its own, made without a signature, and reads orders, fills, balances and positions', async () => {
  const opened = await open();
  await until(() => opened.live);
  expect(server.streamUrls).toEqual(['/private/ws?listenKey=key1']);
  const [asked] = server.of('POST', KEYS);
  expect([asked?.headers['x-mbx-apikey'], String(asked?.query), String(asked?.body)]).toEqual(['the-key', '', '']);
  tell(recorded('order-trade-update'));
  tell(recorded('account-update'));
  await until(() => events.length === 3);
  expect(events).toMatchObject([
    {
      kind: 'order',
      order: { status: 'working', cumQty: quantity('0.04'), avgPx: price('59999') },
      fill: { tradeId: '698759', role: 'maker', lastQty: quantity('0.04'), fee: decimal('0.0359994') },
      rejectReason: '',
    },
    { kind: 'balances', balances: [{ asset: 'USDT', free: decimal('122124.12345678'), locked: decimal('500') }] },
    { kind: 'position', symbol: 'BTCUSDT', side: 'both', qty: decimal('0.04'), entryPx: price('59999') },
  ]);
  expect(gaps).toEqual(['CONNECTED']);
});

it('reports what it cannot read as a gap, and leaves alone what is not its business', async () => {
  const opened = await open();
  await until(() => opened.live);
  tell('{"e":"TRADE_LITE","E":1}');
  tell(recorded('order-trade-update').replace('"0.040"', '"4e-2"'));
  tell('not json');
  await until(() => gaps.length === 3);
  expect(gaps).toEqual(['CONNECTED', 'MALFORMED_EVENT', 'MALFORMED_FRAME']);
  expect(events).toEqual([]);
});

it('takes a new key when the old one expired, and reports every gap', async () => {
  const opened = await open();
  await until(() => opened.live);
  tell('{"e":"listenKeyExpired","E":1,"listenKey":"key1"}');
  await until(() => server.sockets.length === 2 && opened.live);
  expect(gaps).toEqual(['CONNECTED', 'LISTEN_KEY_EXPIRED', 'DISCONNECTED', 'CONNECTED']);
  expect(server.streamUrls.at(-1)).toBe('/private/ws?listenKey=key2');
});

it('VE-A16 has settings compared again when the venue says that they were changed', async () => {
  const opened = await open();
  await until(() => opened.live);
  tell('{"e":"ACCOUNT_CONFIG_UPDATE","E":1,"T":1,"ac":{"s":"BTCUSDT","l":25}}');
  await until(() => gaps.includes('SETTINGS_CHANGED'));
  expect(gaps).toEqual(['CONNECTED', 'SETTINGS_CHANGED']);
  expect(events).toEqual([]);
});

it('extends its key while it runs; an extension that finds no key makes a new one', async () => {
  let extended = 0;
  server.answer = ({ method }) => {
    if (method === 'POST') return { status: 200, body: { listenKey: `key${(made += 1)}` } };
    extended += 1;
    if (extended === 2) return { status: 500, body: 'oops' };
    if (extended < 4) return { status: 200, body: {} };
    return { status: 400, body: { code: -1125, msg: 'This listenKey does not exist.' } };
  };
  const opened = await open({ keepAliveMs: 20, keepAliveRetryMs: 20 });
  await until(() => server.sockets.length >= 2 && opened.live);
  expect(extended).toBeGreaterThanOrEqual(4);
  expect(gaps.slice(0, 4)).toEqual(['CONNECTED', 'LISTEN_KEY_EXPIRED', 'DISCONNECTED', 'CONNECTED']);
});

it('is not live without a key, and tries again', async () => {
  const good = server.answer;
  let refused = 0;
  server.answer = () => ((refused += 1), { status: 401, body: { code: -2015, msg: 'Invalid API-key.' } });
  const opened = await open();
  await until(() => refused >= 2);
  expect([opened.live, server.sockets.length]).toEqual([false, 0]);
  server.answer = good;
  await until(() => opened.live);
  expect(gaps).toEqual(['CONNECTED']);
});

it('connects anew before the venue ends the connection for its age', async () => {
  const opened = await open({ maxAgeMs: 30 });
  await until(() => server.sockets.length >= 2 && opened.live);
  expect(gaps.slice(0, 3)).toEqual(['CONNECTED', 'DISCONNECTED', 'CONNECTED']);
});
