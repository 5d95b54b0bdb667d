import type { EpochMs, Price, VenueId } from '#domain';

/** The middle of a book, and when the book was last known to be right. */
export interface MidPrice {
  readonly price: Price;
  readonly at: EpochMs;
}

/** The newest mid price of each instrument, as far as the feeds have told us. */
export interface MidPrices {
  /** Null before the first book. */
  mid(venue: VenueId, symbol: string): MidPrice | null;
}
