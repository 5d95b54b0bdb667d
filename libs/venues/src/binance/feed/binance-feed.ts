import { addMs, epochMs, price, quantity, type Clock, type Instrument, type Result, type VenueId } from '#domain';
import { withScheme } from '../../ccxt/point-at.js';
import { outcomeOf, type SpendCall, type TellPaidCall } from '../../budget/call-spender.js';
import type { Feed, FeedChannel, FeedMessage, PublicTrade } from '../../feed-port.js';
import type { Cause, Read, Subscription, VenueSymbol } from '../../ports.js';
import { backoffMs, type Random } from '../../transport/backoff.js';
import { HttpClient } from '../../transport/http-client.js';
import { decode, parseJson } from '../decode.js';
import * as map from '../map.js';
import { readPublic } from '../public-read.js';
import * as wire from '../wire-schemas.js';
import type { FeedWire } from './feed-wire.js';
import { StreamDoor } from './stream-door.js';
import { FEED_TIMING, SymbolFeed, type FeedTiming, type Want } from './symbol-feed.js';

export interface BinanceFeedOptions {
  readonly venue: VenueId;
  readonly baseUrl: string;
  /** Where streams are, if not at the same host and port. */
  readonly streamUrl?: string;
  readonly clock: Clock;
  /** Pays for each public call before it is made; without it, calls are free. */
  readonly spend?: SpendCall;
  readonly random?: Random;
  readonly timing?: Partial<FeedTiming>;
  /** Default 1,000 ms. */
  readonly pingEveryMs?: number;
  /** Default 1,000 ms: first wait after a failed snapshot or connection; doubles to 30 s. */
  readonly firstRetryMs?: number;
}

interface Subscriber {
  readonly feed: SymbolFeed;
  readonly channels: ReadonlySet<FeedChannel>;
  /** The connection that its status is told by: that of its first channel. */
  readonly door: StreamDoor | undefined;
  readonly emit: (message: FeedMessage) => void;
  snapshotFailures: number;
  snapshotPending: boolean;
}

/** Attempts in a row that must fail before the feed counts as down (A8). */
const DOWN_AFTER = 5;
const CHECK_EVERY_MS = 250;
const SNAPSHOT_DEPTH = 1_000;
const TRADES = 1_000;

/** Public market data of a product of Binance, all symbols over one connection for each of the product's addresses. */
export class BinanceFeed implements Feed {
  readonly venue: VenueId;
  readonly channels: ReadonlySet<FeedChannel>;
  readonly tradeIds = 'numbers';
  private readonly http: HttpClient;
  private readonly doors: ReadonlyMap<string, StreamDoor>;
  private readonly timing: FeedTiming;
  private readonly random: Random;
  private readonly subscribers = new Set<Subscriber>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private checker: NodeJS.Timeout | null = null;
  /** Monotonic; the venue asked for silence on REST until then. */
  private restClosedUntil = 0;

  constructor(
    private readonly wire: FeedWire,
    private readonly options: BinanceFeedOptions,
  ) {
    this.venue = options.venue;
    this.channels = new Set([...wire.doors.values()].flat());
    this.http = new HttpClient(options.clock);
    this.timing = { ...FEED_TIMING, ...options.timing };
    this.random = options.random ?? Math.random;
    this.doors = new Map([...wire.doors].map(([path, channels]) => [path, this.makeDoor(path, channels)]));
  }

  instruments(): Promise<Read<readonly Instrument[]>> {
    return this.get(this.wire.calls.instruments, `${this.wire.root}/exchangeInfo`, (reply) =>
      this.wire.readInstruments(this.venue, reply),
    );
  }

