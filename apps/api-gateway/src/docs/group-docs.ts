import { ORDER_FIELDS } from '#order-intake';
import { CHAIN_SHARED_FIELDS } from '../groups/chain-request.js';
import { LEG_FIELDS, SHARED_FIELDS } from '../groups/multi-request.js';
import { LIST_QUERY } from './order-docs.js';
import type { Operation } from './operation.js';
import {
  answer,
  decimalOrNull,
  decimalText,
  list,
  object,
  ref,
  time,
  timeOrNull,
  type Schema,
} from './schema-parts.js';

const WITH_CHILDREN = ['include_child_orders', 'true to see the legs as well, default false'] as const;

/** The routes of multi orders and chains. */
export const GROUP_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/api/multi_orders/',
    summary: 'Place a multi order: legs on both sides that keep in step',
    scope: 'trade',
    body: 'MultiOrderRequest',
    answer: 'CreatedMultiOrder',
    refusals: [422],
  },
  {
    method: 'get',
    path: '/api/multi_orders/',
    summary: 'Multi orders of the last 12 months, newest first',
    scope: 'read',
    query: [...LIST_QUERY, WITH_CHILDREN],
    answer: 'MultiOrderList',
  },
  {
    method: 'get',
    path: '/api/multi_order/{id}',
    summary: 'One multi order with its exposure',
    scope: 'read',
    query: [WITH_CHILDREN],
    answer: 'MultiOrder',
  },
  {
    method: 'delete',
    path: '/api/multi_order/{id}',
    summary: 'Cancel a multi order and all its legs',
    scope: 'cancel',
    answer: 'ChangedMultiOrder',
    refusals: [409],
  },
  {
    method: 'post',
    path: '/api/cancel_multi_orders/',
    summary: 'Cancel several multi orders',
    scope: 'cancel',
    body: 'MultiOrderChoices',
    answer: 'BulkAnswer',
  },
  {
    method: 'post',
    path: '/api/pause_multi_order/',
    summary: 'Pause a multi order and all its legs',
    scope: 'cancel',
    body: 'MultiOrderChoice',
    answer: 'ChangedMultiOrder',
    refusals: [404],
  },
  {
    method: 'post',
    path: '/api/resume_multi_order/',
    summary: 'Resume a multi order and all its legs; nothing is caught up',
    scope: 'trade',
    body: 'MultiOrderChoice',
    answer: 'ChangedMultiOrder',
    refusals: [404],
  },
  {
    method: 'get',
    path: '/api/multi_order_tca',
    summary: 'Costs of a multi order and of each leg, in bps',
    scope: 'read',
    query: [['multi_order_id', 'id of the multi order']],
    answer: 'MultiOrderCosts',
    refusals: [404],
  },
  {
    method: 'post',
    path: '/api/chained_orders/',
    summary: 'Place a chain: equal priorities run together, the next begin when all of them are filled',
    scope: 'trade',
    body: 'ChainRequest',
    answer: 'CreatedChain',
    refusals: [422],
  },
  {
    method: 'get',
    path: '/api/chained_orders/',
    summary: 'Chains of the last 12 months, newest first',
    scope: 'read',
    query: LIST_QUERY,
    answer: 'ChainList',
  },
  {
    method: 'get',
    path: '/api/chained_order/{id}',
    summary: 'One chain with its orders',
    scope: 'read',
    answer: 'Chain',
  },
  {
    method: 'delete',
    path: '/api/chained_order/{id}',
    summary: 'Cancel a chain and all its orders',
    scope: 'cancel',
    answer: 'ChangedChain',
    refusals: [409],
  },
];

