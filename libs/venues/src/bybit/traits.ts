import type { VenueProfile } from '../profile.js';

export type BybitCategory = 'spot' | 'linear';

/** Bybit v5 (venues.md A4), unified account; perpetuals are those settled in USDT. */
export function bybitProfile(category: BybitCategory): VenueProfile {
  const linear = category === 'linear';
  return {
    protocol: 'bybit',
    product: category,
    tier: 2,
    traits: {
      fence: { field: 'X-BAPI-TIMESTAMP + X-BAPI-RECV-WINDOW', widthMs: 3_000 },
      absenceMarginMs: 5_000,
      lookupSpacingMs: 1_500,
      acceptIsAsynchronous: true,
      amend: 'price_and_quantity',
      lookup: 'expiring',
      deadMan: null,
      // Perpetuals: 20 by the vendor, but a second has room for 10 orders, and the last tenth of it is kept.
      cancelsAtOnce: linear ? 9 : 10,
      reduceOnly: linear,
      positions: linear,
      leaseOnlyPrivateCalls: false,
    },
    calls: {
      place: `POST /v5/order/create (${category})`,
      amend: `POST /v5/order/amend (${category})`,
      cancel: `POST /v5/order/cancel (${category})`,
      cancelMany: `POST /v5/order/cancel-batch (${category})`,
      cancelAll: `POST /v5/order/cancel-all (${category})`,
      findOrder: 'GET /v5/order/realtime (+ history)',
      openOrders: 'GET /v5/order/realtime',
      openOrdersAll: 'GET /v5/order/realtime',
      ordersSince: 'GET /v5/order/history',
      fillsSince: 'GET /v5/execution/list',
      balances: 'GET /v5/account/wallet-balance',
      fees: 'GET /v5/account/fee-rate',
      positions: linear ? 'GET /v5/position/list' : null,
      accountSettings: 'GET /v5/user/query-api',
      applyHedgeMode: linear ? 'POST /v5/position/switch-mode' : null,
      applyLeverage: linear ? 'POST /v5/position/set-leverage' : null,
      applyMarginType: null,
      setDeadMan: null,
      orderCounts: null,
      venueTime: 'GET /v5/market/time',
    },
    cannotPromise: [
      'Proven against recorded payloads, not against the exchange.',
      'An acknowledged order is only submitted: whether it works is known from the next look at it.',
      'The user stream may miss events: what it misses is seen by polling every 5 seconds.',
      'The margin type belongs to the whole account there and is not changed from here.',
      'Position mode, leverage and margin type are not compared at start: no single call tells them.',
      'What ended is forgotten after a while: a working order that no list shows any more waits for a person.',
      'Market data is order-book snapshots by polling, not a stream.',
    ],
  };
}
