import type { Clock, Instrument, VenueId } from '#domain';
import { outcomeOf, type SpendCall, type TellPaidCall } from '../budget/call-spender.js';
import type { Feed, FeedChannel, FeedMessage, FeedStatus, Level, Mark, PublicTrade } from '../feed-port.js';
import type { Cause, Read, Subscription, VenueSymbol } from '../ports.js';
import { HttpClient } from '../transport/http-client.js';
import { askPublic, newExchange } from './ccxt-venue.js';
import type { CcxtExchange } from './load-ccxt.js';
import type { Ask, BookSnapshot, CcxtProtocol } from './protocol.js';

/** No venue is asked for a book more often than this (venues.md A8). */
const LEAST_BOOK_MS = 100;
const MAX_LEVELS = 1_000;
const STALE_AFTER_MS = 5_000;
const CHECK_EVERY_MS = 1_000;
/** A mark that was silent for 30 s is told no more: two tries fit in between. */
export const MARKS_EVERY_MS = 10_000;
const DOWN_AFTER_FAILURES = 5;
const LONGEST_PAUSE_MS = 30_000;

export interface CcxtFeedOptions {
  readonly venue: VenueId;
  readonly protocol: CcxtProtocol;
  /** Stands for the vendor's hosts; null: the vendor's own. */
  readonly baseUrl: string | null;
  readonly clock: Clock;
  /** Pays for each call; default: nothing is paid. */
  readonly spend?: SpendCall;
  /** Default 1,000 ms between two order books of a symbol; at least 100. */
  readonly bookEveryMs?: number;
  /** Default 2,000 ms between two looks at the trades of a symbol. */
  readonly tradesEveryMs?: number;
  /** Default 10,000 ms between two looks at the mark of a symbol. */
  readonly marksEveryMs?: number;
}

/** Public market data by asking for it, again and again: whole order books, the newest trades, marks of perpetuals. */
export class CcxtFeed implements Feed {
  readonly venue: VenueId;
  readonly channels: ReadonlySet<FeedChannel>;
  readonly tradeIds = 'names';
  private readonly http: HttpClient;
  private readonly pollers = new Set<SymbolPoller>();
  private open: Promise<CcxtExchange> | null = null;
  /** Of all symbols, where they are told together. */
  private marks: { readonly asked: Promise<Read<ReadonlyMap<VenueSymbol, Mark>>>; readonly at: number } | null = null;

  constructor(private readonly options: CcxtFeedOptions) {
    this.venue = options.venue;
    this.channels = new Set(options.protocol.marks === undefined ? ['book', 'trades'] : ['book', 'trades', 'mark']);
    this.http = new HttpClient(options.clock);
  }

  async instruments(): Promise<Read<readonly Instrument[]>> {
    const { protocol } = this.options;
    const read = await this.ask(protocol.publicCalls.instruments, protocol.instruments(this.venue));
    return read.kind === 'ok' ? { ...read, value: read.value.map(({ instrument }) => instrument) } : read;
  }

  subscribe(
    symbol: VenueSymbol,
    channels: readonly FeedChannel[],
    onMessage: (message: FeedMessage) => void,
  ): Subscription {
    const { protocol, bookEveryMs = 1_000, tradesEveryMs = 2_000, marksEveryMs = MARKS_EVERY_MS } = this.options;
    const poller = new SymbolPoller(channels, onMessage, {
      book: (onWait) => this.ask(protocol.publicCalls.book, protocol.book(symbol), onWait),
      trades: (onWait) => this.recentTrades(symbol, onWait),
      ...(protocol.marks === undefined ? {} : { mark: (onWait) => this.markOf(symbol, onWait) }),
      bookEveryMs: Math.max(LEAST_BOOK_MS, bookEveryMs),
      tradesEveryMs,
      marksEveryMs,
    });
    this.pollers.add(poller);
    return poller;
  }

  recentTrades(symbol: VenueSymbol, onWait?: OnWait): Promise<Read<readonly PublicTrade[]>> {
    const { protocol } = this.options;
    return this.ask(protocol.publicCalls.trades, protocol.trades(symbol), onWait);
  }

  async close(): Promise<void> {
    await Promise.all([...this.pollers].map((poller) => poller.close()));
    this.http.close();
  }

