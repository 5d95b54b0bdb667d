import { addMs, epochMs, price, quantity, type Clock, type Instrument, type VenueId } from '#domain';
import type { z } from 'zod';
import { withScheme } from '../../ccxt/point-at.js';
import type { Feed, FeedMessage, PublicTrade } from '../../feed-port.js';
import type { Read, Subscription, VenueSymbol } from '../../ports.js';
import { backoffMs, type Random } from '../../transport/backoff.js';
import type { CallRecord } from '../../transport/call-context.js';
import { HttpClient } from '../../transport/http-client.js';
import { LiveSocket } from '../../transport/live-socket.js';
import { SPOT_ERRORS } from '../classify-error.js';
import { decode, parseJson } from '../decode.js';
import * as map from '../map.js';
import { failureOf, readFailure, successOf } from '../outcome.js';
import * as wire from '../wire-schemas.js';
import { FEED_TIMING, SymbolFeed, type FeedTiming, type Want } from './symbol-feed.js';

export interface BinanceSpotFeedOptions {
  readonly venue: VenueId;
  readonly baseUrl: string;
  /** Where streams are, if not at the same host and port. */
  readonly streamUrl?: string;
  readonly clock: Clock;
  readonly random?: Random;
  readonly timing?: Partial<FeedTiming>;
  /** Default 1,000 ms. */
  readonly pingEveryMs?: number;
  /** Default 1,000 ms: first wait after a failed snapshot or connection; doubles to 30 s. */
  readonly firstRetryMs?: number;
}

type Channel = 'book' | 'trades';

interface Subscriber {
  readonly feed: SymbolFeed;
  readonly channels: ReadonlySet<Channel>;
  readonly emit: (message: FeedMessage) => void;
  snapshotFailures: number;
  snapshotPending: boolean;
}

/** Attempts in a row that must fail before the feed counts as down (A8). */
const DOWN_AFTER = 5;
const CHECK_EVERY_MS = 250;
/** New symbols are asked for together: the venue takes five messages a second. */
const SUBSCRIBE_DELAY_MS = 250;
const SNAPSHOT_DEPTH = 1_000;

/** Public market data of a venue that speaks the Binance spot protocol, all symbols over one connection. */
export class BinanceSpotFeed implements Feed {
  readonly venue: VenueId;
  private readonly http: HttpClient;
  private readonly socket: LiveSocket;
  private readonly timing: FeedTiming;
  private readonly random: Random;
  private readonly subscribers = new Set<Subscriber>();
  /** Streams that the present connection carries. */
  private subscribed = new Set<string>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private checker: NodeJS.Timeout | null = null;
  private joining: NodeJS.Timeout | null = null;
  private requestId = 0;
  /** Monotonic; the venue asked for silence on REST until then. */
  private restClosedUntil = 0;

  constructor(private readonly options: BinanceSpotFeedOptions) {
    this.venue = options.venue;
    this.http = new HttpClient(options.clock);
    this.timing = { ...FEED_TIMING, ...options.timing };
    this.random = options.random ?? Math.random;
    this.socket = new LiveSocket({
      url: () => this.streamUrl(),
      onOpen: () => this.opened(),
      onText: (text) => this.receive(text),
      onAlive: () => this.alive(),
      onDown: (reason, failures) => this.lost(reason, failures),
      pingEveryMs: options.pingEveryMs ?? 1_000,
      deadAfterMs: this.timing.staleAfterMs + this.timing.reconnectAfterMs,
      firstRetryMs: options.firstRetryMs ?? 1_000,
      random: this.random,
    });
  }

  instruments(): Promise<Read<readonly Instrument[]>> {
    return this.get('/api/v3/exchangeInfo', wire.exchangeInfoBody, ({ symbols }) =>
      map.instruments(this.venue, symbols),
    );
  }

  recentTrades(symbol: VenueSymbol): Promise<Read<readonly PublicTrade[]>> {
    return this.get(`/api/v3/trades?symbol=${encodeURIComponent(symbol)}&limit=1000`, wire.publicTradesBody, (rows) =>
      rows
        .toSorted((a, b) => a.id - b.id)
        .map((row) => ({
          id: String(row.id),
          price: price(row.price),
          qty: quantity(row.qty),
          aggressor: row.isBuyerMaker ? 'sell' : 'buy',
          venueAt: epochMs(row.time),
        })),
    );
  }

