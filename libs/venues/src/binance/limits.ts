import { FREE_OF_CANCELS_CEILINGS, type CallCost, type EndpointCosts } from '#domain';
import type { ShippedLimit, VenueLimits } from '../budget/venue-limits.js';
import { binanceRows } from './limit-rows.js';

const VENUE = 'binance-spot';
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const rows = binanceRows('bs', VENUE, 'GET /api/v3/exchangeInfo');

/** Limits of the spot REST and WebSocket APIs (venues.md B3). The venue's own figures override them. */
const definitions: readonly ShippedLimit[] = [
  rows.ban(),
  rows.weight(6_000),
  {
    id: 'bs.raw',
    venue: VENUE,
    source: 'Raw requests: 300,000 per address and 5 minutes of the wall clock.',
    scope: ['ip'],
    kind: 'fixed_window',
    params: { limit: 300_000, windowMs: 5 * MINUTE_MS },
    confirm: rows.confirm('RAW_REQUESTS/MINUTE/5'),
    breach: [],
  },
  rows.orders({
    source:
      'Unfilled orders: 100 per account and 10 seconds; a first fill takes one (taker) or more (maker) off the count.',
    limit: 100,
    windowMs: 10_000,
    window: '10s',
    select: 'ORDERS/SECOND/10',
    fillCredit: 1,
  }),
  rows.orders({
    source: 'Unfilled orders: 200,000 per account and day of UTC.',
    limit: 200_000,
    windowMs: DAY_MS,
    window: '1d',
    select: 'ORDERS/DAY/1',
    fillCredit: 1,
    waitSec: 10,
  }),
  {
    id: 'bs.connections',
    venue: VENUE,
    source: 'WebSocket connections: 300 attempts per address and 5 minutes.',
    scope: ['ip'],
    kind: 'fixed_window',
    params: { limit: 300, windowMs: 5 * MINUTE_MS },
    ceilings: FREE_OF_CANCELS_CEILINGS,
    breach: [],
  },
  {
    id: 'bs.sapi',
    venue: VENUE,
    source: 'Wallet calls (/sapi): 12,000 weight per address and minute, counted apart from the spot API.',
    scope: ['ip'],
    kind: 'fixed_window',
    params: { limit: 12_000, windowMs: MINUTE_MS },
    read: [{ from: 'header', name: 'x-sapi-used-ip-weight-1m', means: 'used' }],
    bookedAhead: true,
    ceilings: FREE_OF_CANCELS_CEILINGS,
    breach: [{ status: 429, then: 'retry_after' }],
  },
];

const weight = (cost: CallCost['cost'], onSuccess?: number): CallCost =>
  onSuccess === undefined ? { limit: 'bs.weight', cost } : { limit: 'bs.weight', cost, onSuccess };
const raw: CallCost = { limit: 'bs.raw', cost: 1 };
const read = (cost: CallCost['cost']): readonly CallCost[] => [weight(cost), raw];
const orders = (count: number): readonly CallCost[] => [
  { limit: 'bs.orders10s', cost: count },
  { limit: 'bs.orders1d', cost: count },
];
/** Counts as 1 when it fails and as nothing when it succeeds. */
const freeOnSuccess: readonly CallCost[] = [weight(1, 0), raw];
const place = (count: number): readonly CallCost[] => [...freeOnSuccess, ...orders(count)];
/** Counted on both APIs: the simulated exchange has one count of weight for everything it serves. */
const sapi: readonly CallCost[] = [{ limit: 'bs.sapi', cost: 1 }, weight(1), raw];
const DEPTH = {
  byParam: 'limit',
  fallback: 100,
  steps: [
    [100, 5],
    [500, 25],
    [1_000, 50],
    [5_000, 250],
  ],
} as const;

/**
 * What each call takes. Where the weight depends on whether a parameter is there, each form is a call of
 * its own, with the form in brackets. A cost of 0 only lets the call's reading of that limit be applied.
 */
const costs = {
  'GET /api/v3/ping': read(1),
  'GET /api/v3/time': read(1),
  'GET /api/v3/exchangeInfo': read(20),
  'GET /api/v3/depth': read(DEPTH),
  'GET /api/v3/trades': read(25),
  'GET /api/v3/historicalTrades': read(25),
  'GET /api/v3/aggTrades': read(4),
  'GET /api/v3/klines': read(2),
  'GET /api/v3/uiKlines': read(2),
  'GET /api/v3/avgPrice': read(2),
  'GET /api/v3/ticker/24hr': read(2),
  'GET /api/v3/ticker/24hr (all)': read(80),
  'GET /api/v3/ticker/price': read(2),
  'GET /api/v3/ticker/price (all)': read(4),
  'GET /api/v3/ticker/bookTicker': read(2),
  'GET /api/v3/ticker/bookTicker (all)': read(4),
  'GET /api/v3/account': read(20),
  'GET /api/v3/account (and apiRestrictions)': [
    { limit: 'bs.sapi', cost: 1 },
    weight(21),
    { limit: 'bs.raw', cost: 2 },
  ],
  'GET /api/v3/account/commission': read(20),
  'GET /api/v3/openOrders': read(6),
  'GET /api/v3/openOrders (all)': read(80),
  'GET /api/v3/allOrders': read(20),
  'GET /api/v3/myTrades': read(20),
  'GET /api/v3/myTrades (orderId)': read(5),
  'GET /api/v3/myPreventedMatches': read(2),
  'GET /api/v3/myPreventedMatches (orderId)': read(20),
  'GET /api/v3/order': read(4),
  'GET /api/v3/order/amendments': read(4),
  'GET /api/v3/rateLimit/order': [...read(40), ...orders(0)],
  'POST /api/v3/order': place(1),
  'POST /api/v3/order/test': read(1),
  'POST /api/v3/order/test (computeCommissionRates)': read(20),
  'POST /api/v3/order/cancelReplace': place(1),
  'POST /api/v3/orderList/oco': place(2),
  'POST /api/v3/orderList/oto': place(2),
  'POST /api/v3/orderList/otoco': place(3),
  'DELETE /api/v3/order': freeOnSuccess,
  'DELETE /api/v3/openOrders': freeOnSuccess,
  'DELETE /api/v3/orderList': freeOnSuccess,
  'GET /api/v3/orderList': read(4),
  'GET /api/v3/openOrderList': read(6),
  'GET /api/v3/allOrderList': read(20),
  // Free only where it ends the order, which nobody knows before: the same answer's header then tells.
  'PUT /api/v3/order/amend/keepPriority': read(4),
  'GET /sapi/v1/system/status': sapi,
  'GET /sapi/v1/account/apiRestrictions': sapi,
  'GET /sapi/v1/asset/tradeFee': sapi,
  'WS connect': [{ limit: 'bs.connections', cost: 1 }, weight(2)],
  'WS userDataStream.subscribe': [weight(2)],
} as const satisfies EndpointCosts;

export type BinanceSpotCall = keyof typeof costs;

export interface BinanceSpotLimits extends VenueLimits {
  readonly costs: Readonly<Record<BinanceSpotCall, readonly CallCost[]>>;
}

/** For every venue that speaks the spot protocol; each keeps a budget of its own. */
export function binanceSpotLimits(venue: string = VENUE): BinanceSpotLimits {
  return { venue, definitions: definitions.map((definition) => ({ ...definition, venue })), costs };
}
