import { FREE_OF_CANCELS_CEILINGS, type CallCost } from '#domain';
import { tokenBucket } from '../budget/limit-shapes.js';
import type { ShippedLimit, VenueLimits } from '../budget/venue-limits.js';

const VENUE = 'coinbase';
const EXCHANGE = 'coinbase-exchange';
const BREACH = [{ status: 429, then: 'retry_after', sec: 1 }] as const;

/** Limits of the Advanced Trade API (venues.md B3). */
const advanced: readonly ShippedLimit[] = [
  {
    id: 'cb.private',
    venue: VENUE,
    source: 'Private calls: 30 per user and second.',
    scope: ['account'],
    ...tokenBucket(30, 30),
    breach: BREACH,
  },
  {
    id: 'cb.public',
    venue: VENUE,
    source: 'Public calls: 10 per address and second.',
    scope: ['ip'],
    ...tokenBucket(10, 10),
    ceilings: FREE_OF_CANCELS_CEILINGS,
    breach: BREACH,
  },
];

const privately: readonly CallCost[] = [{ limit: 'cb.private', cost: 1 }];
const publicly: readonly CallCost[] = [{ limit: 'cb.public', cost: 1 }];

const costs = {
  'GET /api/v3/brokerage/time': publicly,
  'GET /api/v3/brokerage/market/products': publicly,
  'GET /api/v3/brokerage/market/products/{product_id}': publicly,
  'GET /api/v3/brokerage/market/products/{product_id}/candles': publicly,
  'GET /api/v3/brokerage/market/products/{product_id}/ticker': publicly,
  'GET /api/v3/brokerage/market/product_book': publicly,
  'POST /api/v3/brokerage/orders': privately,
  'POST /api/v3/brokerage/orders/edit': privately,
  'POST /api/v3/brokerage/orders/batch_cancel': privately,
  'GET /api/v3/brokerage/orders/historical/{order_id}': privately,
  'GET /api/v3/brokerage/orders/historical/batch': privately,
  'GET /api/v3/brokerage/orders/historical/fills': privately,
  'GET /api/v3/brokerage/accounts': privately,
  'GET /api/v3/brokerage/products': privately,
  'GET /api/v3/brokerage/product_book': privately,
  'GET /api/v3/brokerage/best_bid_ask': privately,
  'GET /api/v3/brokerage/transaction_summary': privately,
  'GET /api/v3/brokerage/key_permissions': privately,
  'GET /api/v3/brokerage/portfolios': privately,
} as const satisfies Readonly<Record<string, readonly CallCost[]>>;

/** Limits of Coinbase Advanced. */
export const COINBASE_LIMITS: VenueLimits = { venue: VENUE, definitions: advanced, costs };

/** Limits of the older Exchange API (venues.md B3). */
const exchange: readonly ShippedLimit[] = [
  {
    id: 'cx.public',
    venue: EXCHANGE,
    source: 'Public calls: 10 per address and second, 15 in a burst.',
    scope: ['ip'],
    ...tokenBucket(10, 15),
    ceilings: FREE_OF_CANCELS_CEILINGS,
    breach: BREACH,
  },
  {
    id: 'cx.private',
    venue: EXCHANGE,
    source: 'Private calls: 15 per profile and second, 30 in a burst.',
    scope: ['account'],
    ...tokenBucket(15, 30),
    breach: BREACH,
  },
  {
    id: 'cx.fills',
    venue: EXCHANGE,
    source: 'Fills: 10 per profile and second, 20 in a burst.',
    scope: ['account'],
    ...tokenBucket(10, 20),
    ceilings: FREE_OF_CANCELS_CEILINGS,
    breach: BREACH,
  },
];

const exchangePublic: readonly CallCost[] = [{ limit: 'cx.public', cost: 1 }];
const exchangePrivate: readonly CallCost[] = [{ limit: 'cx.private', cost: 1 }];

const exchangeCosts = {
  'GET /time': exchangePublic,
  'GET /products': exchangePublic,
  'GET /products/{product_id}/book': exchangePublic,
  'GET /products/{product_id}/trades': exchangePublic,
  'GET /products/{product_id}/candles': exchangePublic,
  'POST /orders': exchangePrivate,
  'DELETE /orders/{order_id}': exchangePrivate,
  'DELETE /orders': exchangePrivate,
  'GET /orders/{order_id}': exchangePrivate,
  'GET /orders': exchangePrivate,
  'GET /accounts': exchangePrivate,
  'GET /fees': exchangePrivate,
  'GET /fills': [{ limit: 'cx.fills', cost: 1 }],
} as const satisfies Readonly<Record<string, readonly CallCost[]>>;

/** Limits of Coinbase Exchange. */
export const COINBASE_EXCHANGE_LIMITS: VenueLimits = {
  venue: EXCHANGE,
  definitions: exchange,
  costs: exchangeCosts,
};