  recentTrades(symbol: VenueSymbol): Promise<Read<readonly PublicTrade[]>> {
    const path = `${this.wire.root}/trades?symbol=${encodeURIComponent(symbol)}&limit=${TRADES}`;
    return this.get(
      this.wire.calls.trades,
      path,
      (reply) =>
        decode(
          wire.publicTradesBody,
          (rows) =>
            rows
              .toSorted((a, b) => a.id - b.id)
              .map((row): PublicTrade => ({
                id: String(row.id),
                price: price(row.price),
                qty: quantity(row.qty),
                aggressor: row.isBuyerMaker ? 'sell' : 'buy',
                venueAt: epochMs(row.time),
              })),
          reply,
        ),
      { limit: TRADES },
    );
  }

  subscribe(
    symbol: VenueSymbol,
    channels: readonly FeedChannel[],
    onMessage: (message: FeedMessage) => void,
  ): Subscription {
    const doors = [...this.wire.doors].filter(([, served]) => channels.some((channel) => served.includes(channel)));
    const { timing } = this;
    const isQuick = channels.includes('bbo') && !channels.includes('book');
    const staleAfterMs = isQuick ? timing.quotesStaleAfterMs : timing.staleAfterMs;
    const feed = new SymbolFeed(symbol, channels.includes('book'), { ...timing, staleAfterMs }, onMessage);
    const subscriber: Subscriber = {
      feed,
      channels: new Set(channels),
      door: this.doors.get(doors[0]?.[0] ?? ''),
      emit: onMessage,
      snapshotFailures: 0,
      snapshotPending: false,
    };
    this.subscribers.add(subscriber);
    this.checker ??= setInterval(() => this.check(), CHECK_EVERY_MS);
    for (const [path] of doors) this.doors.get(path)?.more();
    return {
      get live() {
        return feed.status === 'live';
      },
      close: () => {
        this.subscribers.delete(subscriber);
        for (const [path] of doors) this.doors.get(path)?.less();
        return Promise.resolve();
      },
    };
  }

  async close(): Promise<void> {
    this.subscribers.clear();
    if (this.checker !== null) clearInterval(this.checker);
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    await Promise.all([...this.doors.values()].map((door) => door.close()));
    this.http.close();
  }

  private makeDoor(path: string, served: readonly FeedChannel[]): StreamDoor {
    const { options } = this;
    const { connect } = this.wire.calls;
    const { spend } = options;
    const own = (): Subscriber[] => [...this.subscribers].filter(({ door: theirs }) => theirs === door);
    const open = (): void => {
      for (const subscriber of own()) this.act(subscriber, subscriber.feed.opened(performance.now()));
    };
    const door: StreamDoor = new StreamDoor({
      address: `${withScheme(options.streamUrl ?? options.baseUrl, true)}${path}/stream`,
      wanted: () => this.streams(served),
      pay: spend === undefined || connect === null ? undefined : () => spend(connect),
      onOpen: open,
      onJoined: () => {
        for (const subscriber of own()) {
          if (subscriber.feed.status !== 'connecting') continue;
          this.act(subscriber, subscriber.feed.opened(performance.now()));
        }
      },
      onText: (text) => this.receive(text),
      onAlive: () => {
        for (const { feed } of own()) feed.heard(performance.now());
      },
      onDown: (reason, failures) => {
        for (const { feed } of own()) feed.lost(reason, failures >= DOWN_AFTER);
      },
      pingEveryMs: options.pingEveryMs ?? 1_000,
      deadAfterMs: this.timing.staleAfterMs + this.timing.reconnectAfterMs,
      firstRetryMs: options.firstRetryMs ?? 1_000,
      random: this.random,
    });
    return door;
  }

  private streams(served: readonly FeedChannel[]): Set<string> {
    const names = new Set<string>();
    for (const { feed, channels } of this.subscribers) {
      for (const channel of served) if (channels.has(channel)) names.add(this.wire.streamOf(channel, feed.symbol));
    }
    return names;
  }

  private check(): void {
    const at = performance.now();
    for (const subscriber of this.subscribers) {
      this.act(subscriber, subscriber.feed.check(at, subscriber.door?.silentMs ?? 0));
    }
  }

