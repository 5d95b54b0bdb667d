import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import { STREAM_PACKS } from '../../../../../test/support/stream-packs/index.js';
import { framesOf, RECEIVED_AT, type Sent } from '../../../../../test/support/stream-packs/pack.js';
import { holdTime, letTimeGo } from '../../../../../test/support/held-time.js';
import { mangle } from '../../../../../test/support/mangle.js';
import { until as untilReal } from '../../../../../test/support/until.js';
import { OFFSET, VENUE } from '../../../../../test/support/venue-packs/pack.js';
import { VenueServer } from '../../../../../test/support/venue-server.js';
import { epochMs } from '#domain';
import type { SpendStreamCall, Subscription, UserEvent, VenueClock } from '../../ports.js';
import { CcxtVenue } from '../ccxt-venue.js';
import { guarded } from '../outcome.js';
import { readJson } from '../read-json.js';
import type { UserStreamTiming } from './ccxt-user-stream.js';
import type { UserFrame } from './protocol.js';

const clock = { now: () => RECEIVED_AT };
const venueClock: VenueClock = {
  now: () => epochMs(RECEIVED_AT + OFFSET),
  offsetMs: () => OFFSET,
  errorMs: () => 5,
};
const JUNK = fc.oneof(
  fc.constantFrom(null, {}, [], '', 'NaN', '-1', '1e400', '0x10', 1e308, -0.5, true, '9'.repeat(200)),
  fc.string(),
  fc.double(),
);

const isPing = (sent: Sent): boolean => sent.op === 'ping' || sent.method === 'ping';

