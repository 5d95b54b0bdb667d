import type { PortCall, VenueProfile, VenueTraits } from '../profile.js';
import type { BinanceSpotCall } from './limits.js';
import type { BinanceUsdmCall } from './usdm-limits.js';

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
  setDeadMan: null,
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

/** Binance USD-M futures (venues.md A4). The matching engine checks the window again, hence the shorter margin. */
export const BINANCE_USDM_TRAITS: VenueTraits = Object.freeze({
  fence: Object.freeze({ field: 'timestamp + recvWindow', widthMs: 3_000 }),
  absenceMarginMs: 5_000,
  lookupSpacingMs: 1_500,
  acceptIsAsynchronous: false,
  amend: 'price_and_quantity',
  lookup: 'expiring',
  deadMan: Object.freeze({ timeoutMs: 120_000, pingEveryMs: 30_000, scope: 'symbol' }),
  cancelsAtOnce: 10,
  reduceOnly: true,
  positions: true,
  leaseOnlyPrivateCalls: false,
});

export const BINANCE_USDM_CALLS = {
  place: 'POST /fapi/v1/order',
  amend: 'PUT /fapi/v1/order',
  cancel: 'DELETE /fapi/v1/order',
  cancelMany: 'DELETE /fapi/v1/batchOrders',
  cancelAll: 'DELETE /fapi/v1/allOpenOrders',
  findOrder: 'GET /fapi/v1/order',
  openOrders: 'GET /fapi/v1/openOrders',
  openOrdersAll: 'GET /fapi/v1/openOrders (all)',
  ordersSince: 'GET /fapi/v1/allOrders',
  fillsSince: 'GET /fapi/v1/userTrades',
  balances: 'GET /fapi/v3/balance',
  fees: 'GET /fapi/v1/commissionRate',
  positions: 'GET /fapi/v2/positionRisk',
  accountSettings: 'GET /fapi/v1/accountConfig (and symbolConfig, leverageBracket)',
  applyHedgeMode: 'POST /fapi/v1/positionSide/dual',
  applyLeverage: 'POST /fapi/v1/leverage',
  applyMarginType: 'POST /fapi/v1/marginType',
  setDeadMan: 'POST /fapi/v1/countdownCancelAll',
  orderCounts: 'GET /fapi/v1/rateLimit/order',
  venueTime: 'GET /fapi/v1/time',
} as const satisfies Readonly<Record<PortCall | 'cancelMany', BinanceUsdmCall | null>>;

/** As {@link binanceSpotProfile}. */
export function binanceUsdmProfile(tier: VenueProfile['tier']): VenueProfile {
  return {
    protocol: 'binance-usdm',
    product: 'linear',
    tier,
    traits: BINANCE_USDM_TRAITS,
    calls: BINANCE_USDM_CALLS,
    cannotPromise: [
      'An order that ended without a fill is no longer found after 3 days, any order after 90 days.',
      'Whether a key is bound to addresses is not told.',
    ],
  };
}
