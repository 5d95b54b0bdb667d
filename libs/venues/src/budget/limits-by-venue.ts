import type { VenueId } from '#domain';
import { readLimitsFile, withLimitsFile, type LimitsConfig } from './limits-file.js';
import { PROTOCOLS_WITH_LIMITS, shippedLimits } from './shipped-limits.js';
import type { VenueLimits } from './venue-limits.js';

/** A venue as far as its limits are concerned. */
export interface LimitedVenue {
  readonly id: VenueId;
  readonly protocol: string;
  /** ccxt's `rateLimit`, where the protocol has no table of limits. */
  readonly pauseMs?: number;
}

/**
 * Limits of each venue: those that come with the program, as far as `LIMITS_FILE` does not say otherwise. What the
 * venue itself announces comes on top while it runs (venues.md B3).
 * @throws LimitsFileError with all problems of the file at once
 */
export function limitsByVenue(
  config: LimitsConfig,
  venues: readonly LimitedVenue[],
): ReadonlyMap<VenueId, VenueLimits> {
  const own = venues.map(({ id, protocol, pauseMs }) => [id, shippedLimits(id, protocol, pauseMs)] as const);
  if (config.LIMITS_FILE === undefined) return new Map(own);
  const known = new Map<string, VenueLimits>([
    ...PROTOCOLS_WITH_LIMITS.map((protocol) => [protocol, shippedLimits(protocol)] as const),
    ...own,
  ]);
  const changed = withLimitsFile(known, readLimitsFile(config.LIMITS_FILE), config.LIMITS_FILE);
  return new Map(own.map(([id, limits]) => [id, changed.get(id) ?? limits]));
}
