import type { Instrument, MarketType, VenueId } from '#domain';

const ORDER: readonly MarketType[] = ['spot', 'perp', 'future', 'option'];

/** What is traded at a venue, as far as its instruments are known. Pure. */
export function marketTypesAt(venue: VenueId, instruments: readonly Instrument[]): MarketType[] {
  return [...new Set(instruments.filter((one) => one.venue === venue).map(({ marketType }) => marketType))];
}

/** Spot first, then perpetuals, futures, options; each once. Pure. */
export function sortByMarketType(types: readonly MarketType[]): MarketType[] {
  return ORDER.filter((type) => types.includes(type));
}
