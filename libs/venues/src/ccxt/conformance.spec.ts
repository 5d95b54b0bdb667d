import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { epochMs, price, quantity, type VenueOrderId } from '#domain';
import { mangle } from '../../../../test/support/mangle.js';
import { VENUE_PACKS } from '../../../../test/support/venue-packs/index.js';
import { ID, T0, expectRequest, order, recorded, twoCancels } from '../../../../test/support/venue-packs/pack.js';
import { fenceAtT0, openPackWorld, type PackWorld } from '../../../../test/support/venue-packs/pack-world.js';
import { VenueServer, type Answer, type SeenRequest } from '../../../../test/support/venue-server.js';
import { CLIENT_ORDER_ID_FORMS } from '../client-order-id.js';
import type { AmendRequest, Lookup, Sent, VenueSession } from '../ports.js';
import { CcxtVenue, newExchange } from './ccxt-venue.js';
import { HttpClient } from '../transport/http-client.js';
import { runCall } from '../transport/call-context.js';
import { NOWHERE } from './point-at.js';
import type { CcxtProtocol } from './protocol.js';

interface RecordedError {
  readonly call: 'place' | 'amend' | 'cancel' | 'cancelMany' | 'lookup';
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly expect: { readonly kind: string; readonly code?: string; readonly hint?: string; readonly again?: number };
}

const JUNK = fc.oneof(
  fc.constantFrom(null, {}, [], '', 'NaN', '-1', '1e400', '0x10', 1e308, -0.5, true, '9'.repeat(200)),
  fc.string(),
  fc.double(),
  fc.object({ maxDepth: 1 }),
);

