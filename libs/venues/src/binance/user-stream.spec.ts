import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import { decimal, epochMs, price, quantity } from '#domain';
import { holdTime, letTimeGo } from '../../../../test/support/held-time.js';
import { until } from '../../../../test/support/until.js';
import { VenueServer } from '../../../../test/support/venue-server.js';
import type { UserEvent, VenueClock } from '../ports.js';
import { BinanceUserStream, type UserStreamOptions } from './user-stream.js';

const recorded = (name: string): string => readFileSync(`test/fixtures/binance-spot/${name}.json`, 'utf8');
const T0 = 1_764_000_000_000;
const clock = { now: () => epochMs(T0 + 5) };
const venueClock: VenueClock = { now: () => epochMs(T0), offsetMs: () => -5, errorMs: () => 1 };
const ID = '0123456789abcdef0123456789abcdef';

interface Subscribe {
  readonly id: string;
  readonly method: string;
  readonly params: Record<string, string | number>;
}

let server: VenueServer;
let stream: BinanceUserStream | null = null;
let asked: Subscribe[];
let events: UserEvent[];
let gaps: string[];
let answer: (ws: WebSocket, request: Subscribe) => void;

beforeEach(async () => {
  server = await VenueServer.start();
  asked = [];
  events = [];
  gaps = [];
  answer = (ws, { id }) => ws.send(JSON.stringify({ id, status: 200, result: { subscriptionId: 0 }, rateLimits: [] }));
  server.onSocket = (ws) =>
    ws.on('message', (data: Buffer) => {
      const request = JSON.parse(data.toString()) as Subscribe;
      asked.push(request);
      answer(ws, request);
    });
});
afterEach(async () => {
  letTimeGo();
  await stream?.close();
  await server.stop();
});

function open(over: Partial<UserStreamOptions> = {}): BinanceUserStream {
  stream = new BinanceUserStream(
    {
      url: `${server.url.replace('http', 'ws')}/ws-api/v3`,
      apiKey: 'the-key',
      apiSecret: 'the-secret',
      clock,
      venueClock,
      random: () => 0,
      firstRetryMs: 20,
      pingEveryMs: 20,
      ...over,
    },
    (event) => events.push(event),
    ({ reason, detail }) => gaps.push(detail === undefined ? reason : `${reason}: ${detail}`),
  );
  return stream;
}
const last = (): WebSocket => server.sockets.at(-1) as WebSocket;

it('subscribes with a signature over the parameters by name, and calls for a reconciliation', async () => {
  const opened = open();
  expect(opened.live).toBe(false);
  await until(() => opened.live);
  expect(server.streamUrls).toEqual(['/ws-api/v3']);
  const signed = `apiKey=the-key&recvWindow=5000&timestamp=${T0}`;
  expect(asked).toEqual([
    {
      id: '1',
      method: 'userDataStream.subscribe.signature',
      params: {
        apiKey: 'the-key',
        recvWindow: 5_000,
        timestamp: T0,
        signature: createHmac('sha256', 'the-secret').update(signed).digest('hex'),
      },
    },
  ]);
  expect(gaps).toEqual(['CONNECTED']);
});

it('pays for its connection and its subscription before it asks, each time anew', async () => {
  const paid: string[] = [];
  const spend = (call: string) => {
    paid.push(call);
    return Promise.resolve(() => Promise.resolve(void paid.push(`${call} answered`)));
  };
  const opened = open({ spend });
  await until(() => opened.live);
  const each = [
    'WS connect',
    'WS connect answered',
    'WS userDataStream.subscribe',
    'WS userDataStream.subscribe answered',
  ];
  expect(paid.toSorted()).toEqual(each.toSorted());
  last().terminate();
  await until(() => !opened.live);
  await until(() => opened.live);
  expect(paid.toSorted()).toEqual([...each, ...each].toSorted());
});

it('asks for nothing while it may not pay', async () => {
  const opened = open({ spend: () => new Promise(() => undefined) });
  await opened.close();
  expect([server.streamUrls, asked]).toEqual([[], []]);
});

it('reads fills, cancels under the id of the order, and balances', async () => {
  const opened = open();
  await until(() => opened.live);
  for (const name of ['execution-report-trade', 'execution-report-canceled', 'account-position']) {
    last().send(recorded(name));
  }
  await until(() => events.length === 3);
  const base = {
    clientOrderId: ID,
    venueOrderId: '28',
    symbol: 'BTCUSDT',
    side: 'buy',
    orderQty: quantity('0.1'),
    avgPx: price('59999'),
  };
  expect(events).toEqual([
    {
      kind: 'order',
      executionId: '101',
      order: { ...base, status: 'working', cumQty: quantity('0.03'), price: price('60000.1'), updatedAt: T0 + 123 },
      rejectReason: '',
      placedAt: epochMs(T0 + 100),
      fill: {
        symbol: 'BTCUSDT',
        clientOrderId: ID,
        venueOrderId: '28',
        tradeId: '56',
        lastQty: quantity('0.03'),
        lastPx: price('59999'),
        role: 'maker',
        fee: decimal('0.00003'),
        feeAsset: 'BTC',
        tradedAt: T0 + 123,
      },
      venueAt: T0 + 130,
      receivedAt: T0 + 5,
    },
    {
      kind: 'order',
      executionId: '103',
      order: { ...base, status: 'canceled', cumQty: quantity('0.04'), price: price('60000.1'), updatedAt: T0 + 789 },
      rejectReason: '',
      placedAt: epochMs(T0 + 100),
      fill: null,
      venueAt: T0 + 799,
      receivedAt: T0 + 5,
    },
    {
      kind: 'balances',
      balances: [
        { asset: 'BTC', free: decimal('4.72384689'), locked: decimal('0.1') },
        { asset: 'USDT', free: decimal('999.5'), locked: decimal('0') },
      ],
      venueAt: T0 + 130,
    },
  ]);
  expect(gaps).toEqual(['CONNECTED']);
});

