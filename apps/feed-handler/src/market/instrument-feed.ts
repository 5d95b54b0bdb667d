import {
  type BestQuotes,
  type BookLevel,
  type CaughtUp,
  closeBars,
  decimal,
  epochMs,
  MarketSampler,
  MAX_REASON,
  OrderBook,
  RollingStats,
  SNAPSHOT_LEVELS,
  type Decimal,
  type EpochMs,
  type Instrument,
  type MarketSnapshot,
  type MarkQuote,
  type PrintCounter,
  type TradedVolume,
  type VolumePrint,
} from '#domain';
import type { FeedChannel, FeedMessage, FeedStatus } from '#venues';
import { InstrumentPrices } from './instrument-prices.js';
import { LastValue } from './last-value.js';

/** Prints held back while the missed ones are fetched; beyond it the hole is accepted. */
const MAX_HELD_PRINTS = 10_000;
/** Counted prints that are remembered, to go on where another count ended: some seconds of a busy market. */
const REMEMBERED_PRINTS = 2_000;
/** Bars that wait to be written: a day of them, should the database be away for longer. */
const MAX_WAITING_BARS = 1_440;
/** A minute without a later print ends this long after its end, so that late prints are still of it. */
const BAR_GRACE_MS = 60_000;
/** A print that says it is from later than this is taken for one of now, or not at all where its time decides. */
const MAX_AHEAD_MS = 300_000;
/** A number that is left out makes us ask for the newest prints, not more often than this: some venues leave many out. */
const LOOK_AGAIN_MS = 10_000;

/** Tens of seconds that wait to be written: five minutes of a database that is away. */
const MAX_WAITING_CHUNKS = 30;

/** Best quotes that did not change for this long are compared with the book; a mark is told every few seconds at most. */
const SILENT_MS = 30_000;

/** Everything known of one instrument's market, from the messages of its feed. Time comes in with each call. */
export class InstrumentFeed {
  private readonly book = new OrderBook();
  private readonly stats = new RollingStats();
  /** The market of every second, for the cost of orders. */
  readonly samples = new MarketSampler(MAX_WAITING_CHUNKS);
  /** What triggers look at. */
  readonly prices = new InstrumentPrices();
  private readonly quotes = new LastValue((message) => (message.type === 'bbo' ? message : null));
  private readonly marks = new LastValue((message) => (message.type === 'mark' ? message : null));
  private current: FeedStatus = 'connecting';
  private why: string | null = null;
  /** When the book was last known to be right. */
  private rightAt: EpochMs | null = null;
  private dirty = true;
  private publishedAt: EpochMs | null = null;
  /** Null: prints are counted as they come. Else they wait for the missed ones. */
  private held: VolumePrint[] | null = [];
  /** The newest of the prints that were counted, without a hole. */
  private recent: VolumePrint[] = [];
  private connections = 0;
  private lookedAt: EpochMs | null = null;

  constructor(
    readonly instrument: Instrument,
    private traded: TradedVolume,
    private readonly counter: PrintCounter,
  ) {}

  get status(): FeedStatus {
    return this.current;
  }

  /** Why it has its status. */
  get reason(): string | null {
    return this.why;
  }

  get volume(): TradedVolume {
    return this.traded;
  }

  get at(): EpochMs | null {
    return this.rightAt;
  }

  /** The best levels as they are now, best first; none unless the status is `live`: anything else means no market. */
  top(levels: number): ReturnType<OrderBook['top']> {
    return this.current === 'live' ? this.book.top(levels) : { bids: [], asks: [] };
  }

  /** Rises when the connection is lost. */
  get connection(): number {
    return this.connections;
  }

  /** True when prints were missed and the connection to ask for them stands. */
  get wantsCatchUp(): boolean {
    return this.held !== null && this.current === 'live';
  }

  /** @param channel of the stream that told it; `book` stands for book and trades */
  receive(message: FeedMessage, now: EpochMs, channel: FeedChannel = 'book'): void {
    this.dirty = true;
    if (channel === 'bbo') return this.quotes.receive(message, now);
    if (channel === 'mark') return this.receiveMark(message, now);
    switch (message.type) {
      case 'snapshot':
        this.book.applySnapshot(message.seq, message.bids, message.asks);
        break;
      case 'delta':
        this.book.applyDelta(message.prevSeq, message.seq, message.bids, message.asks);
        break;
      case 'resync':
        this.book.clear();
        break;
      case 'trade':
        this.prices.printed(message, now);
        this.print(message, now);
        break;
      case 'trade_gap':
        this.wait();
        break;
      case 'status':
        this.current = message.to;
        this.why = message.reason.slice(0, MAX_REASON);
        if (message.to === 'connecting' || message.to === 'down') {
          this.book.clear();
          this.wait();
        }
        break;
      case 'bbo':
      case 'mark':
      case 'alive':
        break;
    }
    const isLive = this.current === 'live';
    if (isLive) this.rightAt = now;
    if (message.type !== 'trade' && message.type !== 'alive') this.prices.quoted(isLive ? this.book.mid : null, now);
    if (!isLive) return;
    this.prices.right('mid', now);
    if (this.held === null) this.prices.right('last', now);
  }

