import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { price, quantity } from '#domain';
import { VENUE_PACKS } from '../../../../test/support/venue-packs/index.js';
import { T0, VENUE, expectRequest, recorded } from '../../../../test/support/venue-packs/pack.js';
import { openPackWorld, type PackWorld } from '../../../../test/support/venue-packs/pack-world.js';
import type { Answer, VenueServer } from '../../../../test/support/venue-server.js';
import { runCall } from '../transport/call-context.js';
import { HttpClient } from '../transport/http-client.js';
import { newExchange, type CcxtVenue } from './ccxt-venue.js';

describe.each(VENUE_PACKS)('$name', (pack) => {
  let world: PackWorld;
  let server: VenueServer;
  let venue: CcxtVenue;
  const body = (name: string): unknown => recorded(pack.fixtures, name);
  const fixture = (name: string): Answer => ({ status: 200, body: body(name) });

  beforeAll(async () => {
    world = await openPackWorld();
    ({ server } = world);
    venue = world.newVenue(pack.protocol);
  });
  afterAll(() => world.close());

  it('reads time, instruments, book and trades without a key', async () => {
    const { protocol } = pack;
    const reads = [
      [pack.time, protocol.venueTime],
      [pack.instruments, protocol.instruments(VENUE)],
      [pack.book, protocol.book(pack.symbol)],
      [pack.trades, protocol.trades(pack.symbol)],
    ] as const;
    for (const [wanted, ask] of reads) {
      server.requests.length = 0;
      server.answer = () => fixture(wanted.reply);
      const answer = await venue.ask<unknown>(ask);
      expect(answer.kind === 'ok' ? undefined : answer.why).toBeUndefined();
      const listed = [wanted.gives].flat().map((instrument, at) => ({
        instrument,
        asset: pack.assets?.[at] ?? null,
      }));
      expect(answer.kind === 'ok' && answer.value).toEqual(wanted === pack.instruments ? listed : wanted.gives);
      expect(server.requests).toHaveLength(1);
      expectRequest(server.requests[0], wanted.wants);
      server.answer = () => ({ status: 200, body: {} });
      expect((await venue.ask<unknown>(ask)).kind).toBe('failed');
    }
  });

  it('reads the mark and the funding of perpetuals, and has none on spot', async () => {
    const { mark, protocol, symbol } = pack;
    expect([mark !== undefined, protocol.marks !== undefined]).toEqual(
      Array.from({ length: 2 }, () => protocol.profile.product === 'linear'),
    );
    if (mark === undefined || protocol.marks === undefined) return;
    server.requests.length = 0;
    server.answer = () => fixture(mark.reply);
    const answer = await venue.ask(protocol.marks.ask(symbol));
    expect(answer.kind === 'ok' && answer.value.get(symbol)).toEqual(mark.gives);
    expectRequest(server.requests[0], mark.wants);
    for (const broken of [
      { status: 200, body: {} },
      { status: 200, body: '[' },
    ] as const) {
      server.answer = () => broken;
      expect((await venue.ask(protocol.marks.ask(symbol))).kind).toBe('failed');
    }
  });

  it('agrees with what ccxt itself reads from the same payloads', async () => {
    const http = new HttpClient(world.clock);
    const exchange = await newExchange({ protocol: pack.protocol, baseUrl: server.url }, http, {});
    http.close();
    const read = async (name: string, raw: (body: never) => unknown, method: string) => {
      let parsed: Record<string, unknown> = {};
      await runCall({ signedAtMs: T0, replyTimeoutMs: 1 }, () => {
        const market = (exchange.safeMarketStructure as (over: unknown) => unknown).call(exchange, pack.ccxt.market);
        (exchange.setMarkets as (markets: unknown[]) => unknown).call(exchange, [market]);
        const parse = exchange[method] as (raw: unknown, market: unknown) => Record<string, unknown>;
        parsed = parse.call(exchange, raw(body(name) as never), market);
        return Promise.resolve();
      });
      return parsed;
    };
    const theirs = await read(pack.ccxt.order.reply, pack.ccxt.order.raw, 'parseOrder');
    const ours = pack.finds[0]!.gives;
    expect(theirs.id).toBe(ours.venueOrderId);
    if (theirs.side !== undefined) expect(theirs.side).toBe(ours.side);
    expect(theirs.status).toBe('open');
    for (const [field, value] of [
      ['amount', ours.orderQty],
      ['filled', ours.cumQty],
      ['price', ours.price],
    ] as const) {
      expect(quantity(String(theirs[field])).eq(value!)).toBe(true);
    }
    expect(theirs.clientOrderId).toBe(pack.ccxt.knowsClientId === false ? undefined : pack.renderedId);

    const fill = await read(pack.ccxt.fill.reply, pack.ccxt.fill.raw, 'parseTrade');
    const mine = pack.fillsSince.gives.rows[0]!;
    expect(fill.order).toBe(mine.venueOrderId);
    expect(fill.id).toBe(mine.tradeId);
    expect(quantity(String(fill.amount)).eq(mine.lastQty)).toBe(true);
    expect(price(String(fill.price)).eq(mine.lastPx)).toBe(true);
    expect(fill.timestamp).toBe(mine.tradedAt);
    if (fill.takerOrMaker !== undefined) expect(fill.takerOrMaker).toBe(mine.role);
  });
});