  private act(subscriber: Subscriber, want: Want): void {
    if (want === 'snapshot') void this.fetchSnapshot(subscriber);
    else if (want === 'reconnect') subscriber.door?.reconnect(`${subscriber.feed.symbol} is stale`);
  }

  /** A frame that cannot be read is dropped: a lost delta shows as a gap, which heals itself. */
  private receive(text: string): void {
    const frame = wire.streamFrame.safeParse(parseJson(text));
    if (!frame.success) return;
    const event = this.wire.readEvent(frame.data.stream, frame.data.data);
    if (event === null || !event.ok) return;
    const { value } = event;
    for (const subscriber of this.subscribers) {
      if (subscriber.feed.symbol !== value.symbol || !subscriber.channels.has(value.channel)) continue;
      if (value.channel === 'book') this.act(subscriber, subscriber.feed.delta(value.delta, performance.now()));
      else subscriber.emit(value.message);
    }
  }

  /** What was asked for on one connection says nothing on the next, nor on none: only an open one makes a book live. */
  private async fetchSnapshot(subscriber: Subscriber): Promise<void> {
    const connection = subscriber.door?.connection ?? null;
    if (subscriber.snapshotPending || connection === null) return; // the next connection asks anew
    subscriber.snapshotPending = true;
    const { symbol } = subscriber.feed;
    const reply = await this.get(
      this.wire.calls.depth,
      `${this.wire.root}/depth?symbol=${encodeURIComponent(symbol)}&limit=${SNAPSHOT_DEPTH}`,
      (body) => decode(wire.depthBody, map.depthSnapshot, body),
      { limit: SNAPSHOT_DEPTH },
    );
    subscriber.snapshotPending = false;
    if (!this.subscribers.has(subscriber)) return; // closed meanwhile
    if (subscriber.door?.connection !== connection) return this.fetchSnapshot(subscriber);
    const at = performance.now();
    if (reply.kind === 'ok') subscriber.feed.snapshot(reply.value, at);
    else subscriber.feed.snapshotFailed(at);
    if (!subscriber.feed.waitsForSnapshot) {
      subscriber.snapshotFailures = 0;
      return;
    }
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

  /** One public read, paid for first. After a rate refusal nothing is asked until the venue's time is up. */
  private async get<T>(
    call: string,
    path: string,
    read: (reply: unknown) => Result<T, Cause>,
    params: Readonly<Record<string, number>> = {},
  ): Promise<Read<T>> {
    const paid = await this.pay(call, params);
    if ('code' in paid) return { kind: 'failed', why: paid };
    const waitMs = this.restClosedUntil - performance.now();
    if (waitMs > 0) {
      await paid.tell?.('not_sent');
      return {
        kind: 'failed',
        why: { code: 'RATE_CLOSED', text: `the venue asked for silence, ${Math.ceil(waitMs)} ms are left` },
        retryAt: addMs(this.options.clock.now(), waitMs),
      };
    }
    const reply = await readPublic(this.http, this.options, path, this.wire.errors, wire.anything, (body) => body);
    await paid.tell?.(...outcomeOf(reply));
    if (reply.kind === 'failed') {
      if (reply.retryAt !== undefined) {
        this.restClosedUntil = performance.now() + (reply.retryAt - this.options.clock.now());
      }
      return reply;
    }
    const value = read(reply.value);
    return value.ok
      ? { kind: 'ok', value: value.value, meta: reply.meta }
      : { kind: 'failed', why: value.error, meta: reply.meta };
  }

  private async pay(
    call: string,
    params: Readonly<Record<string, number>>,
  ): Promise<Cause | { readonly tell: TellPaidCall | undefined }> {
    try {
      return { tell: await this.options.spend?.(call, params) };
    } catch (error) {
      return { code: 'BUDGET', text: error instanceof Error ? error.message : String(error) };
    }
  }
}