  /** When what a channel told was last known to be right. */
  rightSince(channel: 'book' | 'bbo' | 'mark'): EpochMs | null {
    return channel === 'book' ? this.rightAt : channel === 'bbo' ? this.quotes.at : this.marks.at;
  }

  get bestQuotes(): BestQuotes | null {
    const [told, { at }] = [this.quotes.get(), this.quotes];
    return told === null || at === null ? null : { bid: told.bid, ask: told.ask, at };
  }

  get mark(): MarkQuote | null {
    const [told, { at }] = [this.marks.get(), this.marks];
    if (told === null || at === null) return null;
    return { price: told.markPx, fundingRate: told.fundingRate, nextFundingAt: told.nextFundingAt, at };
  }

  /** The newest prints of the venue, after a connection was made; those that were held back follow them. */
  caughtUp(newest: readonly VolumePrint[], now: EpochMs): CaughtUp {
    const held = this.held ?? [];
    const prints = newest.flatMap((print) => this.inTime(print, now) ?? []);
    const outcome = this.counter.catchUp(this.traded, prints, held);
    this.learn(prints, held, outcome, now);
    this.traded = outcome.volume;
    this.recent = [...held];
    this.held = null;
    this.dirty = true;
    return outcome;
  }

  /**
   * Goes on where another count ended: with theirs and what we heard after its end, or with our own when that is more.
   * Where we did not hear all of it, the missing prints are asked for. So a count never falls, and no print is counted
   * twice.
   */
  continueFrom(theirs: TradedVolume): void {
    if (this.held !== null) {
      if (!this.counter.isBehind(theirs, this.traded)) this.traded = theirs;
      return;
    }
    const continued = this.counter.continued(theirs, this.traded, this.recent);
    if (continued !== null) {
      if (this.traded.cumBase.lte(continued.cumBase)) this.traded = continued;
      this.dirty = true;
      return;
    }
    if (!this.counter.isBehind(this.traded, theirs)) return;
    this.traded = theirs;
    this.held = [];
    this.prices.missing();
    this.dirty = true;
  }

  /** To be called several times a second: takes the second's sample. */
  tick(now: EpochMs): void {
    this.stats.tick(now, this.current === 'live' ? this.book.mid : null);
    this.sample(now);
    this.doubtSilence(now);
    if (this.held !== null || this.current !== 'live') return;
    const bars = closeBars(this.traded.bars, now, BAR_GRACE_MS);
    if (bars !== this.traded.bars) this.traded = { ...this.traded, bars };
  }

  /** Bars of minutes up to this one are written down. */
  barsWritten(upTo: EpochMs): void {
    const { bars } = this.traded;
    const closed = bars.closed.filter(({ minute }) => minute > upTo);
    this.traded = { ...this.traded, bars: { ...bars, closed } };
  }

  /** True when something changed since the last publication, or that is a second ago. */
  isDue(now: EpochMs, heartbeatMs: number): boolean {
    return this.dirty || this.publishedAt === null || now - this.publishedAt >= heartbeatMs;
  }

  /** The snapshot to publish now; it counts as published unless {@link notPublished} is called. */
  publishable(now: EpochMs): MarketSnapshot {
    this.dirty = false;
    this.publishedAt = now;
    const { bids, asks } = this.top(SNAPSHOT_LEVELS);
    const isLive = this.current === 'live';
    const { sigma1Bps, sigma5Bps, sigma10Bps, medianMid60 } = this.stats.view();
    return {
      venue: this.instrument.venue,
      symbol: this.instrument.symbol,
      pair: this.instrument.pair,
      status: this.current,
      reason: this.why,
      at: this.rightAt,
      seq: isLive ? this.book.seq : null,
      bids,
      asks,
      mid: isLive ? this.book.mid : null,
      bbo: this.bestQuotes,
      mark: this.mark,
      sigma1Bps: orNull(sigma1Bps),
      sigma5Bps: orNull(sigma5Bps),
      sigma10Bps: orNull(sigma10Bps),
      medianMid60,
      lastTradeId: this.traded.lastTradeId,
      cumBaseVolume: this.traded.cumBase,
      cumQuoteVolume: this.traded.cumQuote,
    };
  }

