import { EXECUTION_SETTINGS, type EpochMs, type MarketSnapshot, type Price, type VenueId } from '#domain';
import type { TradedSoFar } from '#persistence';

interface Place {
  readonly venue: VenueId;
  readonly symbol: string;
}

/** What an order begins on. */
export interface Opening {
  /** Null while none of its markets is fit to trade on. */
  readonly mid: Price | null;
  /** Null where nobody knows it. */
  readonly traded: TradedSoFar | null;
}

/** A book that may be traded on: its feed is live and vouched for it within two seconds (algorithms.md 4.11). */
export function isFit(snapshot: MarketSnapshot | null, now: EpochMs): snapshot is MarketSnapshot {
  // a publisher that died leaves its last word, which says `live`
  return snapshot?.status === 'live' && snapshot.at !== null && now - snapshot.at <= EXECUTION_SETTINGS.staleBookMs;
}

/**
 * Mid of the first of an order's markets that may be traded on, and the volume so far of its first market, which is the
 * one that is read again at its end.
 */
export function openingOf(
  places: readonly Place[],
  market: { snapshot(place: Place): MarketSnapshot | null },
  now: EpochMs,
): Opening {
  const [first = null, ...others] = places.map((place) => fitOf(market.snapshot(place), now));
  return {
    mid: [first, ...others].find((snapshot) => snapshot !== null && snapshot.mid !== null)?.mid ?? null,
    traded: first === null ? null : { base: first.cumBaseVolume, quote: first.cumQuoteVolume },
  };
}

const fitOf = (snapshot: MarketSnapshot | null, now: EpochMs): MarketSnapshot | null =>
  isFit(snapshot, now) ? snapshot : null;
