import { FREE_OF_CANCELS_CEILINGS, type CallCost, type LimitDefinition, type ScopePart } from '#domain';
import { batchPool, rollingWindow, UNDIVIDED_CEILINGS } from '../budget/limit-shapes.js';
import type { ShippedLimit, VenueLimits } from '../budget/venue-limits.js';

const VENUE = 'okx';
const WINDOW_MS = 2_000;

/** The vendor answers 50011 with HTTP 429 when one endpoint's limit is passed: that endpoint waits one window. */
const ENDPOINT_BREACH: LimitDefinition['breach'] = [
  { code: '50011', then: 'wait_window' },
  { status: 429, then: 'wait_window' },
];

/** One limit that one endpoint alone draws on. */
interface Endpoint {
  readonly id: string;
  readonly calls: readonly string[];
  readonly limit: number;
  readonly windowMs?: number;
  readonly scope: readonly ScopePart[];
  readonly source: string;
  /** Cancels draw on it, so the last tenth is kept for them. */
  readonly isCancel?: true;
}

const perInstrument: readonly ScopePart[] = ['account', 'symbol'];

const endpoints: readonly Endpoint[] = [
  {
    id: 'okx.place',
    calls: ['POST /api/v5/trade/order'],
    limit: 60,
    scope: perInstrument,
    source: 'New orders: 60 per user, instrument and 2 seconds.',
  },
  {
    id: 'okx.amend',
    calls: ['POST /api/v5/trade/amend-order'],
    limit: 60,
    scope: perInstrument,
    source: 'Amended orders: 60 per user, instrument and 2 seconds.',
  },
  {
    id: 'okx.cancel',
    calls: ['POST /api/v5/trade/cancel-order'],
    limit: 60,
    scope: perInstrument,
    source: 'Cancelled orders: 60 per user, instrument and 2 seconds.',
    isCancel: true,
  },
  {
    id: 'okx.order',
    calls: ['GET /api/v5/trade/order'],
    limit: 60,
    scope: ['account'],
    source: 'Look-ups of one order: 60 per user and 2 seconds.',
  },
  {
    id: 'okx.openOrders',
    calls: ['GET /api/v5/trade/orders-pending'],
    limit: 60,
    scope: ['account'],
    source: 'Open orders: 60 per user and 2 seconds.',
  },
  {
    id: 'okx.history',
    calls: ['GET /api/v5/trade/orders-history'],
    limit: 40,
    scope: ['account'],
    source: 'Orders of the last 7 days: 40 per user and 2 seconds.',
  },
  {
    id: 'okx.archive',
    calls: ['GET /api/v5/trade/orders-history-archive'],
    limit: 20,
    scope: ['account'],
    source: 'Orders of the last 3 months: 20 per user and 2 seconds.',
  },
  {
    id: 'okx.fills',
    calls: ['GET /api/v5/trade/fills'],
    limit: 60,
    scope: ['account'],
    source: 'Fills of the last 3 days: 60 per user and 2 seconds.',
  },
  {
    id: 'okx.fillsHistory',
    calls: ['GET /api/v5/trade/fills-history'],
    limit: 10,
    scope: ['account'],
    source: 'Fills of the last 3 months: 10 per user and 2 seconds.',
  },
  {
    id: 'okx.balance',
    calls: ['GET /api/v5/account/balance'],
    limit: 10,
    scope: ['account'],
    source: 'Balances: 10 per user and 2 seconds.',
  },
  {
    id: 'okx.positions',
    calls: ['GET /api/v5/account/positions'],
    limit: 10,
    scope: ['account'],
    source: 'Positions: 10 per user and 2 seconds.',
  },
  {
    id: 'okx.config',
    calls: ['GET /api/v5/account/config'],
    limit: 5,
    scope: ['account'],
    source: 'Account settings: 5 per user and 2 seconds.',
  },
  {
    id: 'okx.leverage',
    calls: ['GET /api/v5/account/leverage-info'],
    limit: 20,
    scope: ['account'],
    source: 'Leverage read: 20 per user and 2 seconds.',
  },
  {
    id: 'okx.setLeverage',
    calls: ['POST /api/v5/account/set-leverage'],
    limit: 20,
    scope: ['account'],
    source: 'Leverage set: 20 per user and 2 seconds.',
  },
  {
    id: 'okx.setPositionMode',
    calls: ['POST /api/v5/account/set-position-mode'],
    limit: 5,
    scope: ['account'],
    source: 'Position mode set: 5 per user and 2 seconds.',
  },
  {
    id: 'okx.tradeFee',
    calls: ['GET /api/v5/account/trade-fee'],
    limit: 5,
    scope: ['account'],
    source: 'Fee rates: 5 per user and 2 seconds.',
  },
  {
    id: 'okx.cancelAllAfter',
    calls: ['POST /api/v5/trade/cancel-all-after'],
    limit: 1,
    windowMs: 1_000,
    scope: ['account'],
    source: 'Dead-man timer: 1 per user and second.',
  },
  {
    id: 'okx.accountRateLimit',
    calls: ['GET /api/v5/trade/account-rate-limit'],
    limit: 1,
    windowMs: 1_000,
    scope: ['account'],
    source: 'Own rate limit read: 1 per user and second.',
  },
  {
    id: 'okx.books',
    calls: ['GET /api/v5/market/books'],
    limit: 40,
    scope: ['ip'],
    source: 'Order books: 40 per address and 2 seconds.',
  },
  {
    id: 'okx.candles',
    calls: ['GET /api/v5/market/candles'],
    limit: 40,
    scope: ['ip'],
    source: 'Candles: 40 per address and 2 seconds.',
  },
  {
    id: 'okx.trades',
    calls: ['GET /api/v5/market/trades'],
    limit: 100,
    scope: ['ip'],
    source: 'Public trades: 100 per address and 2 seconds.',
  },
  {
    id: 'okx.tickers',
    calls: ['GET /api/v5/market/ticker', 'GET /api/v5/market/tickers'],
    limit: 20,
    scope: ['ip'],
    source: 'Tickers: 20 per address and 2 seconds.',
  },
  {
    id: 'okx.instruments',
    calls: ['GET /api/v5/public/instruments'],
    limit: 20,
    scope: ['ip'],
    source: 'Instruments: 20 per address and 2 seconds.',
  },
  {
    id: 'okx.markPrice',
    calls: ['GET /api/v5/public/mark-price'],
    limit: 10,
    scope: ['ip'],
    source: 'Mark prices: 10 per address, instrument and 2 seconds; we count all instruments together.',
  },
  {
    id: 'okx.fundingRate',
    calls: ['GET /api/v5/public/funding-rate'],
    limit: 10,
    scope: ['ip'],
    source: 'Funding rates: 10 per address, instrument and 2 seconds; we count all instruments together.',
  },
  {
    id: 'okx.time',
    calls: ['GET /api/v5/public/time'],
    limit: 10,
    scope: ['ip'],
    source: 'Venue time: 10 per address and 2 seconds.',
  },
];