  /** To publish when this process goes: there is no market here. */
  lastWord(now: EpochMs): MarketSnapshot {
    this.current = 'down';
    this.why = 'the feed handler stopped';
    return this.publishable(now);
  }

  notPublished(): void {
    this.dirty = true;
  }

  private sample(now: EpochMs): void {
    if (!this.samples.wants(now)) return;
    const { bids, asks } = this.top(1);
    const isCounted = this.held === null && this.current === 'live';
    this.samples.take(now, {
      bid: bids[0]?.price ?? null,
      ask: asks[0]?.price ?? null,
      cumBase: isCounted ? this.traded.cumBase : null,
      cumQuote: isCounted ? this.traded.cumQuote : null,
    });
  }

  private receiveMark(message: FeedMessage, now: EpochMs): void {
    this.marks.receive(message, now);
    if (this.marks.get() === null) this.prices.marked(null, now);
    else if (message.type === 'mark') this.prices.marked(message.markPx, now);
    if (this.marks.get() !== null) this.prices.right('mark', now);
  }

  /** Prices of the prints that went by: those that were held back were heard when they came. */
  private learn(newest: readonly VolumePrint[], held: readonly VolumePrint[], outcome: CaughtUp, now: EpochMs): void {
    const heard = new Set(held.map(({ id }) => id));
    const unheard = this.counter.uncounted(this.traded, newest).filter(({ id }) => !heard.has(id));
    const isWhole =
      newest.length > 0 && this.traded.lastTradeId !== null && outcome.missed === 0n && !outcome.restarted;
    this.prices.fetched(unheard, isWhole, now);
  }

  /** A channel may lose its last words and look quiet: what cannot be right any more is not told. */
  private doubtSilence(now: EpochMs): void {
    if (this.marks.isSilentFor(SILENT_MS, now)) {
      this.marks.forget();
      this.prices.marked(null, now);
    }
    if (!this.quotes.isSilentFor(SILENT_MS, now) || this.current !== 'live') return;
    const [told, { bids, asks }] = [this.quotes.get(), this.book.top(1)];
    if (told !== null && !(isSame(told.bid, bids[0]) && isSame(told.ask, asks[0]))) this.quotes.forget();
  }

  /** Prints may be missing: those that come wait for them. */
  private wait(): void {
    this.held ??= [];
    this.recent = [];
    this.connections += 1;
    this.prices.missing();
  }

  private print(heard: VolumePrint, now: EpochMs): void {
    const print = this.inTime(heard, now);
    if (print === null) return;
    if (this.held === null && this.counter.isAfterHole(this.traded, print) && this.mayLook(now)) this.wait();
    if (this.held === null) {
      this.traded = withFewerBars(this.counter.add(this.traded, [print]));
      this.recent.push(print);
      if (this.recent.length >= 2 * REMEMBERED_PRINTS) this.recent = this.recent.slice(-REMEMBERED_PRINTS);
    } else if (this.held.length < MAX_HELD_PRINTS) this.held.push(print);
    else this.caughtUp([], print.venueAt);
  }

  private mayLook(now: EpochMs): boolean {
    if (this.lookedAt !== null && now - this.lookedAt < LOOK_AGAIN_MS) return false;
    this.lookedAt = now;
    return true;
  }

  private inTime<T extends VolumePrint>(print: T, now: EpochMs): T | null {
    if (print.venueAt <= now + MAX_AHEAD_MS) return print;
    return this.counter.countsByTime ? null : { ...print, venueAt: epochMs(now) };
  }
}

function isSame(a: BookLevel | null, b: BookLevel | undefined): boolean {
  return a === null || b === undefined ? a === null && b === undefined : a.price.eq(b.price) && a.qty.eq(b.qty);
}

function withFewerBars(volume: TradedVolume): TradedVolume {
  const { bars } = volume;
  if (bars.closed.length <= MAX_WAITING_BARS) return volume;
  return { ...volume, bars: { ...bars, closed: bars.closed.slice(-MAX_WAITING_BARS) } };
}

function orNull(text: string | null): Decimal | null {
  return text === null ? null : decimal(text);
}
