import { ORDER_FIELDS, WINDOW_SCHEMA } from '#order-intake';
import { AMENDABLE } from '../orders/amend-fields.js';
import type { Operation } from './operation.js';
import { DETAIL, DETAIL_SOMETIMES, ROW, STATS } from './order-shapes.js';
import { answer, list, object, ref, type Schema } from './schema-parts.js';

export const LIST_QUERY = [
  ['statuses', 'SCHEDULED, ACTIVE, PAUSED, FINISHER, COMPLETE, CANCELED; repeated, comma-joined or mixed'],
  ['account_names', 'names of venue accounts'],
  ['custom_order_ids', 'your own ids'],
  ['before', 'created before this ISO-8601 time'],
  ['after', 'created at or after this ISO-8601 time'],
  ['page', '1 to 1000'],
  ['page_size', '1 to 1000, default 100'],
] as const;

/** The routes of single orders. */
export const ORDER_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/api/orders/',
    summary: 'Place an order. With the header Idempotency-Key a repeat gives the first answer again.',
    scope: 'trade',
    body: 'OrderRequest',
    answer: 'Order',
    refusals: [422],
  },
  {
    method: 'get',
    path: '/api/orders/',
    summary: 'Orders of the last 12 months, newest first',
    scope: 'read',
    query: LIST_QUERY,
    answer: 'OrderList',
  },
  {
    method: 'get',
    path: '/api/active_orders/',
    summary: 'Orders that have not ended, newest first',
    scope: 'read',
    query: LIST_QUERY,
    answer: 'OrderList',
  },
  {
    method: 'get',
    path: '/api/order/{id}',
    summary: 'One order with placements, fills, statistics and messages',
    scope: 'read',
    answer: 'FullOrder',
  },
  {
    method: 'delete',
    path: '/api/order/{id}',
    summary: 'Cancel an order; live_child_orders falls to 0 as the venue answers',
    scope: 'cancel',
    answer: 'CanceledOrder',
    refusals: [409],
  },
  {
    method: 'get',
    path: '/api/order_summary/{id}',
    summary: 'One order with statistics and messages, without placements and fills',
    scope: 'read',
    answer: 'FullOrder',
  },
  {
    method: 'post',
    path: '/api/order_messages/',
    summary: 'The newest 500 messages of each of up to 100 orders',
    scope: 'read',
    body: 'MessagesRequest',
    answer: 'Messages',
  },
  {
    method: 'post',
    path: '/api/amend_order/',
    summary: 'Change an order that has not ended: all of the changes, or none',
    scope: 'trade',
    body: 'AmendRequest',
    answer: 'CanceledOrder',
    refusals: [404, 422],
  },
  {
    method: 'post',
    path: '/api/pause_order/',
    summary: 'Pause one order, or many; what is live is cancelled and the clock stops, for 24 hours at most',
    scope: 'cancel',
    body: 'OrderChoice',
    answer: 'ChangedOrders',
    refusals: [404],
  },
  {
    method: 'post',
    path: '/api/resume_order/',
    summary: 'Resume one order, or many; nothing is caught up, the end moves out by the pause',
    scope: 'trade',
    body: 'OrderChoice',
    answer: 'ChangedOrders',
    refusals: [404],
  },
  {
    method: 'post',
    path: '/api/pause_all_orders/',
    summary: 'Pause all orders, or those of some accounts or of a pair',
    scope: 'cancel',
    body: 'OrderFilter',
    answer: 'BulkAnswer',
  },
  {
    method: 'post',
    path: '/api/resume_all_orders/',
    summary: 'Resume all paused orders, or those of some accounts or of a pair',
    scope: 'trade',
    body: 'OrderFilter',
    answer: 'BulkAnswer',
  },
  {
    method: 'post',
    path: '/api/cancel_all_orders/',
    summary: 'Cancel all orders, or those of some accounts or of a pair',
    scope: 'cancel',
    body: 'OrderFilter',
    answer: 'BulkAnswer',
  },
];

/** What those routes take and answer. */
export const ORDER_SCHEMAS: Readonly<Record<string, Schema>> = {
  OrderRequest: object(
    Object.fromEntries(ORDER_FIELDS.map(({ name, description, schema }) => [name, { ...schema, description }])),
    { required: ORDER_FIELDS.filter((field) => field.isRequired).map((field) => field.name) },
  ),
  Order: answer(DETAIL, DETAIL_SOMETIMES),
  OrderRow: answer(ROW),
  FullOrder: answer(
    {
      ...DETAIL,
      fills: list(ref('Fill')),
      placements_truncated: {
        type: 'boolean',
        description: 'there are more than the newest 2,000 placements, or than 5,000 fills of the newest of them',
      },
      stats: answer(STATS),
      messages: list(ref('Message')),
    },
    DETAIL_SOMETIMES,
  ),
  CanceledOrder: answer({ ...DETAIL, message: { type: 'string' } }, DETAIL_SOMETIMES),
  OrderList: answer({
    orders: list(ref('OrderRow')),
    page: { type: 'integer' },
    page_size: { type: 'integer' },
    has_more: { type: 'boolean' },
  }),
  MessagesRequest: object({ order_ids: list({ type: 'string', format: 'uuid' }) }, { required: ['order_ids'] }),
  Message: answer({
    timestamp: { type: 'string', format: 'date-time' },
    level: { enum: ['info', 'warning', 'error'] },
    type: { type: 'string' },
    message: { type: 'string' },
  }),
  AmendRequest: object(
    {
      order_id: { type: 'string', format: 'uuid' },
      changes: {
        ...object({
          ...Object.fromEntries(
            ORDER_FIELDS.filter(({ name }) => AMENDABLE.includes(name)).map(({ name, schema }) => [name, schema]),
          ),
          ...WINDOW_SCHEMA,
        }),
        minProperties: 1,
      },
    },
    { required: ['order_id', 'changes'] },
  ),
  OrderChoice: object({
    order_id: { type: 'string', format: 'uuid' },
    order_ids: list({ type: 'string', format: 'uuid' }),
  }),
  OrderFilter: object({ account_names: list({ type: 'string' }), pair: { type: 'string' } }),
  BulkAnswer: answer({
    message: { type: 'string' },
    order_ids: list({ type: 'string', format: 'uuid' }),
    errors: list(answer({ order_id: { type: 'string' }, message: { type: 'string' } })),
  }),
  ChangedOrders: { oneOf: [ref('CanceledOrder'), ref('BulkAnswer')] },
  Messages: { type: 'object', additionalProperties: list(ref('Message')) },
};
