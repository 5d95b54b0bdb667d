import { PLACEMENT_STATUSES } from '../orders/feed-query.js';
import type { Operation } from './operation.js';
import { LIST_QUERY } from './order-docs.js';
import { ROW, STATS } from './order-shapes.js';
import { answer, decimalOrNull, decimalText, list, ref, time, timeOrNull, type Schema } from './schema-parts.js';

const PAGES = [
  ['page', '1 to 1000'],
  ['page_size', '1 to 1000, default 100'],
] as const;
const WINDOW = [
  ['order_id', 'of one order only'],
  ['before', 'before this ISO-8601 time'],
  ['after', 'at or after this ISO-8601 time'],
] as const;

/** The routes across all orders, of markets, and of the caller's token. */
export const HISTORY_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/placements/',
    summary: 'Child orders with their fills, newest first',
    scope: 'read',
    query: [['statuses', PLACEMENT_STATUSES.join(', ')], ...WINDOW, ...PAGES],
    answer: 'PlacementList',
    refusals: [404],
  },
  {
    method: 'get',
    path: '/api/order_errors/',
    summary: 'What went wrong with orders and their child orders, newest first',
    scope: 'read',
    query: [...WINDOW, ...PAGES],
    answer: 'OrderErrors',
    refusals: [404],
  },
  {
    method: 'get',
    path: '/api/orders_with_stats/',
    summary: 'Orders with their fills and statistics, newest first; 500 a page unless asked otherwise',
    scope: 'read',
    query: LIST_QUERY,
    answer: 'OrdersWithStats',
  },
  {
    method: 'get',
    path: '/api/tca_stats/',
    summary:
      'What orders cost together, in basis points; positive is worse. Those that have ended as stored; those that run, the newest 1000 of them, as of now',
    scope: 'read',
    query: [
      ['accounts__name', 'names of venue accounts'],
      ['pair', 'such as ETH-USDT'],
      ['side', 'buy or sell'],
      ['strategy', 'names or ids; not together with super_strategy'],
      ['super_strategy', 'names of presets'],
      ['created_at__gte', 'ISO-8601 time'],
      ['created_at__lte', 'ISO-8601 time'],
    ],
    answer: 'CostStatistics',
  },
  {
    method: 'get',
    path: '/api/get_token_pairs',
    summary: 'What can be traded, and the name that each exchange has for it',
    scope: 'read',
    query: [['market_type', 'spot, perp, future, option']],
    answer: 'TokenPairs',
  },
  {
    method: 'get',
    path: '/api/get_order_book',
    summary: 'The book of a pair, at most 50 levels a side, best first',
    scope: 'read',
    query: [
      ['pair', 'required, such as ETH-USDT'],
      ['exchange_name', 'required, such as MockExchange'],
    ],
    answer: 'OrderBook',
    refusals: [422],
  },
  {
    method: 'post',
    path: '/api/reset_auth_token/',
    summary: 'Revoke the calling token and get a new one with the same rights',
    scope: 'read',
    answer: 'NewToken',
  },
];

const FILL = answer({
  id: { type: 'string', format: 'uuid' },
  trade_id: { type: 'string' },
  timestamp: time,
  price: decimalText,
  qty: decimalText,
  notional: decimalText,
  fee: decimalText,
  fee_token: { type: 'string' },
  role: { enum: ['MAKE', 'TAKE', 'OTC', 'CROSS'] },
});
const paged = (name: string, item: Schema): Schema =>
  answer({
    [name]: list(item),
    page: { type: 'integer' },
    page_size: { type: 'integer' },
    has_more: { type: 'boolean' },
  });
const BREAKDOWN = answer({
  cutbys: list({ type: 'string' }),
  labels: list({ type: 'string' }),
  data: { type: 'object', additionalProperties: list({ type: 'number' }) },
});
const level = { ...list({ type: 'number' }), minItems: 2, maxItems: 2, description: 'price and quantity' };

/** What those routes answer. */
export const HISTORY_SCHEMAS: Readonly<Record<string, Schema>> = {
  Fill: FILL,
  Placement: answer(
    {
      id: { type: 'string', format: 'uuid' },
      order_id: { type: 'string', format: 'uuid' },
      created_at: time,
      closed_at: timeOrNull,
      account_name: { type: 'string' },
      exchange: { type: 'string' },
      pair: { type: 'string' },
      side: { enum: ['buy', 'sell'] },
      order_type: { enum: ['limit'] },
      time_in_force: { enum: ['GTC', 'GTX', 'IOC'] },
      price: decimalText,
      qty: decimalText,
      executed_qty: decimalText,
      average_price: decimalOrNull,
      status: { enum: PLACEMENT_STATUSES },
      client_order_id: { type: 'string' },
      exchange_order_id: { type: 'string' },
      reject_reason: { type: 'string' },
      fills: list(ref('Fill')),
    },
    {
      fills_truncated: {
        const: true,
        description: 'in `/api/placements/`: beyond 5,000 fills of a page, the newest first; else absent',
      },
    },
  ),
  PlacementList: paged('placements', ref('Placement')),
  OrderErrors: paged(
    'order_errors',
    answer({
      timestamp: time,
      order_id: { type: 'string', format: 'uuid' },
      code: { type: 'string' },
      message: { type: 'string' },
      placement_id: { type: ['string', 'null'], format: 'uuid' },
    }),
  ),
  OrdersWithStats: paged(
    'orders',
    answer(
      {
        ...ROW,
        fills: list(ref('Fill')),
        stats: answer({ ...STATS, departure_price: decimalOrNull }),
      },
      {
        fills_truncated: {
          const: true,
          description: 'beyond the newest 2,000 of an order, 20,000 of a page; else absent',
        },
      },
    ),
  ),
  CostStatistics: answer({
    summary: answer({
      num_orders: { type: 'integer' },
      num_pairs: { type: 'integer' },
      orders_value: { type: 'string' },
      exch_fee: { type: 'string' },
      ...Object.fromEntries(['sum_notional', 'sum_fee'].map((name) => [name, { type: 'number' }])),
      ...Object.fromEntries(
        ['avg_duration', 'fee_cost', 'pov', 'departure_cost', 'arrival_cost', 'vwap_cost', 'interval_returns'].map(
          (name) => [name, { type: ['number', 'null'] }],
        ),
      ),
    }),
    breakdowns: answer({ fill_role: BREAKDOWN, fill_exchange: BREAKDOWN }),
  }),
  TokenPairs: answer({
    pairs: { type: 'object', additionalProperties: { type: 'object', additionalProperties: { type: 'string' } } },
  }),
  OrderBook: answer({
    pair: { type: 'string' },
    exchange_name: { type: 'string' },
    timestamp: time,
    bids: list(level),
    asks: list(level),
  }),
  NewToken: answer({ new_token: { type: 'string' } }),
};