describe.each(VENUE_PACKS)('$name', (pack) => {
  let world: PackWorld;
  let server: VenueServer;
  let venue: CcxtVenue;
  let session: VenueSession;
  let reply: Answer;

  const body = (name: string): unknown => recorded(pack.fixtures, name);
  const fixture = (name: string): Answer => ({ status: 200, body: body(name) });
  const open = (protocol: CcxtProtocol, baseUrl = server.url): Promise<VenueSession> =>
    world.newVenue(protocol, { baseUrl }).connect(pack.account, world.venueClock);
  /** Requests of the call itself, without those for lists that it needs beside. */
  const asked = (): SeenRequest[] => server.requests.filter((one) => (pack.beside?.(one) ?? null) === null);

  beforeAll(async () => {
    world = await openPackWorld();
    ({ server } = world);
    venue = world.newVenue(pack.protocol);
    session = await venue.connect(pack.account, world.venueClock);
  });
  beforeEach(() => {
    world.now = T0;
    reply = fixture(pack.place.reply);
    server.requests.length = 0;
    server.answer = (request) => {
      const beside = pack.beside?.(request) ?? null;
      return beside === null ? reply : fixture(beside);
    };
  });
  afterAll(() => world.close());

  const amendment = (over: Partial<AmendRequest> = {}): AmendRequest => ({
    symbol: pack.symbol,
    clientOrderId: ID,
    venueOrderId: pack.venueOrderId,
    side: 'buy',
    orderQty: quantity('0.08'),
    price: price('60000.2'),
    current: { orderQty: quantity('0.1'), price: price('60000.1') },
    ...over,
  });

  it('has the traits of its row of A4', () => {
    expect(venue.traits).toEqual(pack.traits);
    expect(venue.profile.tier).toBe(2);
    expect(venue.profile.cannotPromise.length).toBeGreaterThan(0);
  });

  it('VE-A1 renders the id in the form the venue takes', async () => {
    await session.place(order(pack.symbol), fenceAtT0());
    const form = CLIENT_ORDER_ID_FORMS[pack.protocol.id];
    const [request] = asked();
    expect(form.accepts.test(pack.renderedId)).toBe(true);
    expect(request?.text === '' ? String(request.query) : request?.text).toContain(pack.renderedId);
  });

  it('VE-A2 leaves no URL of the vendor at any depth, and sends nothing elsewhere', async () => {
    const http = new HttpClient(world.clock);
    const exchange = await newExchange({ protocol: pack.protocol, baseUrl: server.url }, http, {});
    const urls = (node: unknown): string[] =>
      typeof node === 'string' ? [node] : Object.values(node ?? {}).flatMap(urls);
    const outside = urls(exchange.urls).filter(
      (url) => ![new URL(NOWHERE).host, new URL(server.url).host].includes(new URL(url).host),
    );
    expect(outside).toEqual([]);
    expect(urls(exchange.urls).some((url) => url.startsWith(server.url))).toBe(true);
    const record = await runCall({ signedAtMs: T0, replyTimeoutMs: 100 }, () =>
      exchange.fetchImplementation('https://example.com/', {} as never),
    );
    expect(record.exchange).toBeNull();
    http.close();
  });

  describe('place', () => {
    it('sends one signed request with the claim’s time and fence, and reads the acknowledgement', async () => {
      const fresh = await open(pack.protocol); // its nonce is the first
      const sent = await fresh.place(order(pack.symbol), fenceAtT0());
      expect(asked()).toHaveLength(1);
      expectRequest(asked()[0], pack.place.wants);
      expect(pack.signed(asked()[0]!)).toBe(true);
      expect(sent).toMatchObject({ kind: 'done', value: pack.place.gives });
    });

    it.each(['gtc', 'gtx', 'ioc'] as const)('renders %s', async (timeInForce) => {
      await session.place(order(pack.symbol, { timeInForce }), fenceAtT0());
      expectRequest(asked()[0], { ...pack.place.wants, ...pack.timesInForce[timeInForce] });
    });

    it('VE-A18 sends plain digits, and nothing at all when they would differ', async () => {
      const small = order(pack.symbol, { orderQty: quantity('0.0000001'), price: price('123456.70') });
      await session.place(small, fenceAtT0());
      const [request] = asked();
      const text = request?.text === '' ? String(request.query) : (request?.text ?? '');
      expect(text).toMatch(/0\.0000001\b/);
      expect(text).toMatch(/123456\.7\b/);
      expect(text).not.toMatch(/1e-7/i);

      server.requests.length = 0;
      for (const over of [{ orderQty: quantity('0.11') }, { price: price('60000.11') }, { side: 'sell' as const }]) {
        const wrong = await open({
          ...pack.protocol,
          place: (request, at) => pack.protocol.place({ ...request, ...over }, at),
        });
        expect(await wrong.place(order(pack.symbol), fenceAtT0())).toMatchObject({
          kind: 'not_sent',
          why: { code: 'RENDERED_ORDER_DIFFERS' },
        });
      }
      expect(asked()).toEqual([]);
    });

    it('sends nothing when the claim is too old', async () => {
      world.now = T0 + 3_001;
      expect(await session.place(order(pack.symbol), fenceAtT0())).toMatchObject({ why: { code: 'FENCE_PASSED' } });
      world.now = T0;
      const late = fenceAtT0({ sendByMonotonicMs: performance.now() - 1 });
      expect(await session.place(order(pack.symbol), late)).toMatchObject({
        kind: 'not_sent',
        why: { code: 'SEND_BY_PASSED' },
      });
      expect(asked()).toEqual([]);
    });

    it('a refused connection is not_sent', async () => {
      const away = await VenueServer.start();
      away.answer = server.answer;
      const there = await open(pack.protocol, away.url);
      expect((await there.place(order(pack.symbol), fenceAtT0())).kind).toBe('done');
      await away.stop();
      expect(await there.place(order(pack.symbol), fenceAtT0())).toMatchObject({ kind: 'not_sent' });
    });

    it.each([
      ['a reset', 'reset', 'unknown'],
      ['a cut body', 'cut', 'unknown'],
      ['{}', { status: 200, body: {} }, 'unknown'],
      ['null', { status: 200, body: 'null' }, 'unknown'],
      ['half a JSON', { status: 200, body: '{"code":"0","data":[{"ordI' }, 'unknown'],
      ['HTTP 408', { status: 408, body: {} }, 'unknown'],
      ['HTTP 409', { status: 409, body: {} }, 'unknown'],
      ['HTTP 302', { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }, 'unknown'],
      ['HTTP 500', { status: 500, body: {} }, 'unknown'],
      ['HTTP 502 of HTML', { status: 502, body: '<html>' }, 'unknown'],
      ['HTTP 503', { status: 503, body: {} }, 'unknown'],
      ['HTTP 504', { status: 504, body: '' }, 'unknown'],
      ['HTTP 403 of HTML', { status: 403, body: '<html>' }, 'refused'],
      ['HTTP 429', { status: 429, body: '' }, 'refused'],
    ] as const)('VE-A11 %s is asked once', async (_what, answer, kind) => {
      reply = answer;
      const sent = await session.place(order(pack.symbol), fenceAtT0());
      expect(sent.kind).toBe(kind);
      if (sent.kind === 'refused') expect(sent.retryAt).toBeGreaterThan(T0);
      expect(asked()).toHaveLength(1);
    });

    it('S-13 a mangled reply never becomes a refusal or another order', async () => {
      const good = body(pack.place.reply);
      let done = 0;
      await fc.assert(
        fc.asyncProperty(fc.nat(40), JUNK, async (at, junk) => {
          reply = { status: 200, body: JSON.stringify(mangle(good, at, junk)) };
          const sent = await session.place(order(pack.symbol), fenceAtT0());
          expect(['done', 'unknown', 'refused']).toContain(sent.kind);
          // A refusal needs a listed code of the venue, which junk does not hit.
          expect(sent.kind).not.toBe('refused');
          if (sent.kind === 'done') {
            done += 1;
            expect(typeof sent.value.venueOrderId).toBe('string');
            expect(sent.value.venueOrderId).not.toBe('');
          }
        }),
        { numRuns: pack.fuzzRuns ?? 60 },
      );
      expect(done).toBeGreaterThan(0);
    });
  });

  const errors = JSON.parse(readFileSync(`test/fixtures/${pack.fixtures}/errors.json`, 'utf8')) as RecordedError[];
  it.each(
    errors.map(
      (row, at) => [`${row.call} ${at}: HTTP ${row.status} ${JSON.stringify(row.body).slice(0, 90)}`, row] as const,
    ),
  )('A5 %s', async (_name, row) => {
    reply = { status: row.status, body: row.body, headers: row.headers ?? {} };
    const { kind, code, hint, again } = row.expect;
    const answers: Record<RecordedError['call'], () => Promise<Sent<unknown> | Lookup>> = {
      place: () => session.place(order(pack.symbol), fenceAtT0()),
      amend: () => session.amend(amendment(pack.amendable), fenceAtT0()),
      cancel: () => session.cancel({ symbol: pack.symbol, clientOrderId: ID, venueOrderId: pack.venueOrderId }),
      cancelMany: () => session.cancelMany?.(twoCancels(pack)) ?? Promise.reject(new Error('one by one alone')),
      lookup: () => session.findOrder({ symbol: pack.symbol, clientOrderId: ID }),
    };
    const answer = await answers[row.call]();
    if (kind === 'gone') expect(answer).toMatchObject({ kind: 'done', value: { kind: 'gone' } });
    else expect(answer).toMatchObject({ kind, ...(code === undefined ? {} : { why: { code } }) });
    if (answer.kind === 'unknown') expect(answer.hint).toBe(hint);
    if (answer.kind === 'refused') expect(answer.retryAt).toBe(again === undefined ? undefined : T0 + again);
    if (row.call !== 'lookup') expect(asked()).toHaveLength(1);
  });

  it('amends, or says that it cannot', async () => {
    if (pack.amend === undefined) {
      expect(await session.amend(amendment(), fenceAtT0())).toMatchObject({
        kind: 'not_sent',
        why: { code: 'UNSUPPORTED' },
      });
      return expect(asked()).toEqual([]);
    }
    reply = fixture(pack.amend.reply);
    const sent = await session.amend(amendment(pack.amendable), fenceAtT0());
    expect(asked()).toHaveLength(1);
    expectRequest(asked()[0], pack.amend.wants);
    expect(pack.signed(asked()[0]!)).toBe(true);
    if (pack.amend.gives === 'acknowledged') {
      expect(sent).toMatchObject({ kind: 'unknown', why: { code: 'ACKNOWLEDGED' } });
    } else {
      expect(sent).toMatchObject({ kind: 'done', value: pack.amend.gives });
    }
  });

  it('cancels by our id', async () => {
    reply = fixture(pack.cancel.reply);
    const sent = await session.cancel({ symbol: pack.symbol, clientOrderId: ID, venueOrderId: pack.venueOrderId });
    expect(asked()).toHaveLength(1);
    expectRequest(asked()[0], pack.cancel.wants);
    expect(pack.signed(asked()[0]!)).toBe(true);
    expect(sent).toMatchObject({ kind: 'done', value: pack.cancel.gives });
  });

  it('cancels all, or names what it cannot', async () => {
    for (const [symbol, wanted] of [
      [pack.symbol, pack.cancelAll?.symbol],
      [undefined, pack.cancelAll?.all],
    ] as const) {
      server.requests.length = 0;
      if (wanted === undefined) {
        const sent = await session.cancelAll(symbol);
        expect(sent).toMatchObject({ kind: 'not_sent', why: { code: 'UNSUPPORTED' } });
        expect(sent).toMatchObject({ why: { text: expect.stringContaining(pack.protocol.id) } });
        expect(asked()).toEqual([]);
      } else {
        reply = fixture(wanted.reply);
        expect(await session.cancelAll(symbol)).toMatchObject({ kind: 'done', value: wanted.gives });
        expect(asked()).toHaveLength(1);
        expectRequest(asked()[0], wanted.wants);
      }
    }
  });

  describe('look-ups', () => {
    it('finds the order in whichever place has it, and nowhere only after every place', async () => {
      for (const [step, find] of pack.finds.entries()) {
        server.requests.length = 0;
        let turn = -1;
        server.answer = (request) => {
          const beside = pack.beside?.(request) ?? null;
          if (beside !== null) return fixture(beside);
          turn += 1;
          return fixture(turn === step ? find.reply : (pack.empties[turn] ?? 'empty'));
        };
        const found = await session.findOrder({ symbol: pack.symbol, clientOrderId: ID });
        expect(found).toMatchObject({ kind: 'found', order: find.gives });
        expect(asked()).toHaveLength(step + 1);
        expectRequest(asked()[step], find.wants);
        if (pack.unsigned?.includes('lookup') !== true) expect(pack.signed(asked()[step]!)).toBe(true);
      }
      server.requests.length = 0;
      let turn = -1;
      server.answer = (request) => {
        const beside = pack.beside?.(request) ?? null;
        if (beside !== null) return fixture(beside);
        turn += 1;
        return fixture(pack.empties[turn] ?? 'empty');
      };
      expect((await session.findOrder({ symbol: pack.symbol, clientOrderId: ID })).kind).toBe('absent');
      expect(asked()).toHaveLength(pack.finds.length);
    });

    it('takes no other order for ours, and no failure for absence', async () => {
      const theirs = 'f'.repeat(32) as typeof ID;
      reply = fixture(pack.finds[0]!.reply);
      const other = await session.findOrder({ symbol: pack.symbol, clientOrderId: theirs });
      expect(other.kind).not.toBe('found');
      const wrong = await session.findOrder({ symbol: pack.symbol, venueOrderId: '1' as VenueOrderId });
      expect(wrong.kind).not.toBe('found');
      for (const answer of [
        'reset',
        'cut',
        { status: 200, body: {} },
        { status: 404, body: {} },
        { status: 503, body: '' },
      ] as const) {
        reply = answer;
        expect((await session.findOrder({ symbol: pack.symbol, clientOrderId: ID })).kind).toBe('unclear');
      }
    });

    it('S-13 a mangled order is never read as another state without being one', async () => {
      const good = body(pack.finds[0]!.reply);
      await fc.assert(
        fc.asyncProperty(fc.nat(60), JUNK, async (at, junk) => {
          reply = { status: 200, body: JSON.stringify(mangle(good, at, junk)) };
          const found = await session.findOrder({ symbol: pack.symbol, clientOrderId: ID });
          if (found.kind !== 'found') return;
          expect(found.order.clientOrderId).toBe(ID);
          expect(found.order.cumQty.isFinite() && !found.order.cumQty.isNegative()).toBe(true);
          expect(found.order.orderQty.isFinite() && !found.order.orderQty.isNegative()).toBe(true);
        }),
        { numRuns: pack.fuzzRuns ?? 60 },
      );
    });
  });

  it('reads open orders, orders, fills, balances, fees, positions and settings', async () => {
    const open = { ...pack.openOrders, gives: { rows: pack.openOrders.gives, next: null } };
    const reads = [
      ['openOrders', open, () => session.openOrders(pack.symbol)],
      ['ordersSince', pack.ordersSince, () => session.ordersSince(pack.symbol, epochMs(T0), pack.cursor)],
      ['fillsSince', pack.fillsSince, () => session.fillsSince(pack.symbol, epochMs(T0), pack.cursor)],
      ['balances', pack.balances, () => session.balances()],
      ['fees', pack.fees, () => session.fees(pack.symbol)],
      ['settings', pack.settings, () => session.accountSettings()],
      ...(pack.positions === undefined ? [] : ([['positions', pack.positions, () => session.positions()]] as const)),
    ] as const;
    for (const [what, wanted, read] of reads) {
      server.requests.length = 0;
      reply = fixture(wanted.reply);
      const answer = await read();
      expect(answer).toMatchObject({ kind: 'ok' });
      expect(answer.kind === 'ok' && answer.value).toEqual(wanted.gives);
      expect(asked()).toHaveLength(1);
      expectRequest(asked()[0], wanted.wants);
      if (pack.unsigned?.includes(what) !== true) expect(pack.signed(asked()[0]!)).toBe(true);
      for (const broken of [
        { status: 200, body: {} },
        { status: 200, body: '[' },
        { status: 500, body: '' },
        'reset',
      ] as const) {
        reply = broken;
        expect((await read()).kind).toBe('failed');
      }
    }
    if (pack.positions === undefined) {
      server.requests.length = 0;
      expect(await session.positions()).toMatchObject({ kind: 'ok', value: [] });
      expect(asked()).toEqual([]);
    }
  });

  it('changes settings where it can, and names what it cannot', async () => {
    const kinds = new Set((pack.applies ?? []).map(({ change }) => change.kind));
    for (const { change, reply: name, wants } of pack.applies ?? []) {
      server.requests.length = 0;
      reply = fixture(name);
      expect(await session.apply(change)).toMatchObject({ kind: 'done' });
      expectRequest(asked()[0], wants);
    }
    server.requests.length = 0;
    for (const change of [
      { kind: 'hedge_mode', on: true },
      { kind: 'leverage', symbol: pack.symbol, leverage: 5 },
      { kind: 'margin_type', symbol: pack.symbol, marginType: 'isolated' },
    ] as const) {
      if (kinds.has(change.kind)) continue;
      expect(await session.apply(change)).toMatchObject({ kind: 'not_sent', why: { code: 'UNSUPPORTED' } });
    }
    expect(asked()).toEqual([]);
  });

  it('sets the timer that cancels all, or says that there is none', async () => {
    reply = fixture(pack.deadMan?.reply ?? pack.place.reply);
    const sent = await session.setDeadMan?.(60_000);
    if (pack.deadMan === undefined) {
      expect(sent).toMatchObject({ kind: 'not_sent', why: { code: 'UNSUPPORTED' } });
      expect(pack.traits.deadMan).toBeNull();
      expect(asked()).toEqual([]);
      return;
    }
    expect(sent).toMatchObject({ kind: 'done' });
    expect(asked()).toHaveLength(1);
    expectRequest(asked()[0], pack.deadMan.wants);
    expect(pack.signed(asked()[0]!)).toBe(true);
    reply = { status: 200, body: {} };
    expect((await session.setDeadMan?.(0))?.kind).toBe('unknown');
    const { timeoutMs = 0, pingEveryMs = 0 } = pack.traits.deadMan ?? {};
    expect(timeoutMs).toBeGreaterThanOrEqual(2 * pingEveryMs);
  });

  it('calls for comparisons again and again, whatever becomes of the user stream', async () => {
    const gaps: string[] = [];
    const quick = world.newVenue(pack.protocol, { pollEveryMs: 5 });
    const polled = await quick.connect(pack.account, world.venueClock);
    await new Promise<void>((resolve) => {
      polled.userEvents(
        () => undefined,
        ({ reason, detail }) => {
          if (detail === 'polling') gaps.push(reason);
          if (gaps.length === 3) resolve();
        },
      );
    });
    await quick.close();
    expect(gaps).toEqual(['CONNECTED', 'POLL', 'POLL']);
  });
});
