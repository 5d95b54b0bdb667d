import type { Clock, EpochMs, Instrument, VenueId } from '#domain';
import { outcomeOf, type SpendCall, type TellPaidCall } from '../../budget/call-spender.js';
import type { Feed, FeedChannel, FeedMessage, PublicTrade } from '../../feed-port.js';
import type { Read, Subscription, VenueSymbol } from '../../ports.js';
import { HttpClient } from '../../transport/http-client.js';
import { MARKS_EVERY_MS, SymbolPoller, type OnWait } from '../ccxt-feed.js';
import type { CcxtExchange } from '../load-ccxt.js';
import { readFailure } from '../outcome.js';
import { askUnified, openExchange } from './exchange.js';
import { Markets } from './markets.js';
import type { AnyExchange } from './profile.js';
import { bookOf, markOf, printsOf } from './unified.js';

const READ_REPLY_MS = 10_000;
const BOOK_EVERY_MS = 2_000;
const TRADES_EVERY_MS = 5_000;

export interface AnyFeedOptions {
  readonly venue: VenueId;
  readonly place: AnyExchange;
  readonly baseUrl: string | null;
  readonly clock: Clock;
  readonly paidFor: (call: string) => number;
  /** Pays for each call; default: nothing is paid. */
  readonly spend?: SpendCall;
}

/** Market data of an exchange that only ccxt knows: order books and the newest trades, asked for again and again. */
export class AnyFeed implements Feed {
  readonly venue: VenueId;
  readonly channels: ReadonlySet<FeedChannel>;
  readonly tradeIds = 'names';
  private readonly http: HttpClient;
  private readonly markets: Markets;
  private readonly pollers = new Set<SymbolPoller>();
  private open: Promise<CcxtExchange> | null = null;
  private loading: Promise<Read<unknown>> | null = null;

  constructor(private readonly options: AnyFeedOptions) {
    this.venue = options.venue;
    this.channels = new Set(options.place.product === 'spot' ? ['book', 'trades'] : ['book', 'trades', 'mark']);
    this.http = new HttpClient(options.clock);
    this.markets = new Markets(options.venue, options.place);
  }

  async instruments(): Promise<Read<readonly Instrument[]>> {
    const read = await this.load();
    return read.kind === 'failed' ? read : { ...read, value: this.markets.list.map(({ instrument }) => instrument) };
  }

  subscribe(
    symbol: VenueSymbol,
    channels: readonly FeedChannel[],
    onMessage: (message: FeedMessage) => void,
  ): Subscription {
    const poller = new SymbolPoller(channels, onMessage, {
      book: (onWait) => this.ofSymbol(symbol, 'fetchOrderBook', bookOf, onWait),
      trades: (onWait) => this.recentTrades(symbol, onWait),
      ...(this.channels.has('mark')
        ? {
            mark: (onWait) =>
              this.ofSymbol(symbol, 'fetchFundingRate', (result, _exchange, at) => markOf(result, at), onWait),
          }
        : {}),
      bookEveryMs: BOOK_EVERY_MS,
      tradesEveryMs: TRADES_EVERY_MS,
      marksEveryMs: MARKS_EVERY_MS,
    });
    this.pollers.add(poller);
    return poller;
  }

  recentTrades(symbol: VenueSymbol, onWait?: OnWait): Promise<Read<readonly PublicTrade[]>> {
    return this.ofSymbol(symbol, 'fetchTrades', printsOf, onWait);
  }

  async close(): Promise<void> {
    await Promise.all([...this.pollers].map((poller) => poller.close()));
    this.http.close();
  }

  private load(): Promise<Read<unknown>> {
    this.loading ??= this.ask('loadMarkets', [true], (_result, exchange) => this.markets.take(exchange)).finally(
      () => (this.loading = null),
    );
    return this.loading;
  }

  private async ofSymbol<T>(
    symbol: VenueSymbol,
    method: string,
    read: (result: unknown, exchange: CcxtExchange, repliedAt: EpochMs) => T,
    onWait?: OnWait,
  ): Promise<Read<T>> {
    if (this.markets.isStale) {
      const loaded = await this.load();
      if (loaded.kind === 'failed') return loaded;
    }
    const market = this.markets.of(symbol);
    if ('code' in market) return { kind: 'failed', why: market };
    return this.ask(method, [market.ccxtSymbol], read, onWait);
  }

  private async ask<T>(
    method: string,
    args: readonly unknown[],
    readResult: (result: unknown, exchange: CcxtExchange, repliedAt: EpochMs) => T,
    onWait?: OnWait,
  ): Promise<Read<T>> {
    const { place, baseUrl, clock, paidFor, spend } = this.options;
    const call = `ccxt ${method}`;
    let tell: TellPaidCall | undefined;
    try {
      tell = await spend?.(call, {}, onWait);
    } catch (error) {
      return { kind: 'failed', why: { code: 'BUDGET', text: error instanceof Error ? error.message : String(error) } };
    }
    this.open ??= openExchange(place, baseUrl, this.http, {});
    const exchange = await this.open;
    const context = { signedAtMs: clock.now(), replyTimeoutMs: READ_REPLY_MS, maxRequests: paidFor(call) };
    const answer = await askUnified(
      exchange,
      {
        kind: 'read',
        method,
        args,
        context,
        read: (result, { exchange: heard }) => readResult(result, exchange, heard?.repliedAt ?? clock.now()),
      },
      clock,
    );
    const read: Read<T> =
      answer.kind === 'failed'
        ? readFailure(answer.failure)
        : answer.kind === 'unreadable'
          ? { kind: 'failed', why: answer.why, meta: answer.meta }
          : { kind: 'ok', value: answer.value, meta: answer.meta };
    await tell?.(...outcomeOf(read));
    return read;
  }
}
