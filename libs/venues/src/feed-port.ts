import type { Decimal, EpochMs, Instrument, Price, Quantity, Side, TradeIds, VenueId } from '#domain';
import type { Read, Subscription, VenueSymbol } from './ports.js';

export interface Level {
  readonly price: Price;
  readonly qty: Quantity;
}

export type FeedStatus = 'connecting' | 'syncing' | 'live' | 'stale' | 'resyncing' | 'down';

export type FeedChannel = 'book' | 'trades' | 'bbo' | 'mark';

/** Of a perpetual: the price that margins are counted with, and the next payment between longs and shorts. */
export interface Mark {
  readonly markPx: Price;
  /** Share of the position's value that longs pay to shorts; negative the other way round. */
  readonly fundingRate: Decimal | null;
  /** Null where it is paid all the time, or not told. */
  readonly nextFundingAt: EpochMs | null;
  readonly venueAt: EpochMs;
}

export type FeedMessage =
  | {
      readonly type: 'snapshot';
      readonly seq: number;
      readonly bids: readonly Level[];
      readonly asks: readonly Level[];
    }
  | {
      readonly type: 'delta';
      readonly prevSeq: number;
      readonly seq: number;
      readonly bids: readonly Level[];
      readonly asks: readonly Level[];
    }
  | { readonly type: 'resync'; readonly reason: string }
  | {
      readonly type: 'trade';
      readonly id: string;
      readonly price: Price;
      readonly qty: Quantity;
      readonly aggressor: Side;
      readonly venueAt: EpochMs;
    }
  /** Trades may have gone by untold: whoever counts must ask for the newest. */
  | { readonly type: 'trade_gap' }
  /** Best bid and offer; a side without orders is null. `venueAt` is null where the venue gives no time. */
  | { readonly type: 'bbo'; readonly bid: Level | null; readonly ask: Level | null; readonly venueAt: EpochMs | null }
  | ({ readonly type: 'mark' } & Mark)
  /** The connection answered a ping: what was said last still holds, quiet as the market may be. */
  | { readonly type: 'alive' }
  | { readonly type: 'status'; readonly from: FeedStatus; readonly to: FeedStatus; readonly reason: string };

/** One print of the public tape. */
export interface PublicTrade {
  /** Unlike that of any other print of the instrument. */
  readonly id: string;
  readonly price: Price;
  readonly qty: Quantity;
  readonly aggressor: Side;
  readonly venueAt: EpochMs;
}

/** Public market data of one venue. */
export interface Feed {
  readonly venue: VenueId;
  /** Channels that it tells by streams of their own; `bbo` of others is the top of the book. */
  readonly channels: ReadonlySet<FeedChannel>;
  /** What the ids of its trades tell. */
  readonly tradeIds: TradeIds;
  instruments(): Promise<Read<readonly Instrument[]>>;
  /** Channels that the venue does not have are left out; without `book` the feed is live as soon as it is connected. */
  subscribe(
    symbol: VenueSymbol,
    channels: readonly FeedChannel[],
    onMessage: (message: FeedMessage) => void,
  ): Subscription;
  /** The newest prints, oldest first, at most 1,000: to fill the hole that a lost connection left. */
  recentTrades(symbol: VenueSymbol): Promise<Read<readonly PublicTrade[]>>;
  close(): Promise<void>;
}
