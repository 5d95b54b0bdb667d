import type { EpochMs, Price, VenueId } from '#domain';
import type { MidPrices } from './mid-prices.js';

/** A mid that is older than this stands for nothing any more. */
export const MAX_MID_AGE_MS = 10_000;

/** The mid price as it is now; null where the feed has not told it for ten seconds. */
export function freshMid(
  mids: MidPrices,
  { venue, symbol }: { readonly venue: VenueId; readonly symbol: string },
  now: EpochMs,
): Price | null {
  const found = mids.mid(venue, symbol);
  return found !== null && found.at >= now - MAX_MID_AGE_MS ? found.price : null;
}
