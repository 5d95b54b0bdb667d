import { statsOf } from '../../market/day-stats.js';
import { klineInterval } from '../../market/kline-interval.js';
import type { MarketEvents } from '../market-events.js';
import type { StreamName } from '../stream-name.js';
import { AllBookTickersFeed, BookTickerFeed, DepthFeed, PartialDepthFeed } from './book-feeds.js';
import type { Feed, Publish } from './feed.js';
import { ForceOrderFeed, type ForcedOfMarket } from './force-feed.js';
import { KlineFeed } from './kline-feed.js';
import { MarkPriceFeed, type MarkOfMarket } from './mark-feeds.js';
import type { StreamedMarket } from './streamed-market.js';
import { lastTradeOf, StatsFeed, tradeAndBookOf, TradeFeed } from './ticker-feeds.js';

const DAY = 86_400_000;
const WINDOWS: Readonly<Record<string, number>> = { '1h': 3_600_000, '4h': 14_400_000, '1d': DAY };
const AVERAGE_OVER = 300_000;

export interface FeedSource {
  /** All symbols, for streams that tell about all of them. */
  readonly all: readonly StreamedMarket[];
  readonly events: MarketEvents;
  /** Where there are mark prices. */
  readonly markOf: MarkOfMarket | null;
  /** Where positions are closed by force. */
  readonly forcedOf: ForcedOfMarket | null;
  readonly now: number;
}

/**
 * @param streamed the symbol of the stream; null: all symbols
 * @returns null for a stream that has nothing to tell
 */
export function makeFeed(
  name: StreamName,
  streamed: StreamedMarket | null,
  source: FeedSource,
  publish: Publish,
): Feed | null {
  const { events, now, markOf, forcedOf } = source;
  const { everyMs } = name;
  const isList = streamed === null;
  const markets = (isList ? source.all : [streamed]).map(({ market }) => market);
  switch (name.kind) {
    case 'ticker':
      return new StatsFeed(
        markets,
        isList,
        everyMs,
        tradeAndBookOf,
        (market, at) => events.ticker(market, statsOf(market, at, DAY), at),
        publish,
      );
    case 'miniTicker':
      return new StatsFeed(
        markets,
        isList,
        everyMs,
        lastTradeOf,
        (market, at) => events.miniTicker(market, statsOf(market, at, DAY), at),
        publish,
      );
    case 'windowTicker':
      return new StatsFeed(
        markets,
        isList,
        everyMs,
        lastTradeOf,
        (market, at) =>
          events.windowTicker(market, name.interval, statsOf(market, at, WINDOWS[name.interval] ?? DAY), at),
        publish,
      );
    case 'avgPrice':
      return new StatsFeed(
        markets,
        isList,
        everyMs,
        lastTradeOf,
        (market, at) => events.avgPrice(market, statsOf(market, at, AVERAGE_OVER), at),
        publish,
      );
    case 'markPrice':
      return markOf === null ? null : new MarkPriceFeed(markets, isList, everyMs, markOf, publish);
    case 'forceOrder':
      return forcedOf === null ? null : new ForceOrderFeed(markets, everyMs, forcedOf, publish);
    case 'bookTicker':
      if (isList) return new AllBookTickersFeed(source.all, events, everyMs, publish);
      return new BookTickerFeed(streamed, events, publish);
    default:
      return streamed === null ? null : symbolFeed(name, streamed, events, now, publish);
  }
}

function symbolFeed(
  { kind, everyMs, levels, interval, offsetMs }: StreamName,
  streamed: StreamedMarket,
  events: MarketEvents,
  now: number,
  publish: Publish,
): Feed | null {
  switch (kind) {
    case 'trade':
      return new TradeFeed((market, trade, at) => events.trade(market, trade, at), publish);
    case 'aggTrade':
      return new TradeFeed((market, trade, at) => events.aggTrade(market, trade, at), publish);
    case 'depth':
      return new DepthFeed(streamed, events, everyMs, publish);
    case 'partial':
      return new PartialDepthFeed(streamed, events, levels, everyMs, publish);
    case 'kline': {
      const known = klineInterval(interval, offsetMs);
      return known === null ? null : new KlineFeed(streamed.market, known, events, everyMs, now, publish);
    }
    default:
      return null;
  }
}
