import { EXECUTION_PARTS, SUBSCRIPTION_STATUSES } from '#domain';
import { ORDER_FIELDS } from '#order-intake';
import { ALGORITHM_FIELDS, ALGORITHMS } from '../strategies/execution-fields.js';
import { DEFAULT_MAX_POSITIONS, MAX_LEVERAGE, MAX_POSITIONS } from '../strategies/subscription-request.js';
import type { Operation } from './operation.js';
import { answer, decimalText, list, object, ref, time, type Schema } from './schema-parts.js';
import { PAGE_QUERY } from './strategy-docs.js';

const path = '/manage/v1/subscriptions';

/** The routes of subscriptions (signal-apis.md 5.2). */
export const SUBSCRIPTION_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path,
    summary: 'Let an account trade what a strategy signals; one subscription for each account of a strategy',
    scope: 'trade',
    body: 'NewSubscription',
    created: 'Subscription',
    refusals: [404],
  },
  {
    method: 'get',
    path,
    summary: 'Your subscriptions, oldest first',
    scope: 'read',
    query: [['strategy_id', 'only of this strategy'], ...PAGE_QUERY],
    answer: 'Subscriptions',
  },
  { method: 'get', path: `${path}/{id}`, summary: 'One of your subscriptions', scope: 'read', answer: 'Subscription' },
  {
    method: 'patch',
    path: `${path}/{id}`,
    summary:
      'Change what is named of a subscription, for later orders; the status `active` lifts `limited` and `paused`',
    scope: 'trade',
    body: 'SubscriptionChange',
    answer: 'Subscription',
  },
  {
    method: 'delete',
    path: `${path}/{id}`,
    summary: 'End a subscription',
    scope: 'trade',
    query: [['legs', 'required: `exit` what it holds, or `abandon` it to its owner']],
    answer: 'Subscription',
  },
];

const number: Schema = { type: ['string', 'number'] };
const ALGORITHM: Record<string, Schema> = {
  ...Object.fromEntries(
    ORDER_FIELDS.filter(({ name }) => ALGORITHM_FIELDS.includes(name)).map(({ name, description, schema }) => [
      name,
      { ...schema, description },
    ]),
  ),
  strategy: { enum: ALGORITHMS },
};
const algorithm = object(ALGORITHM, { required: ['strategy'], additionalProperties: false });
/** Parameters are shown as they were given. */
const shownAlgorithm = answer(
  { strategy: { enum: ALGORITHMS } },
  { ...ALGORITHM, strategy_params: { type: 'object' } },
);
const execution = (part: Schema, more: Schema): Schema =>
  object(Object.fromEntries(EXECUTION_PARTS.map((name) => [name, part])), {
    description:
      'how parent orders are worked: of entries; of take-profits, closes and reductions; of stop-losses and exits that are tried again. ' +
      'By default Market',
    ...more,
  });

const TERMS: Record<string, Schema> = {
  enabled: { type: 'boolean', default: true, description: 'false: it takes part in no new position' },
  capital: { ...number, description: 'quote committed to one position of size 1, before leverage; above 0' },
  max_positions: {
    type: 'integer',
    minimum: 1,
    maximum: MAX_POSITIONS,
    default: DEFAULT_MAX_POSITIONS,
    description: 'legs that have not ended, at most',
  },
  leverage: { ...number, default: '1', description: `where a signal names none, 1 to ${MAX_LEVERAGE}; 1 on SPOT` },
  max_leverage: { ...number, description: 'the most that a signal gets; by default the leverage' },
  on_low_balance: { enum: ['skip', 'scale'], default: 'skip' },
  execution: execution(algorithm, { additionalProperties: false }),
};

/** Bodies and answers of those routes. */
export const SUBSCRIPTION_SCHEMAS: Readonly<Record<string, Schema>> = {
  NewSubscription: object(
    {
      strategy_id: { type: 'string', format: 'uuid' },
      account: { type: 'string', description: 'name of an account of yours, `owner/name` of one that is shared' },
      ...TERMS,
    },
    { required: ['strategy_id', 'account', 'capital'], additionalProperties: false },
  ),
  SubscriptionChange: object(
    {
      ...TERMS,
      status: { enum: ['active', 'paused'], description: '`active` lifts `limited` and `paused`' },
    },
    { additionalProperties: false },
  ),
  Subscription: answer({
    id: { type: 'string', format: 'uuid' },
    strategy_id: { type: 'string', format: 'uuid' },
    account: { type: 'string' },
    enabled: { type: 'boolean' },
    capital: decimalText,
    max_positions: { type: 'integer' },
    leverage: decimalText,
    max_leverage: decimalText,
    on_low_balance: { enum: ['skip', 'scale'] },
    execution: execution(shownAlgorithm, { required: EXECUTION_PARTS }),
    status: { enum: SUBSCRIPTION_STATUSES },
    status_reason: { type: 'string', description: 'empty while it is active' },
    status_since: time,
    warnings: { ...list({ type: 'string' }), description: 'of what is allowed and may not be meant' },
    created_at: time,
    updated_at: time,
  }),
  Subscriptions: answer({
    subscriptions: list(ref('Subscription')),
    next_cursor: { type: ['string', 'null'], format: 'uuid', description: 'null: this was the last page' },
  }),
};