describe.each(STREAM_PACKS)('user stream of $name', (pack) => {
  const frames = framesOf(pack);
  const text = (name: string): string => {
    if (!(name in frames)) throw new Error(`test/fixtures/${pack.fixtures}/user-stream.json has no ${name}`);
    // A number of more digits than a double has stands between #.
    return JSON.stringify(frames[name]).replace(/"#([^#"]+)#"/g, '$1');
  };
  let server: VenueServer;
  let venue: CcxtVenue;
  let asked: Sent[][];
  let events: UserEvent[];
  let gaps: string[];
  let hearsPings: boolean;
  let pass: (ms: number) => void;
  let answers: (sent: Sent, socket: number) => readonly string[];

  beforeAll(async () => {
    server = await VenueServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    server.sockets.length = server.streamUrls.length = server.requests.length = 0;
    asked = [];
    events = [];
    gaps = [];
    answers = pack.answers;
    hearsPings = true;
    server.answer = (request) => pack.rest?.(request) ?? { status: 404, body: '' };
    server.onSocket = (ws) => {
      const mine: Sent[] = [];
      const number = asked.push(mine) - 1;
      ws.on('message', (data: Buffer) => {
        const said = data.toString();
        if (said === 'ping') return hearsPings ? ws.send('pong') : undefined;
        const sent = JSON.parse(said) as Sent;
        if (isPing(sent)) return;
        mine.push(sent);
        for (const name of answers(sent, number)) ws.send(text(name));
      });
    };
  });
  beforeEach(() => {
    pass = holdTime();
  });
  afterEach(async () => {
    letTimeGo();
    await venue.close();
  });

  /** Lets time pass only as far as new attempts need it. */
  const until = (condition: () => boolean): Promise<void> => untilReal(() => (pass(1), condition()));

  async function open(timing: Partial<UserStreamTiming> = {}, spend?: SpendStreamCall): Promise<Subscription> {
    venue = new CcxtVenue({
      id: VENUE,
      protocol: pack.protocol,
      baseUrl: server.url,
      clock,
      pollEveryMs: 60_000,
      streamTiming: { random: () => 0, firstRetryMs: 10, ...timing },
    });
    const session = await venue.connect(pack.account, venueClock);
    return session.userEvents(
      (event) => events.push(event),
      ({ reason, detail }) => {
        if (detail !== 'polling') gaps.push(detail === undefined ? reason : `${reason}: ${detail}`);
      },
      spend,
    );
  }
  const last = (): WebSocket => server.sockets.at(-1) as WebSocket;

  it('pays, logs in, subscribes and calls for a comparison, at one address and at nobody else, until it is closed', async () => {
    const paid: string[] = [];
    let settled = 0;
    const stream = await open({}, (call) => {
      paid.push(call);
      expect(server.streamUrls).toEqual([]);
      if (paid.length === 1) return Promise.reject(new Error('no budget')); // tried again
      return Promise.resolve(() => Promise.resolve(void (settled += 1)));
    });
    expect(stream.live).toBe(false);
    await until(() => stream.live);
    expect([paid, settled]).toEqual([[...pack.pays.slice(0, 1), ...pack.pays], pack.pays.length]);
    expect(server.streamUrls).toEqual([pack.path]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject(pack.asks);
    expect(asked[0]).toHaveLength(pack.asks.length);
    expect(pack.signed(asked[0] ?? [])).toBe(true);
    expect(server.requests.filter((request) => pack.rest?.(request) === undefined)).toEqual([]);

    const code = new Promise((resolve) => last().on('close', resolve));
    await stream.close();
    expect(await code).toBe(1000);
    expect([stream.live, gaps, server.sockets.length]).toEqual([false, ['CONNECTED'], 1]);
  });

  it('reads orders, fills and balances, each once, with times of the venue and of ours', async () => {
    const stream = await open();
    await until(() => stream.live);
    for (const [frame] of pack.story) last().send(text(frame));
    for (const frame of pack.others) last().send(text(frame));
    for (const [frame, made] of pack.story)
      if (made.every(({ kind }) => kind === 'order' || kind === 'fill')) last().send(text(frame));
    last().send('{');
    const less = pack.lessThanHappened ?? [];
    for (const [frame] of less) last().send(text(frame));
    await until(() => gaps.length === 2 + less.length);
    expect(events).toEqual(pack.story.flatMap(([, made]) => made));
    expect(gaps).toEqual(['CONNECTED', 'MALFORMED_FRAME', ...less.map(([, gap]) => gap)]);
    expect(server.sockets).toHaveLength(1);
  });

  it('tells of a lost connection, and subscribes anew', async () => {
    const stream = await open();
    await until(() => stream.live);
    last().terminate();
    await until(() => asked.length === 2 && stream.live);
    expect(gaps).toEqual(['CONNECTED', expect.stringMatching(/^DISCONNECTED: /), 'CONNECTED']);
    expect(asked[1]).toHaveLength(pack.asks.length);
    if (pack.ends === undefined) return;
    last().send(text(pack.ends));
    await until(() => asked.length === 3 && stream.live);
    expect(gaps.slice(3)).toEqual([expect.stringMatching(/^DISCONNECTED: /), 'CONNECTED']);
  });

  it('gives up a connection that answers nothing, not even pings, and has told of the silence', async () => {
    const stream = await open();
    await until(() => stream.live);
    Object.assign(last(), { _autoPong: false });
    hearsPings = false;
    pass(30_000);
    expect(gaps).toEqual(['CONNECTED', 'SILENCE']);
    pass(5_000);
    hearsPings = true;
    await until(() => server.sockets.length === 2 && stream.live);
    expect(gaps).toEqual(['CONNECTED', 'SILENCE', 'DISCONNECTED: silent for 35000 ms', 'CONNECTED']);
  });

  it('is not live while the venue refuses or says nothing, and tells nobody a key', async () => {
    answers = (sent, socket) => (socket === 0 ? pack.refuses(sent) : socket === 1 ? [] : pack.answers(sent));
    const stream = await open();
    await until(() => asked.length === 2 && (asked[1]?.length ?? 0) > 0);
    expect([stream.live, gaps]).toEqual([false, []]);
    pass(10_000);
    await until(() => stream.live);
    expect([asked.length, gaps]).toEqual([3, ['CONNECTED']]);
    expect(pack.secrets.filter((secret) => JSON.stringify(gaps).includes(secret))).toEqual([]);
  });

  it('S-13 acts on no mangled frame, and calls for a comparison instead', () => {
    const protocol = pack.protocol.userStream;
    if (protocol === undefined) throw new Error(`${pack.name} must have a user stream`);
    const account = pack.account.apiKey;
    let read = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...pack.story), fc.nat(80), JUNK, ([name], at, junk) => {
        const reader = protocol.reader(account);
        for (const [before] of pack.story) {
          if (before === name) break;
          reader(readJson(text(before)), RECEIVED_AT);
        }
        const frame = readJson(JSON.stringify(mangle(frames[name], at, junk)));
        const made = guarded<UserFrame>(() => reader(frame, RECEIVED_AT));
        if (!made.ok) return void (refused += 1);
        if (made.value.kind !== 'events') return;
        read += 1;
        for (const event of made.value.events) {
          if (event.kind === 'order') {
            expect(event.order.orderQty.isFinite() && !event.order.orderQty.isNegative()).toBe(true);
            expect(event.order.cumQty.isFinite() && !event.order.cumQty.isNegative()).toBe(true);
          }
          if ((event.kind === 'order' || event.kind === 'fill') && event.fill !== null) {
            expect(event.fill.lastQty.isFinite() && !event.fill.lastQty.isNegative()).toBe(true);
            expect(event.fill.lastPx.isFinite() && event.fill.lastPx.gt(0)).toBe(true);
          }
        }
      }),
      { numRuns: 80 },
    );
    expect(Math.min(read, refused)).toBeGreaterThan(0);
  });
});
