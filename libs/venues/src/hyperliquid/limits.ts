import { FREE_OF_CANCELS_CEILINGS, type CallCost } from '#domain';
import { rollingWindow } from '../budget/limit-shapes.js';
import type { OpenOrderLimit, ShippedLimit, VenueLimits } from '../budget/venue-limits.js';

const VENUE = 'hyperliquid';
const USER_RATE_LIMIT = 'POST /info (userRateLimit)';

/** Limits of the exchange and info endpoints (venues.md B3). */
const definitions: readonly ShippedLimit[] = [
  {
    id: 'hl.weight',
    venue: VENUE,
    source:
      'Weight: 1,200 per address of the network and minute; taken as rolling, since nobody says how it is aligned.',
    scope: ['ip'],
    ...rollingWindow(1_200, 60_000),
    breach: [{ status: 429, then: 'retry_after', sec: 60 }],
  },
  {
    id: 'hl.actions',
    venue: VENUE,
    source:
      'Actions of a trading address: 10,000 and 1 more per USDC traded, for life; past them 1 per 10 seconds. Cancels go on to the lesser of 100,000 more and twice as many.',
    scope: ['address'],
    kind: 'lifetime_budget',
    params: { base: 10_000, dripMs: 10_000 },
    read: [
      { from: 'call', name: 'nRequestsUsed', means: 'used', call: USER_RATE_LIMIT },
      { from: 'call', name: 'nRequestsCap', means: 'limit', call: USER_RATE_LIMIT },
    ],
    confirm: { call: USER_RATE_LIMIT, select: 'nRequestsCap', everySec: 600 },
    breach: [{ code: 'Too many cumulative requests', then: 'ban_sec', sec: 10 }],
  },
  {
    id: 'hl.connections',
    venue: VENUE,
    source: 'New WebSocket connections: 30 per address of the network and minute.',
    scope: ['ip'],
    ...rollingWindow(30, 60_000),
    ceilings: FREE_OF_CANCELS_CEILINGS,
    breach: [],
  },
];

const info = (cost: number): readonly CallCost[] => [{ limit: 'hl.weight', cost }];
/** One more per so many rows of the answer, which nobody knows before: counted for the longest answer. */
const rows = (most: number, perRows: number): readonly CallCost[] => info(20 + Math.floor(most / perRows));
const action: readonly CallCost[] = [
  { limit: 'hl.weight', cost: { expr: 'floor_n', div: 40, plus: 1 } },
  { limit: 'hl.actions', cost: { perOrder: 1 } },
];

const ACTIONS = [
  'order',
  'cancel',
  'cancelByCloid',
  'modify',
  'batchModify',
  'scheduleCancel',
  'updateLeverage',
  'updateIsolatedMargin',
] as const;

const costs: Readonly<Record<string, readonly CallCost[]>> = {
  ...Object.fromEntries(ACTIONS.map((name) => [`POST /exchange (${name})`, action])),
  'POST /info (l2Book)': info(2),
  'POST /info (allMids)': info(2),
  'POST /info (clearinghouseState)': info(2),
  'POST /info (spotClearinghouseState)': info(2),
  'POST /info (orderStatus)': info(2),
  'POST /info (exchangeStatus)': info(2),
  'POST /info (userRole)': info(60),
  'POST /info (meta)': info(20),
  'POST /info (metaAndAssetCtxs)': info(20),
  'POST /info (spotMeta)': info(20),
  'POST /info (spotMetaAndAssetCtxs)': info(20),
  'POST /info (openOrders)': info(20),
  'POST /info (frontendOpenOrders)': info(20),
  'POST /info (userFees)': info(20),
  'POST /info (activeAssetData)': info(20),
  [USER_RATE_LIMIT]: [...info(20), { limit: 'hl.actions', cost: 0 }],
  'POST /info (userFills)': rows(2_000, 20),
  'POST /info (userFillsByTime)': rows(2_000, 20),
  'POST /info (historicalOrders)': rows(2_000, 20),
  'POST /info (fundingHistory)': rows(500, 20),
  'POST /info (recentTrades)': rows(500, 20),
  'POST /info (candleSnapshot)': rows(5_000, 60),
  'WS connect': [{ limit: 'hl.connections', cost: 1 }],
};

const openOrders: OpenOrderLimit = {
  scope: ['address'],
  source: 'Open orders of a trading address: 1,000 and 1 more per 5 M USDC traded, at most 5,000.',
  limit: 1_000,
  earned: { perUsdc: 5_000_000, most: 5_000, tradedBy: 'hl.actions' },
};

/** Limits of Hyperliquid. */
export const HYPERLIQUID_LIMITS: VenueLimits = { venue: VENUE, definitions, costs, openOrders };
