import type { CallCost } from '#domain';
import { rollingWindow } from '../budget/limit-shapes.js';
import type { ShippedLimit, VenueLimits } from '../budget/venue-limits.js';

const WINDOW_MS = 10_000;
/** No exchange that ccxt knows and that trades in earnest allows less. */
const MOST_CALLS = 20;
const MOST_ORDERS = 10;

const CALLS = [
  'fetchTime',
  'fetchOrderBook',
  'fetchTrades',
  'fetchTicker',
  'fetchOHLCV',
  'fetchFundingRate',
  'cancelOrder',
  'cancelAllOrders',
  'fetchOrder',
  'fetchOpenOrders',
  'fetchOpenOrders (all)',
  'fetchOrders',
  'fetchMyTrades',
  'fetchTradingFee',
  'fetchLeverage',
  'setLeverage',
  'setMarginMode',
  'setPositionMode',
  'watch',
] as const;
/** Reads that some exchanges answer by several requests. */
const SEVERAL = ['fetchTime (or loadMarkets)', 'loadMarkets', 'fetchBalance', 'fetchPositions'] as const;
const MOST_REQUESTS = 3;
const ORDERS = ['createOrder', 'editOrder'] as const;

/**
 * Limits for an exchange whose own are not written down here: slow enough for any that we know of, and slower still
 * where ccxt says that it is. Calls are named after ccxt's methods: `ccxt createOrder`.
 * @param pauseMs ccxt's own `rateLimit` of that exchange: the pause between two calls, in ms
 */
export function defaultLimits(venue: string, pauseMs = 50): VenueLimits {
  const perWindow = Math.min(MOST_CALLS, Math.max(1, Math.floor(WINDOW_MS / (2 * Math.max(1, pauseMs)))));
  const definitions: readonly ShippedLimit[] = [
    {
      id: 'any.ban',
      venue,
      source: 'Our choice: an answer that shuts us out closes everything for 10 minutes.',
      scope: ['ip'],
      kind: 'ban',
      params: {},
      breach: [
        { status: 418, then: 'retry_after', sec: 600 },
        { status: 403, then: 'ban_sec', sec: 600 },
      ],
    },
    {
      id: 'any.calls',
      venue,
      source: 'Our choice: 20 calls per address and 10 seconds, or half of what ccxt would send.',
      scope: ['ip'],
      ...rollingWindow(perWindow, WINDOW_MS),
      breach: [{ status: 429, then: 'retry_after', sec: 60 }],
    },
    {
      id: 'any.orders',
      venue,
      source: 'Our choice: 10 new or changed orders per account and 10 seconds.',
      scope: ['account'],
      ...rollingWindow(Math.min(MOST_ORDERS, perWindow), WINDOW_MS),
      ceilings: { query: 1_000, place: 950, reduce: 1_000, cancel: 1_000 },
      breach: [],
    },
  ];
  const call: CallCost = { limit: 'any.calls', cost: 1 };
  // Never more than a share that every priority may have.
  const several = Math.max(1, Math.min(MOST_REQUESTS, Math.floor(perWindow / 4)));
  const costs = Object.fromEntries([
    ...CALLS.map((name) => [`ccxt ${name}`, [call]]),
    ...SEVERAL.map((name) => [`ccxt ${name}`, [{ ...call, cost: several }]]),
    ...ORDERS.map((name) => [`ccxt ${name}`, [call, { limit: 'any.orders', cost: 1 }]]),
  ]) as Readonly<Record<string, readonly CallCost[]>>;
  return { venue, definitions, costs };
}

/** How many requests a call of that name is paid for; 1 where it is not in the table. */
export function paidRequests(pauseMs: number | undefined): (call: string) => number {
  const { costs } = defaultLimits('any', pauseMs);
  return (call) => {
    const cost = costs[call]?.find(({ limit }) => limit === 'any.calls')?.cost;
    return typeof cost === 'number' ? cost : 1;
  };
}