const pools: readonly { id: string; call: string; source: string; isCancel?: true }[] = [
  {
    id: 'okx.placeBatch',
    call: 'POST /api/v5/trade/batch-orders',
    source: 'Orders in batches of new ones: 300 orders per user, instrument and 2 seconds, apart from single orders.',
  },
  {
    id: 'okx.amendBatch',
    call: 'POST /api/v5/trade/amend-batch-orders',
    source: 'Orders in batches of amends: 300 orders per user, instrument and 2 seconds, apart from single amends.',
  },
  {
    id: 'okx.cancelBatch',
    call: 'POST /api/v5/trade/cancel-batch-orders',
    source: 'Orders in batches of cancels: 300 orders per user, instrument and 2 seconds, apart from single cancels.',
    isCancel: true,
  },
];

const ceilings = (isCancel?: true, limit = Infinity) =>
  isCancel ? {} : { ceilings: limit === 1 ? UNDIVIDED_CEILINGS : FREE_OF_CANCELS_CEILINGS };

/** Limits of the v5 API (venues.md B3). */
const definitions: readonly ShippedLimit[] = [
  {
    id: 'okx.newAndAmend',
    venue: VENUE,
    source:
      'New and amended orders, single or in batches: 1,000 orders per sub-account and 2 seconds; cancels are free.',
    scope: ['account'],
    ...rollingWindow(1_000, WINDOW_MS),
    confirm: { call: 'GET /api/v5/trade/account-rate-limit', select: 'accRateLimit', everySec: 3_600 },
    ceilings: FREE_OF_CANCELS_CEILINGS,
    breach: [{ code: '50061', then: 'wait_window' }],
  },
  ...endpoints.map(({ id, limit, windowMs, scope, source, isCancel }) => ({
    id,
    venue: VENUE,
    source,
    scope,
    ...rollingWindow(limit, windowMs ?? WINDOW_MS),
    ...ceilings(isCancel, limit),
    breach: ENDPOINT_BREACH,
  })),
  ...pools.map(({ id, source, isCancel }) => ({
    id,
    venue: VENUE,
    source,
    scope: perInstrument,
    ...batchPool(300, WINDOW_MS),
    ...ceilings(isCancel),
    breach: ENDPOINT_BREACH,
  })),
  {
    id: 'okx.wsConnect',
    venue: VENUE,
    source: 'WebSocket connections: 3 per address and second.',
    scope: ['ip'],
    ...rollingWindow(3, 1_000),
    ceilings: FREE_OF_CANCELS_CEILINGS,
    breach: [],
  },
  {
    id: 'okx.wsRequests',
    venue: VENUE,
    source: 'Subscriptions, their ends and logins: 480 per connection and hour.',
    scope: ['session'],
    ...rollingWindow(480, 3_600_000),
    ceilings: FREE_OF_CANCELS_CEILINGS,
    breach: [],
  },
];

