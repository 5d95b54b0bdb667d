import type { CallCost, LimitDefinition } from '#domain';
import { credits, NEVER_EMPTY_CEILINGS, tokenBucket } from '../budget/limit-shapes.js';
import type { ShippedLimit, VenueLimits } from '../budget/venue-limits.js';

const VENUE = 'deribit';
const CONFIRM = { call: 'GET /api/v2/private/get_account_summary', everySec: 3_600 } as const;

/** One answer too many ends the session: a new login waits until the pool is full again. */
const BREACH: LimitDefinition['breach'] = [
  { code: '10028', then: 'session_kill' },
  { status: 429, then: 'session_kill' },
];

/** Limits of the v2 API (venues.md B3). */
const definitions: readonly ShippedLimit[] = [
  {
    id: 'de.credits',
    venue: VENUE,
    source:
      'Calls that do not go to the matching engine: 500 credits each, 50,000 in the pool, 10,000 a second come back.',
    scope: ['account'],
    ...credits(50_000, 10_000),
    ceilings: NEVER_EMPTY_CEILINGS,
    confirm: { ...CONFIRM, select: 'non_matching_engine' },
    breach: BREACH,
  },
  {
    id: 'de.public',
    venue: VENUE,
    source:
      'Calls without a login are counted by address; by which figures nobody says, so those of a sub-account hold.',
    scope: ['ip'],
    ...credits(50_000, 10_000),
    ceilings: NEVER_EMPTY_CEILINGS,
    breach: BREACH,
  },
  {
    id: 'de.subscriptions',
    venue: VENUE,
    source: 'Subscriptions: 3,000 credits each, 30,000 in the pool, 10,000 a second come back.',
    scope: ['account'],
    ...credits(30_000, 10_000),
    ceilings: NEVER_EMPTY_CEILINGS,
    breach: BREACH,
  },
  {
    id: 'de.matching',
    venue: VENUE,
    source:
      'Calls to the matching engine: 5 a second and 20 in a burst; 20 and 50 from 5 M USD of weekly volume, 30 and 100 from 25 M USD.',
    scope: ['account'],
    ...tokenBucket(5, 20),
    tier: { volume5m: tokenBucket(20, 50).params, volume25m: tokenBucket(30, 100).params },
    confirm: { ...CONFIRM, select: 'matching_engine/trading/total' },
    breach: BREACH,
  },
];

// A call takes nothing of the limit that is named with 0, but is refused while the lost session keeps that one closed.
const matching: readonly CallCost[] = [
  { limit: 'de.matching', cost: 1 },
  { limit: 'de.credits', cost: 0 },
];
const other: readonly CallCost[] = [
  { limit: 'de.credits', cost: 500 },
  { limit: 'de.matching', cost: 0 },
];
const subscription: readonly CallCost[] = [{ limit: 'de.subscriptions', cost: 3_000 }];
const open: readonly CallCost[] = [{ limit: 'de.public', cost: 500 }];

const MATCHING = [
  'buy',
  'sell',
  'edit',
  'edit_by_label',
  'cancel',
  'cancel_all',
  'cancel_all_by_currency',
  'cancel_all_by_currency_pair',
  'cancel_all_by_instrument',
  'cancel_all_by_kind_or_type',
  'cancel_by_label',
  'close_position',
] as const;
const PRIVATE = [
  'get_account_summary',
  'get_account_summaries',
  'get_open_orders',
  'get_open_orders_by_currency',
  'get_open_orders_by_instrument',
  'get_open_orders_by_label',
  'get_order_history_by_currency',
  'get_order_history_by_instrument',
  'get_order_state',
  'get_order_state_by_label',
  'get_position',
  'get_positions',
  'get_user_trades_by_currency_and_time',
  'get_user_trades_by_instrument',
  'get_user_trades_by_instrument_and_time',
  'get_user_trades_by_order',
  'enable_cancel_on_disconnect',
  'list_api_keys',
] as const;
const PUBLIC = [
  'auth',
  'get_time',
  'get_currencies',
  'get_instrument',
  'get_instruments',
  'get_order_book',
  'get_last_trades_by_instrument',
  'get_last_trades_by_instrument_and_time',
  'get_tradingview_chart_data',
  'get_funding_rate_value',
  'ticker',
  'set_heartbeat',
  'test',
] as const;

const costs: Readonly<Record<string, readonly CallCost[]>> = {
  ...Object.fromEntries(MATCHING.map((name) => [`GET /api/v2/private/${name}`, matching])),
  ...Object.fromEntries(PRIVATE.map((name) => [`GET /api/v2/private/${name}`, other])),
  ...Object.fromEntries(PUBLIC.map((name) => [`GET /api/v2/public/${name}`, open])),
  'WS private/subscribe': subscription,
  'WS public/subscribe': subscription,
};

/** Limits of Deribit. */
export const DERIBIT_LIMITS: VenueLimits = { venue: VENUE, definitions, costs };
