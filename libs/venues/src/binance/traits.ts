import type { VenueTraits } from '../ports.js';

/** Binance spot (venues.md A4). The window is checked only before forwarding, hence the margin of 10 s. */
export const BINANCE_SPOT_TRAITS: VenueTraits = Object.freeze({
  fenceWidthMs: 3_000,
  absenceMarginMs: 10_000,
  lookupSpacingMs: 1_500,
  acceptIsAsynchronous: false,
  amend: 'quantity_down',
});