it.each([
  ['the venue ends the stream', () => last().send('{"subscriptionId":0,"event":{"e":"eventStreamTerminated","E":1}}')],
  ['the connection is cut', () => last().terminate()],
])('subscribes anew and reports both gaps when %s', async (_, cut) => {
  const opened = open();
  await until(() => opened.live);
  cut();
  await until(() => asked.length === 2 && opened.live);
  expect(gaps).toEqual(['CONNECTED', expect.stringMatching(/^DISCONNECTED: /), 'CONNECTED']);
});

it('drops a connection that answers nothing, not even pings', async () => {
  server.onSocket = (ws) => {
    if (server.sockets.length === 1) Object.assign(ws, { _autoPong: false });
    ws.on('message', (data: Buffer) => answer(ws, JSON.parse(data.toString()) as Subscribe));
  };
  const pass = holdTime();
  const opened = open({ deadAfterMs: 150 });
  await until(() => opened.live);
  pass(300);
  await until(() => server.sockets.length === 2 && opened.live);
  expect(gaps).toEqual(['CONNECTED', expect.stringMatching(/^DISCONNECTED: silent for \d+ ms$/), 'CONNECTED']);
});

it('is not live while the subscription is refused or unanswered', async () => {
  answer = (ws, { id }) => {
    if (asked.length === 1) ws.send(JSON.stringify({ id, status: 400, error: { code: -1022, msg: 'Signature' } }));
    if (asked.length === 3) ws.send(JSON.stringify({ id, status: 200, result: { subscriptionId: 3 } }));
  };
  const pass = holdTime();
  const opened = open({ subscribeTimeoutMs: 50 });
  await until(() => (pass(1), asked.length === 2)); // one was refused
  expect(opened.live).toBe(false);
  await until(() => (pass(1), asked.length === 3)); // one was not answered
  await until(() => opened.live);
  expect([asked.length, gaps]).toEqual([3, ['CONNECTED']]);
});

it('reports silence again and again', async () => {
  const opened = open({ silenceMs: 40 });
  await until(() => opened.live && gaps.filter((gap) => gap === 'SILENCE').length >= 2);
});

it('S-13 turns what it cannot read into a gap, not into a guess', async () => {
  const opened = open();
  await until(() => opened.live);
  const trade = JSON.parse(recorded('execution-report-trade')) as { event: object };
  const frames = [
    '{',
    '[]',
    '{"event":{"e":"executionReport"}}',
    JSON.stringify({ event: { ...trade.event, X: 'TELEPORTED' } }),
    JSON.stringify({ event: { ...trade.event, l: '-1' } }),
    JSON.stringify({ event: { ...trade.event, L: '0' } }),
    JSON.stringify({ event: { ...trade.event, i: 2 ** 60 } }),
    '{"event":{"e":"outboundAccountPosition","E":1,"B":[{"a":"BTC","f":"NaN","l":"0"}]}}',
  ];
  for (const frame of frames) last().send(frame);
  await until(() => gaps.length === 1 + frames.length);
  last().send('{"event":{"e":"balanceUpdate","E":1}}'); // not ours, not a gap
  last().send(recorded('execution-report-trade'));
  await until(() => events.length === 1);
  expect(gaps).toHaveLength(1 + frames.length);
  expect(server.sockets).toHaveLength(1);
});

it('takes events of a venue whose clock is known to be minutes from ours', async () => {
  const opened = open({ clock: { now: () => epochMs(T0 - 600_000) } });
  await until(() => opened.live);
  last().send(recorded('execution-report-trade'));
  await until(() => events.length > 0);
  expect([events.length, gaps]).toEqual([1, ['CONNECTED']]);
});

it('closes cleanly and stays closed', async () => {
  holdTime(); // by force after a second
  const opened = open();
  await until(() => opened.live);
  const code = new Promise((resolve) => last().on('close', resolve));
  await opened.close();
  expect(await code).toBe(1000);
  expect([opened.live, gaps]).toEqual([false, ['CONNECTED']]);
});

it.each([
  ['of a day from now', { E: T0 + 86_400_000 }],
  ['of 1970', { T: 0 }],
  ['of 2100', { T: 4_102_444_800_000 }],
  ['of a fill of nothing', { l: '0.00000000' }],
  ['of a fill larger than all that is filled', { l: '0.05000000' }],
  ['of a fill below zero', { l: '-0.03000000' }],
  ['of a price of nothing', { L: '0.00000000' }],
])('S-13 books no report %s, and asks for a comparison instead', async (_what, over) => {
  const opened = open();
  await until(() => opened.live);
  const frame = JSON.parse(recorded('execution-report-trade')) as { event: object };
  last().send(JSON.stringify({ ...frame, event: { ...frame.event, ...over } }));
  await until(() => gaps.some((gap) => gap.startsWith('MALFORMED_EVENT')));
  last().send(recorded('account-position'));
  await until(() => events.length > 0);
  expect(events.map((event) => (event as { kind: string }).kind)).toEqual(['balances']);
});
