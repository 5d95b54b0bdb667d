import type { SymbolMarket } from '../floor/symbol-market.js';
import type { PublicTrade } from '../market/market-data.js';
import { TICK_MS, type Feed } from './feeds/feed.js';
import type { ForcedOfMarket } from './feeds/force-feed.js';
import { makeFeed } from './feeds/make-feed.js';
import type { MarkOfMarket } from './feeds/mark-feeds.js';
import { StreamedMarket } from './feeds/streamed-market.js';
import type { MarketEvents } from './market-events.js';
import type { Outbox, Recipient } from './outbox.js';
import type { StreamName } from './stream-name.js';

export interface MarketStreamsOptions {
  readonly outbox: Outbox;
  readonly markets: ReadonlyMap<string, SymbolMarket>;
  readonly events: MarketEvents;
  /** Absent where there are no mark prices. */
  readonly markOf?: MarkOfMarket;
  /** Absent where no position is ever closed by force. */
  readonly forcedOf?: ForcedOfMarket;
  /** The venue's clock. */
  readonly now: () => number;
}

/** A stream that somebody listens to. */
interface OpenStream {
  readonly recipients: Set<Recipient>;
  /** Null: a stream that never has anything to tell. */
  readonly feed: Feed | null;
  /** Null: of all symbols. */
  readonly streamed: StreamedMarket | null;
}

/** Market data of one product, for those who listen: a stream without listeners costs nothing. */
export class MarketStreams {
  readonly #markets = new Map<SymbolMarket, StreamedMarket>();
  readonly #open = new Map<string, OpenStream>();
  readonly #ticking = new Set<Feed>();
  readonly #clock: NodeJS.Timeout;

  constructor(private readonly options: MarketStreamsOptions) {
    for (const market of options.markets.values()) this.#markets.set(market, new StreamedMarket(market));
    this.#clock = setInterval(() => this.tick(), TICK_MS);
  }

  subscribe(name: StreamName, recipient: Recipient): void {
    let open = this.#open.get(name.name);
    if (open === undefined) this.#open.set(name.name, (open = this.#start(name)));
    open.recipients.add(recipient);
  }

  unsubscribe({ name }: StreamName, recipient: Recipient): void {
    const open = this.#open.get(name);
    if (open === undefined) return;
    open.recipients.delete(recipient);
    if (open.recipients.size > 0) return;
    this.#open.delete(name);
    if (open.feed === null) return;
    open.feed.close?.();
    this.#ticking.delete(open.feed);
    open.streamed?.feeds.delete(open.feed);
  }

  trade(market: SymbolMarket, trade: PublicTrade): void {
    const streamed = this.#markets.get(market);
    if (streamed === undefined || streamed.feeds.size === 0) return;
    const now = this.options.now();
    for (const feed of streamed.feeds) feed.trade?.(market, trade, now);
  }

  bookChanged(market: SymbolMarket): void {
    const streamed = this.#markets.get(market);
    if (streamed === undefined) return;
    const now = this.options.now();
    streamed.changedAt = now;
    for (const feed of streamed.feeds) feed.bookChanged?.(now);
  }

  /** Lets feeds do what they do by the clock. Runs by itself; tests call it to let time pass. */
  tick(): void {
    const now = this.options.now();
    for (const streamed of this.#markets.values()) streamed.drain();
    for (const feed of this.#ticking) feed.tick?.(now);
  }

  stop(): void {
    clearInterval(this.#clock);
  }

  #start(name: StreamName): OpenStream {
    const { outbox, events, markets, now } = this.options;
    const market = name.symbol === null ? undefined : markets.get(name.symbol);
    const streamed = (market && this.#markets.get(market)) ?? null;
    const recipients = new Set<Recipient>();
    const subject = { route: name.name, symbol: name.symbol, accountId: null, clientOrderId: null };
    const { markOf = null, forcedOf = null } = this.options;
    const source = { all: [...this.#markets.values()], events, markOf, forcedOf, now: now() };
    const isUnknown = name.symbol !== null && streamed === null;
    const feed = isUnknown
      ? null
      : makeFeed(name, streamed, source, (event) => outbox.publish(subject, event, recipients));
    if (feed?.tick) this.#ticking.add(feed);
    if (feed !== null) streamed?.feeds.add(feed);
    return { recipients, feed, streamed };
  }
}
