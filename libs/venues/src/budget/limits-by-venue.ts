import type { VenueId } from '#domain';
import { binanceSpotLimits } from '../binance/limits.js';
import { SIM_VENUE_ID } from '../venue-config.js';
import type { VenueLimits } from './venue-limits.js';

/** Limits of every venue that orders may go to. */
export const LIMITS_BY_VENUE: ReadonlyMap<VenueId, VenueLimits> = new Map([
  [SIM_VENUE_ID, binanceSpotLimits(SIM_VENUE_ID)],
]);
