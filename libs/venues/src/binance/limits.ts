import { FREE_OF_CANCELS_CEILINGS, type CallCost, type EndpointCosts, type LimitDefinition } from '#domain';
import type { VenueLimits } from '../budget/venue-limits.js';

const VENUE = 'binance-spot';
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Limits of the spot REST and WebSocket APIs (venues.md B3). The venue's own figures override them. */
const definitions: readonly LimitDefinition[] = [
  {
    id: 'bs.ban',
    venue: VENUE,
    scope: ['ip'],
    kind: 'ban',
    params: {},
    // The shortest ban the venue gives is two minutes.
    breach: [{ status: 418, then: 'retry_after', sec: 120 }],
  },
  {
    id: 'bs.weight',
    venue: VENUE,
    scope: ['ip'],
    kind: 'fixed_window',
    params: { limit: 6_000, windowMs: MINUTE_MS },
    read: [{ from: 'header', name: 'x-mbx-used-weight-1m', means: 'used' }],
    confirm: { call: 'GET /api/v3/exchangeInfo', select: 'REQUEST_WEIGHT/MINUTE/1', everySec: 3_600 },
    breach: [
      { status: 429, then: 'retry_after' },
      { status: 403, then: 'wait_window' },
    ],
  },
  {
    id: 'bs.raw',
    venue: VENUE,
    scope: ['ip'],
    kind: 'fixed_window',
    params: { limit: 300_000, windowMs: 5 * MINUTE_MS },
    confirm: { call: 'GET /api/v3/exchangeInfo', select: 'RAW_REQUESTS/MINUTE/5', everySec: 3_600 },
    breach: [],
  },
  {
    id: 'bs.orders10s',
    venue: VENUE,
    scope: ['account'],
    kind: 'fixed_window',
    params: { limit: 100, windowMs: 10_000 },
    read: [{ from: 'header', name: 'x-mbx-order-count-10s', means: 'used' }],
    confirm: { call: 'GET /api/v3/exchangeInfo', select: 'ORDERS/SECOND/10', everySec: 3_600 },
    ceilings: FREE_OF_CANCELS_CEILINGS,
    breach: [{ code: '-1015', then: 'retry_after' }],
  },
  {
    id: 'bs.orders1d',
    venue: VENUE,
    scope: ['account'],
    kind: 'fixed_window',
    params: { limit: 200_000, windowMs: DAY_MS },
    read: [{ from: 'header', name: 'x-mbx-order-count-1d', means: 'used' }],
    confirm: { call: 'GET /api/v3/exchangeInfo', select: 'ORDERS/DAY/1', everySec: 3_600 },
    ceilings: FREE_OF_CANCELS_CEILINGS,
    breach: [{ code: '-1015', then: 'retry_after', sec: 10 }],
  },
  {
    id: 'bs.connections',
    venue: VENUE,
    scope: ['ip'],
    kind: 'fixed_window',
    params: { limit: 300, windowMs: 5 * MINUTE_MS },
    ceilings: FREE_OF_CANCELS_CEILINGS,
    breach: [],
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
  'GET /api/v3/aggTrades': read(4),
  'GET /api/v3/klines': read(2),
  'GET /api/v3/avgPrice': read(2),
  'GET /api/v3/ticker/price': read(2),
  'GET /api/v3/ticker/price (all)': read(4),
  'GET /api/v3/ticker/bookTicker': read(2),
  'GET /api/v3/ticker/bookTicker (all)': read(4),
  'GET /api/v3/account': read(20),
  // The second has no weight here: it draws on a limit of its own, far above what is asked.
  'GET /api/v3/account (and apiRestrictions)': [weight(20), { limit: 'bs.raw', cost: 2 }],
  'GET /api/v3/account/commission': read(20),
  'GET /api/v3/openOrders': read(6),
  'GET /api/v3/openOrders (all)': read(80),
  'GET /api/v3/allOrders': read(20),
  'GET /api/v3/myTrades': read(20),
  'GET /api/v3/myTrades (orderId)': read(5),
  'GET /api/v3/order': read(4),
  'GET /api/v3/rateLimit/order': [...read(40), ...orders(0)],
  'POST /api/v3/order': [weight(1, 0), raw, ...orders(1)],
  'POST /api/v3/order/test': read(1),
  'DELETE /api/v3/order': [weight(1, 0), raw],
  'DELETE /api/v3/openOrders': [weight(1, 0), raw],
  'PUT /api/v3/order/amend/keepPriority': read(4),
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

/** One entry of the venue's `rateLimits`, as `exchangeInfo` and `rateLimit/order` give it. */
export interface BinanceRateLimit {
  readonly rateLimitType: string;
  readonly interval: string;
  readonly intervalNum: number;
  readonly limit: number;
  readonly count?: number;
}

/** The venue's own counts by limit id, for `settle`. Entries that belong to no limit of ours are left out. */
export function binanceReadings(entries: readonly BinanceRateLimit[]): Readonly<Record<string, number>> {
  return Object.fromEntries(matched(entries).flatMap(([id, e]) => (e.count === undefined ? [] : [[id, e.count]])));
}

/** The venue's own limits by limit id, for `announce`. */
export function binanceAnnouncements(entries: readonly BinanceRateLimit[]): Readonly<Record<string, number>> {
  return Object.fromEntries(matched(entries).map(([id, e]) => [id, e.limit]));
}

function matched(entries: readonly BinanceRateLimit[]): (readonly [string, BinanceRateLimit])[] {
  return entries.flatMap((entry) => {
    const select = `${entry.rateLimitType}/${entry.interval}/${entry.intervalNum}`;
    const definition = definitions.find((d) => d.confirm?.select === select);
    return definition ? [[definition.id, entry] as const] : [];
  });
}