  subscribe(
    symbol: VenueSymbol,
    channels: readonly Channel[],
    onMessage: (message: FeedMessage) => void,
  ): Subscription {
    const wanted = new Set(channels);
    const feed = new SymbolFeed(symbol, wanted.has('book'), this.timing, onMessage);
    const subscriber = { feed, channels: wanted, emit: onMessage, snapshotFailures: 0, snapshotPending: false };
    this.subscribers.add(subscriber);
    this.checker ??= setInterval(() => this.check(), CHECK_EVERY_MS);
    // Symbols that are subscribed in one go connect in one go.
    this.joining ??= setTimeout(() => this.join(), this.socket.isOpen ? SUBSCRIBE_DELAY_MS : 0);
    return {
      get live() {
        return feed.status === 'live';
      },
      close: () => {
        this.subscribers.delete(subscriber);
        this.leave();
        return Promise.resolve();
      },
    };
  }

  async close(): Promise<void> {
    this.subscribers.clear();
    if (this.checker !== null) clearInterval(this.checker);
    if (this.joining !== null) clearTimeout(this.joining);
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    await this.socket.close();
    this.http.close();
  }

  private streams(): Set<string> {
    const names = new Set<string>();
    for (const { feed, channels } of this.subscribers) {
      const symbol = feed.symbol.toLowerCase();
      if (channels.has('book')) names.add(`${symbol}@depth@100ms`);
      if (channels.has('trades')) names.add(`${symbol}@trade`);
    }
    return names;
  }

  private streamUrl(): string {
    this.subscribed = this.streams();
    return `${withScheme(this.options.streamUrl ?? this.options.baseUrl, true)}/stream?streams=${[...this.subscribed].join('/')}`;
  }

  /** Connects, or adds streams to the connection that stands. */
  private join(): void {
    this.joining = null;
    if (!this.socket.isOpen) return this.socket.start();
    const missing = [...this.streams()].filter((name) => !this.subscribed.has(name));
    this.request('SUBSCRIBE', missing);
    for (const name of missing) this.subscribed.add(name);
    for (const subscriber of this.subscribers) {
      if (subscriber.feed.status === 'connecting') this.act(subscriber, subscriber.feed.opened(performance.now()));
    }
  }

  private leave(): void {
    const wanted = this.streams();
    const surplus = [...this.subscribed].filter((name) => !wanted.has(name));
    this.request('UNSUBSCRIBE', surplus);
    this.subscribed = wanted;
  }

  private request(method: 'SUBSCRIBE' | 'UNSUBSCRIBE', params: readonly string[]): void {
    if (params.length === 0) return;
    this.requestId += 1;
    this.socket.send(JSON.stringify({ method, params, id: this.requestId }));
  }

  private opened(): void {
    const at = performance.now();
    for (const subscriber of this.subscribers) this.act(subscriber, subscriber.feed.opened(at));
    // Symbols that came while the connection was being made.
    if ([...this.streams()].some((name) => !this.subscribed.has(name))) this.join();
  }

  private lost(reason: string, failures: number): void {
    for (const { feed } of this.subscribers) feed.lost(reason, failures >= DOWN_AFTER);
  }

  private alive(): void {
    const at = performance.now();
    for (const { feed } of this.subscribers) feed.heard(at);
  }

  private check(): void {
    const at = performance.now();
    const silentMs = this.socket.isOpen ? at - this.socket.lastHeardAt : 0;
    for (const subscriber of this.subscribers) this.act(subscriber, subscriber.feed.check(at, silentMs));
  }

  private act(subscriber: Subscriber, want: Want): void {
    if (want === 'snapshot') void this.fetchSnapshot(subscriber);
    else if (want === 'reconnect') this.socket.reconnect(`${subscriber.feed.symbol} is stale`);
  }