  private async markOf(symbol: VenueSymbol, onWait: OnWait): Promise<Read<Mark>> {
    const told = await this.marksWith(symbol, onWait);
    if (told.kind === 'failed') return told;
    const mark = told.value.get(symbol);
    if (mark !== undefined) return { ...told, value: mark };
    return {
      kind: 'failed',
      why: { code: 'NO_MARK', text: `${this.venue} tells no mark of ${symbol}` },
      meta: told.meta,
    };
  }

  /** One list of all serves every symbol for as long as it is new. */
  private marksWith(symbol: VenueSymbol, onWait: OnWait): Promise<Read<ReadonlyMap<VenueSymbol, Mark>>> {
    const { protocol, marksEveryMs = MARKS_EVERY_MS } = this.options;
    const { marks } = protocol;
    if (marks === undefined) throw new Error(`${this.venue} has no marks`);
    if (!marks.ofAll) return this.ask(marks.call, marks.ask(symbol), onWait);
    if (this.marks === null || performance.now() - this.marks.at > marksEveryMs / 2)
      this.marks = { asked: this.ask(marks.call, marks.ask(symbol), onWait), at: performance.now() };
    return this.marks.asked;
  }

  private async ask<T>(call: string, ask: Ask<T>, onWait?: OnWait): Promise<Read<T>> {
    let tell: TellPaidCall | undefined;
    try {
      tell = await this.options.spend?.(call, {}, onWait);
    } catch (error) {
      return { kind: 'failed', why: { code: 'BUDGET', text: error instanceof Error ? error.message : String(error) } };
    }
    this.open ??= newExchange(this.options, this.http, {});
    const read = await askPublic(this.options, await this.open, ask);
    await tell?.(...outcomeOf(read));
    return read;
  }
}

/** Told why a call is not made yet. */
export type OnWait = (why: string) => void;

export interface Polls {
  readonly book: (onWait: OnWait) => Promise<Read<BookSnapshot>>;
  readonly trades: (onWait: OnWait) => Promise<Read<readonly PublicTrade[]>>;
  /** Absent where there are no marks: that channel is left out. */
  readonly mark?: (onWait: OnWait) => Promise<Read<Mark>>;
  readonly bookEveryMs: number;
  readonly tradesEveryMs: number;
  readonly marksEveryMs: number;
}

/**
 * One symbol's calls, one after another, each kind at its own pace; slower while they fail. A call may wait long for the
 * budget, or for its answer: whether anything was heard is looked at beside them.
 */
export class SymbolPoller implements Subscription {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly running = new Set<Promise<void>>();
  private status: FeedStatus = 'connecting';
  private closed = false;
  private seq = 0;
  private failures = 0;
  private heardAtMs = performance.now();
  /** Why the call under way is not made yet. */
  private waits = '';
  private readonly checker: NodeJS.Timeout;
  private readonly staleAfterMs: number;
  private bbo = '';
  private known: ReadonlySet<string> | null = null;

  constructor(
    private readonly channels: readonly FeedChannel[],
    private readonly emit: (message: FeedMessage) => void,
    private readonly polls: Polls,
  ) {
    const wantsBook = channels.includes('book') || channels.includes('bbo');
    if (wantsBook) this.again(0, () => this.pollBook());
    if (channels.includes('trades')) this.again(0, () => this.pollTrades());
    const { mark } = polls;
    if (mark !== undefined && channels.includes('mark')) this.again(0, () => this.pollMark(mark));
    // What is asked for seldom is not stale between one answer and the next.
    const everyMs = wantsBook
      ? polls.bookEveryMs
      : channels.includes('trades')
        ? polls.tradesEveryMs
        : polls.marksEveryMs;
    this.staleAfterMs = Math.max(STALE_AFTER_MS, 2 * everyMs);
    this.checker = setInterval(() => this.check(), CHECK_EVERY_MS);
  }

