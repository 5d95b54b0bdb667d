import type { PortCall, VenueProfile, VenueTraits } from '../profile.js';
import type { BinanceSpotCall } from './limits.js';

/** Binance spot (venues.md A4). The window is checked only before forwarding, hence the margin of 10 s. */
export const BINANCE_SPOT_TRAITS: VenueTraits = Object.freeze({
  fence: Object.freeze({ field: 'timestamp + recvWindow', widthMs: 3_000 }),
  absenceMarginMs: 10_000,
  lookupSpacingMs: 1_500,
  acceptIsAsynchronous: false,
  amend: 'quantity_down',
  lookup: 'lasting',
  deadMan: null,
  reduceOnly: false,
  positions: false,
  leaseOnlyPrivateCalls: false,
});

export const BINANCE_SPOT_CALLS = {
  place: 'POST /api/v3/order',
  amend: 'PUT /api/v3/order/amend/keepPriority',
  cancel: 'DELETE /api/v3/order',
  cancelAll: 'DELETE /api/v3/openOrders',
  findOrder: 'GET /api/v3/order',
  openOrders: 'GET /api/v3/openOrders',
  openOrdersAll: 'GET /api/v3/openOrders (all)',
  ordersSince: 'GET /api/v3/allOrders',
  fillsSince: 'GET /api/v3/myTrades',
  balances: 'GET /api/v3/account',
  fees: 'GET /api/v3/account',
  positions: null,
  accountSettings: 'GET /api/v3/account (and apiRestrictions)',
  applyHedgeMode: null,
  applyLeverage: null,
  applyMarginType: null,
  orderCounts: 'GET /api/v3/rateLimit/order',
  venueTime: 'GET /api/v3/time',
} as const satisfies Readonly<Record<PortCall, BinanceSpotCall | null>>;

/** `tier` 2 where it is Binance itself and not the simulated exchange. */
export function binanceSpotProfile(tier: VenueProfile['tier']): VenueProfile {
  return {
    protocol: 'binance-spot',
    product: 'spot',
    tier,
    traits: BINANCE_SPOT_TRAITS,
    calls: BINANCE_SPOT_CALLS,
    cannotPromise: ['An order that ended without a fill is no longer found after 90 days.'],
  };
}
