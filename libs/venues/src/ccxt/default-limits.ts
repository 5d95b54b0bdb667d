import type { CallCost } from '#domain';
import { rollingWindow } from '../budget/limit-shapes.js';
import type { ShippedLimit, VenueLimits } from '../budget/venue-limits.js';

const WINDOW_MS = 10_000;
/** No exchange that ccxt knows and that trades in earnest allows less. */
const MOST_CALLS = 20;
const MOST_ORDERS = 10;

const CALLS = [
  'fetchTime',
  'loadMarkets',
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
  'fetchBalance',
  'fetchPositions',
  'fetchTradingFee',
  'fetchLeverage',
  'setLeverage',
  'setMarginMode',
  'setPositionMode',
  'watch',
] as const;
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
  const costs = Object.fromEntries([
    ...CALLS.map((name) => [`ccxt ${name}`, [call]]),
    ...ORDERS.map((name) => [`ccxt ${name}`, [call, { limit: 'any.orders', cost: 1 }]]),
  ]) as Readonly<Record<string, readonly CallCost[]>>;
  return { venue, definitions, costs };
}