  /** A frame that cannot be read is dropped: a lost delta shows as a gap, which heals itself. */
  private receive(text: string): void {
    const frame = wire.streamFrame.safeParse(parseJson(text));
    if (!frame.success) return;
    const { data } = frame.data;
    if (data.e === 'depthUpdate') {
      const event = decode(wire.depthEvent, readDelta, data);
      if (event.ok)
        this.each(event.value.symbol, 'book', (s) => this.act(s, s.feed.delta(event.value, performance.now())));
    } else if (data.e === 'trade') {
      const event = decode(wire.tradeEvent, readTrade, data);
      if (event.ok) this.each(event.value.symbol, 'trades', (s) => s.emit(event.value.message));
    }
  }

  private each(symbol: string, channel: Channel, act: (subscriber: Subscriber) => void): void {
    for (const subscriber of this.subscribers) {
      if (subscriber.feed.symbol === symbol && subscriber.channels.has(channel)) act(subscriber);
    }
  }

  private async fetchSnapshot(subscriber: Subscriber): Promise<void> {
    if (subscriber.snapshotPending) return;
    subscriber.snapshotPending = true;
    const { symbol } = subscriber.feed;
    const reply = await this.get(
      `/api/v3/depth?symbol=${encodeURIComponent(symbol)}&limit=${SNAPSHOT_DEPTH}`,
      wire.depthBody,
      (body) => ({
        lastUpdateId: body.lastUpdateId,
        bids: map.bookLevels(body.bids),
        asks: map.bookLevels(body.asks),
      }),
    );
    subscriber.snapshotPending = false;
    if (!this.subscribers.has(subscriber)) return; // closed meanwhile
    const at = performance.now();
    if (reply.kind === 'ok') subscriber.feed.snapshot(reply.value, at);
    else subscriber.feed.snapshotFailed(at);
    if (!subscriber.feed.waitsForSnapshot) {
      subscriber.snapshotFailures = 0;
      return;
    }
    if (!this.socket.isOpen) return; // the next connection asks anew
    const wait = backoffMs(subscriber.snapshotFailures, this.random, this.options.firstRetryMs);
    subscriber.snapshotFailures += 1;
    this.later(wait, () => void this.fetchSnapshot(subscriber));
  }

  private later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, ms);
    this.timers.add(timer);
  }

  /** One public read. After a rate refusal nothing is asked until the venue's time is up. */
  private async get<Schema extends z.ZodType, T>(
    path: string,
    schema: Schema,
    toValue: (body: z.output<Schema>) => T,
  ): Promise<Read<T>> {
    const waitMs = this.restClosedUntil - performance.now();
    if (waitMs > 0) {
      return {
        kind: 'failed',
        why: { code: 'RATE_CLOSED', text: `the venue asked for silence, ${Math.ceil(waitMs)} ms are left` },
        retryAt: addMs(this.options.clock.now(), waitMs),
      };
    }
    const exchange = await this.http.send({
      url: withScheme(this.options.baseUrl, false) + path,
      method: 'GET',
      headers: {},
      body: null,
      replyTimeoutMs: 10_000,
    });
    const record: CallRecord = { exchange, stopped: null };
    const reply = successOf(record);
    if (reply === null) {
      const failure = failureOf(SPOT_ERRORS, 'lookup', record, this.options.clock);
      if (failure.retryAt !== null) {
        this.restClosedUntil = performance.now() + (failure.retryAt - this.options.clock.now());
      }
      return readFailure(failure);
    }
    const value = decode(schema, toValue, reply.body);
    return value.ok
      ? { kind: 'ok', value: value.value, meta: reply.meta }
      : { kind: 'failed', why: value.error, meta: reply.meta };
  }
}

function readDelta(event: z.output<typeof wire.depthEvent>) {
  return {
    symbol: event.s,
    first: event.U,
    last: event.u,
    bids: map.bookLevels(event.b),
    asks: map.bookLevels(event.a),
  };
}

function readTrade(event: z.output<typeof wire.tradeEvent>) {
  return {
    symbol: event.s,
    message: {
      type: 'trade',
      id: String(event.t),
      price: price(event.p),
      qty: quantity(event.q),
      aggressor: event.m ? 'sell' : 'buy',
      venueAt: epochMs(event.T),
    } satisfies FeedMessage,
  };
}