  get live(): boolean {
    return this.status === 'live';
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.checker);
    for (const timer of this.timers) clearTimeout(timer);
    await Promise.all(this.running);
  }

  private again(delayMs: number, poll: () => Promise<void>): void {
    if (this.closed) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      const done = poll().finally(() => this.running.delete(done));
      this.running.add(done);
    }, delayMs);
    this.timers.add(timer);
  }

  private async pollBook(): Promise<void> {
    const read = await this.polls.book((why) => (this.waits = why));
    if (this.closed) return;
    const crossed = read.kind === 'ok' && isCrossed(read.value);
    if (read.kind === 'ok' && !crossed) {
      this.publish(read.value);
      this.heard();
    } else {
      this.failed(read.kind === 'failed' ? read.why : { code: 'CROSSED', text: 'bids reach the asks' });
    }
    this.again(this.pause(this.polls.bookEveryMs), () => this.pollBook());
  }

  private async pollTrades(): Promise<void> {
    const read = await this.polls.trades((why) => {
      if (!this.channels.includes('book')) this.waits = why;
    });
    if (this.closed) return;
    if (read.kind === 'ok') {
      this.print(read.value);
      if (!this.channels.includes('book')) this.heard();
    } else if (!this.channels.includes('book')) {
      this.failed(read.why);
    }
    this.again(this.pause(this.polls.tradesEveryMs), () => this.pollTrades());
  }

  /** It speaks for the status only where it is alone. */
  private async pollMark(ask: NonNullable<Polls['mark']>): Promise<void> {
    const isAlone = this.channels.length === 1;
    const read = await ask((why) => {
      if (isAlone) this.waits = why;
    });
    if (this.closed) return;
    if (read.kind === 'ok') {
      if (isAlone) this.heard();
      this.emit({ type: 'mark', ...read.value });
    } else if (isAlone) this.failed(read.why);
    this.again(this.pause(this.polls.marksEveryMs), () => this.pollMark(ask));
  }

  private publish({ bids, asks, venueAt }: BookSnapshot): void {
    if (this.channels.includes('book')) {
      this.seq += 1;
      const [best, offers] = [bids.slice(0, MAX_LEVELS), asks.slice(0, MAX_LEVELS)];
      this.emit({ type: 'snapshot', seq: this.seq, bids: best, asks: offers });
    }
    if (!this.channels.includes('bbo')) return;
    const [bid = null, ask = null] = [bids[0], asks[0]];
    const now = `${textOf(bid)} ${textOf(ask)}`;
    if (now !== this.bbo) this.emit({ type: 'bbo', bid, ask, venueAt });
    this.bbo = now;
  }

  /** Those not seen before. Where none of the last look is left, some may have gone by: whoever counts must ask. */
  private print(trades: readonly PublicTrade[]): void {
    const known = this.known;
    this.known = new Set(trades.map(({ id }) => id));
    if (known === null) return;
    const fresh = trades.filter(({ id }) => !known.has(id));
    if (fresh.length > 0 && fresh.length === trades.length && known.size > 0) this.emit({ type: 'trade_gap' });
    for (const trade of fresh) this.emit({ type: 'trade', ...trade });
  }

  private heard(): void {
    this.failures = 0;
    this.waits = '';
    this.heardAtMs = performance.now();
    if (this.status === 'live') this.emit({ type: 'alive' });
    else this.moveTo('live', 'polled');
  }

  private failed({ code, text }: Cause): void {
    this.failures += 1;
    this.waits = '';
    const why = `${code}: ${text}`;
    if (this.failures >= DOWN_AFTER_FAILURES) this.moveTo('down', why);
    else this.check(why);
  }

  private check(why = this.waits): void {
    const silentMs = Math.round(performance.now() - this.heardAtMs);
    if (this.status !== 'live' || silentMs <= this.staleAfterMs) return;
    this.moveTo('stale', why === '' ? `nothing heard for ${silentMs} ms` : why);
  }

  /** Once it is down, each further failure doubles the wait. */
  private pause(everyMs: number): number {
    const more = Math.max(0, this.failures - DOWN_AFTER_FAILURES + 1);
    return Math.min(LONGEST_PAUSE_MS, everyMs * 2 ** Math.min(more, 8));
  }

  private moveTo(to: FeedStatus, reason: string): void {
    const from = this.status;
    if (from === to) return;
    this.status = to;
    this.emit({ type: 'status', from, to, reason });
  }
}

const textOf = (level: Level | null): string =>
  level === null ? '-' : `${level.price.toFixed()}x${level.qty.toFixed()}`;

function isCrossed({ bids, asks }: BookSnapshot): boolean {
  const [bid, ask] = [bids[0], asks[0]];
  return bid !== undefined && ask !== undefined && bid.price.gte(ask.price);
}