const id: Schema = { type: 'string', format: 'uuid' };
const text: Schema = { type: 'string' };
const numberOrNull: Schema = { type: ['number', 'null'] };
const created: Record<string, Schema> = {
  id,
  created_at: time,
  updated_at: time,
  time_start: timeOrNull,
  start_datetime: time,
  duration: { type: 'integer' },
  child_order_ids: list(id),
  strategy: id,
  strategy_params: { type: 'object' },
  engine_passiveness: decimalText,
  schedule_discretion: decimalText,
  exposure_tolerance: decimalText,
  user: text,
  status: { enum: ['SUBMITTED', 'ACTIVE', 'PAUSED', 'COMPLETE', 'CANCELED'] },
  time_zone: text,
  failure_reason: text,
  custom_order_id: text,
  notes: text,
};
const multi: Record<string, Schema> = {
  ...created,
  is_active: { type: 'boolean' },
  alpha_tilt: decimalText,
  pov_limit: decimalOrNull,
  limit_price_spread: decimalOrNull,
  order_condition: { type: ['string', 'null'] },
  order_condition_postfix: { type: ['string', 'null'] },
  order_condition_vars: { type: 'object' },
  order_condition_expiry: timeOrNull,
  notional_exposure: { type: 'number' },
  executed_notional: { type: 'number' },
  pct_filled: decimalText,
  spread_paused: { type: 'boolean' },
};
const withLegs = { child_orders: list(ref('OrderRow')) };
const chain: Record<string, Schema> = {
  id,
  created_at: time,
  updated_at: time,
  status: { enum: ['ACTIVE', 'COMPLETE', 'CANCELED'] },
  is_active: { type: 'boolean' },
  current_priority: { type: 'integer' },
  failure_reason: text,
  user: text,
  order_ids: list(id),
  orders_in_chain: list(answer({ priority: { type: 'integer' }, order: ref('Order') })),
};
const pages = { page: { type: 'integer' }, page_size: { type: 'integer' }, has_more: { type: 'boolean' } };
const warnings = list(text);
const propertiesOf = (fields: typeof LEG_FIELDS): Record<string, Schema> =>
  Object.fromEntries(fields.map(({ name, description, schema }) => [name, { ...schema, description }]));

const priority: Schema = { type: 'integer', minimum: 1, maximum: 1000 };

/** What those routes take and answer. */
export const GROUP_SCHEMAS: Readonly<Record<string, Schema>> = {
  MultiOrderRequest: object(
    {
      ...propertiesOf(SHARED_FIELDS),
      child_orders: {
        ...list(
          object({ ...propertiesOf(LEG_FIELDS), account: text, accounts: list(text) }, { required: ['pair', 'side'] }),
        ),
        minItems: 2,
        maxItems: 20,
      },
      exposure_tolerance: {
        type: ['number', 'string'],
        default: 0.5,
        description: 'share of the larger side, [0.02,1]',
      },
      limit_price_spread: {
        type: ['number', 'string'],
        description: 'least bid of the sell leg minus ask of the buy leg',
      },
    },
    { required: ['strategy', 'duration', 'child_orders'] },
  ),
  CreatedMultiOrder: answer({ ...created, warnings }),
  MultiOrder: answer(multi, withLegs),
  ChangedMultiOrder: answer({ ...multi, message: text }),
  MultiOrderList: answer({ multi_orders: list(ref('MultiOrder')), ...pages }),
  MultiOrderChoice: object({ multi_order_id: id }, { required: ['multi_order_id'] }),
  MultiOrderChoices: object({ order_ids: list(id) }, { required: ['order_ids'] }),
  MultiOrderCosts: answer({
    multi_order_id: id,
    executed_notional: { type: 'number' },
    fee_notional: { type: 'number' },
    arrival_cost: numberOrNull,
    vwap_cost: numberOrNull,
    legs: list(
      answer({ order_id: id, arrival_cost: numberOrNull, vwap_cost: numberOrNull, fee_notional: { type: 'number' } }),
    ),
  }),
  ChainRequest: object(
    {
      ...propertiesOf(CHAIN_SHARED_FIELDS),
      orders_in_chain: {
        ...list({
          anyOf: [
            object({ order_request: ref('OrderRequest'), priority }, { required: ['order_request', 'priority'] }),
            object(
              { ...propertiesOf(ORDER_FIELDS), priority },
              {
                required: ['pair', 'side', 'priority'],
                description: 'fields of an order; what it lacks is taken from the top',
              },
            ),
          ],
        }),
        minItems: 2,
        maxItems: 50,
      },
    },
    { required: ['orders_in_chain'] },
  ),
  Chain: answer(chain),
  CreatedChain: answer({ ...chain, warnings }),
  ChangedChain: answer({ ...chain, message: text }),
  ListedChain: answer({
    ...chain,
    orders_in_chain: list(answer({ priority: { type: 'integer' }, order: ref('OrderRow') })),
  }),
  ChainList: answer({ chained_orders: list(ref('ListedChain')), ...pages }),
};
