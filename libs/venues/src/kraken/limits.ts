import { FREE_OF_CANCELS_CEILINGS, type CallCost } from '#domain';
import { decayingCounter, rollingWindow, UNDIVIDED_CEILINGS } from '../budget/limit-shapes.js';
import type { OpenOrderLimit, ShippedLimit, VenueLimits } from '../budget/venue-limits.js';

const VENUE = 'kraken';

/** Limits of the spot API (venues.md B3). Figures are of the lowest tier; see `tier`. */
const definitions: readonly ShippedLimit[] = [
  {
    id: 'kr.calls',
    venue: VENUE,
    source:
      'REST call counter of a key: at most 15, falling by 0.33 a second; 20 and 0.5 for intermediate, 20 and 1 for pro.',
    scope: ['key'],
    ...decayingCounter(15, 0.33),
    tier: { intermediate: decayingCounter(20, 0.5).params, pro: decayingCounter(20, 1).params },
    breach: [
      { code: 'EAPI:Rate limit exceeded', then: 'wait_window' },
      { code: 'EService: Throttled', then: 'retry_after', sec: 60 },
      { code: 'EService:Throttled', then: 'retry_after', sec: 60 },
      { status: 429, then: 'retry_after' },
    ],
  },
  {
    id: 'kr.trading',
    venue: VENUE,
    source:
      'Trading counter of a client and pair: at most 60, falling by 1 a second; 125 and 2.34 for intermediate, 180 and 3.75 for pro.',
    scope: ['account', 'pair'],
    ...decayingCounter(60, 1, 50),
    // The emergency share is 9, since a cancel of a new order costs 8.
    ceilings: { cancel: 850 },
    tier: { intermediate: decayingCounter(125, 2.34, 115).params, pro: decayingCounter(180, 3.75, 170).params },
    breach: [{ code: 'EOrder:Rate limit exceeded', then: 'wait_window' }],
  },
  {
    id: 'kr.public',
    venue: VENUE,
    source: 'Public calls: about 1 per address and second.',
    scope: ['ip'],
    ...rollingWindow(1, 1_000),
    ceilings: UNDIVIDED_CEILINGS,
    breach: [
      { code: 'EAPI:Rate limit exceeded', then: 'wait_window' },
      { code: 'EService: Throttled', then: 'retry_after', sec: 60 },
      { code: 'EService:Throttled', then: 'retry_after', sec: 60 },
      { status: 429, then: 'retry_after', sec: 5 },
    ],
  },
  {
    id: 'kr.connections',
    venue: VENUE,
    source: 'WebSocket connections: about 150 attempts per address and 10 rolling minutes.',
    scope: ['ip'],
    ...rollingWindow(150, 600_000),
    ceilings: FREE_OF_CANCELS_CEILINGS,
    breach: [],
  },
];

const calls = (cost: number): CallCost => ({ limit: 'kr.calls', cost });
/** A refused call is charged its fixed part alone. */
const trading = (cost: CallCost['cost'], fixed: CallCost['cost'] = cost): CallCost => ({
  limit: 'kr.trading',
  cost,
  onFailure: fixed,
});
const open: readonly CallCost[] = [{ limit: 'kr.public', cost: 1 }];
const read = [calls(1)] as const;
const dearRead = [calls(2)] as const;

const AMEND = {
  byAge: [
    [5, 3],
    [10, 2],
    [15, 1],
  ],
  plus: 1,
} as const;
const EDIT = {
  byAge: [
    [5, 6],
    [10, 5],
    [15, 4],
    [45, 2],
    [90, 1],
  ],
  plus: 1,
} as const;
const CANCEL = {
  byAge: [
    [5, 8],
    [10, 6],
    [15, 5],
    [45, 4],
    [90, 2],
    [300, 1],
  ],
  plus: 0,
} as const;

/**
 * What each call takes. Trading calls cost nothing of the call counter; their age is the time since the order
 * was created or amended, and the fixed part is charged even when the call is refused.
 */
const costs = {
  'GET /0/public/Time': open,
  'GET /0/public/SystemStatus': open,
  'GET /0/public/Assets': open,
  'GET /0/public/AssetPairs': open,
  'GET /0/public/Ticker': open,
  'GET /0/public/Depth': open,
  'GET /0/public/Trades': open,
  'GET /0/public/OHLC': open,
  'POST /0/private/AddOrder': [calls(0), trading(1)],
  'POST /0/private/AddOrderBatch': [calls(0), trading({ perOrder: 0.5 })],
  'POST /0/private/AmendOrder': [calls(0), trading(AMEND, 1)],
  'POST /0/private/EditOrder': [calls(0), trading(EDIT, 1)],
  'POST /0/private/CancelOrder': [calls(0), trading(CANCEL, 0)],
  'POST /0/private/CancelOrderBatch': [calls(0), trading(CANCEL, 0)],
  'POST /0/private/CancelAll': read,
  'POST /0/private/CancelAllOrdersAfter': read,
  'POST /0/private/OpenOrders': read,
  'POST /0/private/ClosedOrders': read,
  // A look-up by our id: among open orders, then among closed ones.
  'POST /0/private/OpenOrders (+ ClosedOrders)': [calls(2)],
  'POST /0/private/QueryOrders': read,
  'POST /0/private/QueryTrades': read,
  'POST /0/private/TradesHistory': dearRead,
  'POST /0/private/Ledgers': dearRead,
  'POST /0/private/QueryLedgers': dearRead,
  'POST /0/private/Balance': read,
  'POST /0/private/BalanceEx': read,
  'POST /0/private/TradeBalance': read,
  'POST /0/private/TradeVolume': read,
  'POST /0/private/OpenPositions': read,
  'POST /0/private/GetApiKeyInfo': read,
  'POST /0/private/GetWebSocketsToken': read,
  'WS connect': [{ limit: 'kr.connections', cost: 1 }],
} as const satisfies Readonly<Record<string, readonly CallCost[]>>;

const openOrders: OpenOrderLimit = {
  scope: ['account', 'pair'],
  source: 'Open orders of a client and pair: 60; 80 for intermediate, 225 for pro.',
  limit: 60,
  tier: { intermediate: 80, pro: 225 },
};

/** Limits of Kraken spot. */
export const KRAKEN_LIMITS: VenueLimits = { venue: VENUE, definitions, costs, openOrders };
