import { FREE_OF_CANCELS_CEILINGS, type CallCost, type LimitDefinition } from '#domain';
import { batchPool, rollingWindow, UNDIVIDED_CEILINGS } from '../budget/limit-shapes.js';
import type { ShippedLimit, VenueLimits } from '../budget/venue-limits.js';

const VENUE = 'bybit';
const SECOND_MS = 1_000;

/** What the vendor calls `category`; linear and inverse share a limit. */
export const BYBIT_CATEGORIES = ['linear', 'spot', 'option'] as const;
type Category = (typeof BYBIT_CATEGORIES)[number];

/** Every reply of an endpoint tells what is left of its limit and, as `X-Bapi-Limit`, the limit itself. */
const READ: NonNullable<LimitDefinition['read']> = [
  { from: 'header', name: 'x-bapi-limit-status', means: 'left' },
  { from: 'header', name: 'x-bapi-limit', means: 'limit' },
  { from: 'header', name: 'x-bapi-limit-reset-timestamp', means: 'resetAt' },
];
/** "Too many visits": the endpoint is closed until the instant of `X-Bapi-Limit-Reset-Timestamp`. */
const BREACH: LimitDefinition['breach'] = [
  { code: '10006', then: 'retry_after' },
  { code: '10429', then: 'retry_after' },
];

const PER_SECOND: readonly {
  what: string;
  call: string;
  limits: Readonly<Record<Category, number>>;
  isCancel?: true;
}[] = [
  { what: 'create', call: 'POST /v5/order/create', limits: { linear: 10, spot: 20, option: 10 } },
  { what: 'amend', call: 'POST /v5/order/amend', limits: { linear: 10, spot: 10, option: 10 } },
  { what: 'cancel', call: 'POST /v5/order/cancel', limits: { linear: 10, spot: 20, option: 10 }, isCancel: true },
  {
    what: 'cancelAll',
    call: 'POST /v5/order/cancel-all',
    limits: { linear: 10, spot: 20, option: 1 },
    isCancel: true,
  },
];
const BATCHES: typeof PER_SECOND = PER_SECOND.filter(({ what }) => what !== 'cancelAll');

/** Reads of one account: each endpoint has a limit of its own. */
const READS: readonly { id: string; call: string; limit: number }[] = [
  { id: 'bb.openOrders', call: 'GET /v5/order/realtime', limit: 50 },
  { id: 'bb.orderHistory', call: 'GET /v5/order/history', limit: 50 },
  { id: 'bb.executions', call: 'GET /v5/execution/list', limit: 50 },
  { id: 'bb.positions', call: 'GET /v5/position/list', limit: 50 },
  { id: 'bb.wallet', call: 'GET /v5/account/wallet-balance', limit: 50 },
  { id: 'bb.accountInfo', call: 'GET /v5/account/info', limit: 50 },
  { id: 'bb.feeRate', call: 'GET /v5/account/fee-rate', limit: 5 },
  { id: 'bb.apiKey', call: 'GET /v5/user/query-api', limit: 10 },
  { id: 'bb.setLeverage', call: 'POST /v5/position/set-leverage', limit: 10 },
  { id: 'bb.switchMode', call: 'POST /v5/position/switch-mode', limit: 10 },
  { id: 'bb.marginMode', call: 'POST /v5/account/set-margin-mode', limit: 5 },
  { id: 'bb.disconnectCancel', call: 'POST /v5/order/disconnected-cancel-all', limit: 5 },
];
const PUBLIC = [
  'GET /v5/market/time',
  'GET /v5/market/instruments-info',
  'GET /v5/market/orderbook',
  'GET /v5/market/tickers',
  'GET /v5/market/recent-trade',
  'GET /v5/market/kline',
  'GET /v5/market/funding/history',
] as const;

