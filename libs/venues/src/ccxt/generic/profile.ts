import type { VenueProfile } from '../../profile.js';

/** A venue that is one of ccxt's exchanges and has no adapter of ours. */
export interface AnyExchange {
  /** Name of the class in ccxt, `bitstamp`. */
  readonly exchange: string;
  readonly product: 'spot' | 'linear';
}

const CANNOT_PROMISE: readonly string[] = [
  'Proven against made-up replies of a few exchanges, never against this one: ccxt is trusted to speak its protocol.',
  'An order has no end of validity: a request that is delayed on its way may still become an order.',
  'Orders cannot be looked up by our id once they ended: one whose reply was lost waits for a person unless it is found open.',
  'No refusal is believed but 429, 418, 403 and 401: after any other failed reply the order is looked for, not rejected.',
  'Rate limits are guesses: 20 calls and 10 orders in 10 seconds, or half of what ccxt would send.',
  'An order that the exchange does not take in one request, or not with our id of 32 digits as text, is not sent.',
  'Post-only and immediate-or-cancel are sent only where ccxt lists them; that they are honoured is not checked.',
  'An order is cancelled by the exchange’s id: before that is known it cannot be. There is no amendment.',
  'How many orders and fills a list reaches back for is up to the exchange; older ones may be missing.',
  'Fees are those that ccxt knows of, not the account’s own; a fill that names no fee is booked without one.',
  'What a key may do is not told: neither withdrawals nor a binding to addresses can be checked.',
  'Perpetuals only where one contract is one unit of the base asset; hedge mode, leverage and margin type are not read or set.',
  'Without a clock of its own the exchange’s time is that of its replies, to the second.',
  'No user stream: fills are seen by polling, every 10 seconds or as seldom as a quarter of the guessed limits allows.',
  'Market data is order-book snapshots by polling, not a stream.',
];

/** The conservative default profile (venues.md A): what holds for every exchange that ccxt knows. */
export function anyProfile({ exchange, product }: AnyExchange): VenueProfile {
  const linear = product === 'linear';
  return {
    protocol: 'ccxt',
    exchange,
    product,
    tier: 2,
    traits: {
      fence: null,
      absenceMarginMs: 10_000,
      lookupSpacingMs: 5_000,
      acceptIsAsynchronous: true,
      amend: 'none',
      lookup: 'none',
      deadMan: null,
      reduceOnly: linear,
      positions: linear,
      leaseOnlyPrivateCalls: true,
    },
    calls: {
      place: 'ccxt createOrder',
      amend: null,
      cancel: 'ccxt cancelOrder',
      cancelAll: null,
      findOrder: 'ccxt fetchOrder',
      openOrders: 'ccxt fetchOpenOrders',
      openOrdersAll: 'ccxt fetchOpenOrders (all)',
      ordersSince: 'ccxt fetchOrders',
      fillsSince: 'ccxt fetchMyTrades',
      balances: 'ccxt fetchBalance',
      fees: null,
      positions: linear ? 'ccxt fetchPositions' : null,
      // Asks for the balances: the cheapest call that proves a key.
      accountSettings: 'ccxt fetchBalance',
      applyHedgeMode: null,
      applyLeverage: null,
      applyMarginType: null,
      setDeadMan: null,
      orderCounts: null,
      venueTime: 'ccxt fetchTime (or loadMarkets)',
    },
    cannotPromise: CANNOT_PROMISE,
  };
}