const newAndAmend = (call: string): readonly CallCost[] =>
  /\/(order|amend-order)$/.test(call) && call.startsWith('POST') ? [{ limit: 'okx.newAndAmend', cost: 1 }] : [];

const costs: Readonly<Record<string, readonly CallCost[]>> = {
  ...Object.fromEntries(
    endpoints.flatMap(({ id, calls }) => calls.map((call) => [call, [{ limit: id, cost: 1 }, ...newAndAmend(call)]])),
  ),
  // A look-up by our id: the order, then the archive.
  'GET /api/v5/trade/order (+ history)': [
    { limit: 'okx.order', cost: 1 },
    { limit: 'okx.archive', cost: 1 },
  ],
  'POST /api/v5/trade/batch-orders': [
    { limit: 'okx.placeBatch', cost: { perOrder: 1 } },
    { limit: 'okx.newAndAmend', cost: { perOrder: 1 } },
  ],
  'POST /api/v5/trade/amend-batch-orders': [
    { limit: 'okx.amendBatch', cost: { perOrder: 1 } },
    { limit: 'okx.newAndAmend', cost: { perOrder: 1 } },
  ],
  'POST /api/v5/trade/cancel-batch-orders': [{ limit: 'okx.cancelBatch', cost: { perOrder: 1 } }],
  'WS connect': [{ limit: 'okx.wsConnect', cost: 1 }],
  'WS subscribe': [{ limit: 'okx.wsRequests', cost: 1 }],
  'WS login': [{ limit: 'okx.wsRequests', cost: 1 }],
};

/** Limits of OKX spot and swaps. */
export const OKX_LIMITS: VenueLimits = { venue: VENUE, definitions, costs };