/** What all limits of endpoints have in common. */
const endpoint = (id: string, source: string, isCancel?: true) => ({
  id,
  venue: VENUE,
  source,
  scope: ['account'] as const,
  read: READ,
  ...(isCancel ? {} : { ceilings: FREE_OF_CANCELS_CEILINGS }),
  breach: BREACH,
});

/** Limits of the v5 API (venues.md B3). */
const definitions: readonly ShippedLimit[] = [
  {
    id: 'bb.ban',
    venue: VENUE,
    source: 'An address that is told 403 has called too often, and must stop everything for at least 10 minutes.',
    scope: ['ip'],
    kind: 'ban',
    params: {},
    breach: [{ status: 403, then: 'ban_sec', sec: 600 }],
  },
  {
    id: 'bb.ip',
    venue: VENUE,
    source: 'All HTTP calls: 600 per address and 5 seconds.',
    scope: ['ip'],
    ...rollingWindow(600, 5_000),
    breach: [{ status: 429, then: 'retry_after', sec: 5 }],
  },
  ...PER_SECOND.flatMap(({ what, limits, isCancel }) =>
    BYBIT_CATEGORIES.map((category) => ({
      ...endpoint(
        `bb.${what}.${category}`,
        `Orders, ${what}, ${category}: ${limits[category]} per user and rolling second.`,
        isCancel,
      ),
      ...rollingWindow(limits[category], SECOND_MS),
      ...(limits[category] === 1 ? { ceilings: UNDIVIDED_CEILINGS } : {}),
    })),
  ),
  ...BATCHES.flatMap(({ what, limits, isCancel }) =>
    BYBIT_CATEGORIES.map((category) => ({
      ...endpoint(
        `bb.${what}Batch.${category}`,
        `Batches, ${what}, ${category}: ${limits[category]} orders per user and rolling second, apart from single orders.`,
        isCancel,
      ),
      ...batchPool(limits[category], SECOND_MS),
    })),
  ),
  ...READS.map(({ id, call, limit }) => ({
    ...endpoint(id, `${call}: ${limit} per user and rolling second.`),
    ...rollingWindow(limit, SECOND_MS),
  })),
  {
    id: 'bb.connections',
    venue: VENUE,
    source: 'WebSocket connections: 500 per address and 5 minutes.',
    scope: ['ip'],
    ...rollingWindow(500, 300_000),
    ceilings: FREE_OF_CANCELS_CEILINGS,
    breach: [],
  },
];

const ip: CallCost = { limit: 'bb.ip', cost: 1 };

/** Calls whose limit depends on the category carry it in brackets. */
const costs: Readonly<Record<string, readonly CallCost[]>> = {
  ...Object.fromEntries(
    PER_SECOND.flatMap(({ what, call }) =>
      BYBIT_CATEGORIES.map((category) => [`${call} (${category})`, [{ limit: `bb.${what}.${category}`, cost: 1 }, ip]]),
    ),
  ),
  ...Object.fromEntries(
    BATCHES.flatMap(({ what, call }) =>
      BYBIT_CATEGORIES.map((category) => [
        `${call}-batch (${category})`,
        [{ limit: `bb.${what}Batch.${category}`, cost: { perOrder: 1 } }, ip],
      ]),
    ),
  ),
  ...Object.fromEntries(READS.map(({ id, call }) => [call, [{ limit: id, cost: 1 }, ip]])),
  // A look-up by our id: among recent orders, then in the history.
  'GET /v5/order/realtime (+ history)': [
    { limit: 'bb.openOrders', cost: 1 },
    { limit: 'bb.orderHistory', cost: 1 },
    { limit: 'bb.ip', cost: 2 },
  ],
  ...Object.fromEntries(PUBLIC.map((call) => [call, [ip]])),
  'WS connect': [{ limit: 'bb.connections', cost: 1 }],
};

/** Limits of Bybit's unified account. */
export const BYBIT_LIMITS: VenueLimits = { venue: VENUE, definitions, costs };
