import { HALT_LEVELS } from '#domain';
import { VERSION } from '#observability';
import { ACCOUNT_OPERATIONS, accountSchemas } from './account-docs.js';
import { CREDENTIAL_OPERATIONS, CREDENTIAL_SCHEMAS } from './credential-docs.js';
import { ACCOUNT_STATUSES } from '../manage/show-account-status.js';
import { LIMIT_SCHEMAS } from './limit-schemas.js';
import { decimalText, list, object, ref, time, timeOrNull, type Schema } from './schema-parts.js';
import { ORDER_FIELDS } from '../orders/order-fields.js';

interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  readonly path: string;
  readonly summary: string;
  readonly scope: 'read' | 'trade' | 'cancel' | 'admin' | 'halt';
  readonly query?: readonly (readonly [name: string, description: string])[];
  readonly body?: string;
  readonly answer: string;
}

const LIST_QUERY = [
  ['statuses', 'SCHEDULED, ACTIVE, PAUSED, FINISHER, COMPLETE, CANCELED; repeated, comma-joined or mixed'],
  ['account_names', 'names of venue accounts'],
  ['custom_order_ids', 'your own ids'],
  ['before', 'created before this ISO-8601 time'],
  ['after', 'created at or after this ISO-8601 time'],
  ['page', '1 to 1000'],
  ['page_size', '1 to 1000, default 100'],
] as const;

/** Every route that exists; a test holds it against the routes that are served. */
export const OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/api/orders/',
    summary: 'Place an order. With the header Idempotency-Key a repeat gives the first answer again.',
    scope: 'trade',
    body: 'OrderRequest',
    answer: 'Order',
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
    method: 'get',
    path: '/api/balances/',
    summary: 'Balances by account',
    scope: 'read',
    query: [
      ['account_names', 'names of venue accounts'],
      ['exchange_names', 'names of exchanges'],
    ],
    answer: 'Balances',
  },
  {
    method: 'get',
    path: '/manage/v1/orders/{id}/trajectory',
    summary: 'What the plan of an order says over time, and how far it may stray; no points without a trajectory',
    scope: 'read',
    answer: 'Trajectory',
  },
  {
    method: 'get',
    path: '/manage/v1/instruments/',
    summary: 'Instruments that your accounts can trade',
    scope: 'read',
    answer: 'Instruments',
  },
  {
    method: 'get',
    path: '/manage/v1/accounts/',
    summary: 'Your accounts, and how the connection to their venues stands',
    scope: 'read',
    answer: 'AccountStatuses',
  },
  {
    method: 'get',
    path: '/manage/v1/market/{venue}/{symbol}',
    summary:
      'The market of an instrument now: its book as price and quantity, best first; mark and funding of a perpetual',
    scope: 'read',
    query: [['levels', '1 to 50 per side, default 10']],
    answer: 'Market',
  },
  {
    method: 'get',
    path: '/manage/v1/limits/',
    summary: 'Used share of the rate limits of venues, by address and by each of your accounts',
    scope: 'read',
    answer: 'Limits',
  },
  {
    method: 'get',
    path: '/manage/v1/limits/{id}/history',
    summary:
      'The most used of a limit in each step: steps of 10 s for 7 days, of 5 minutes for 90; none used, no point',
    scope: 'read',
    query: [
      ['from', 'ISO-8601 time, default an hour before to'],
      ['to', 'ISO-8601 time, default now'],
      ['step', 'seconds in tens, 10 to 86400, default 10; at most 2000 steps'],
    ],
    answer: 'LimitHistory',
  },
  {
    method: 'get',
    path: '/manage/v1/limits/parents/{id}',
    summary: 'How often calls of an order were granted by the rate limits, refused and why, and how long put off',
    scope: 'read',
    answer: 'ParentLimits',
  },
  {
    method: 'post',
    path: '/manage/v1/limits/simulate',
    summary: 'Whether the calls of a plan would pass the limits as they are now, and from when on. Spends nothing',
    scope: 'read',
    body: 'LimitPlan',
    answer: 'LimitForecast',
  },
  {
    method: 'get',
    path: '/manage/v1/balances/{account}',
    summary: 'Balances of an account, asked of its venue now; else as last stored, with the reason',
    scope: 'read',
    answer: 'FreshBalances',
  },
  ...ACCOUNT_OPERATIONS,
  ...CREDENTIAL_OPERATIONS,
  {
    method: 'get',
    path: '/manage/v1/risk-limits/',
    summary: 'Limits that orders are measured by before they leave: those that are set, and the defaults',
    scope: 'read',
    answer: 'RiskLimits',
  },
  {
    method: 'put',
    path: '/manage/v1/risk-limits/',
    summary: 'Set the limits of the tenant, an account, an instrument, or an instrument of an account, as a whole',
    scope: 'admin',
    body: 'ScopedRiskLimits',
    answer: 'ScopedRiskLimits',
  },
  {
    method: 'get',
    path: '/manage/v1/halts/',
    summary: 'Halts in force, and how far their cancels are',
    scope: 'read',
    query: [['all', '`true`: those that are over, too']],
    answer: 'Halts',
  },
  {
    method: 'post',
    path: '/manage/v1/halts/',
    summary: 'Stop trading, and with `cancel_open` cancel what is open; global and venue need the scope `admin` too',
    scope: 'halt',
    body: 'HaltRequest',
    answer: 'Halt',
  },
  {
    method: 'post',
    path: '/manage/v1/halts/{id}/release',
    summary: 'Ask for the end of a halt, the first of two steps',
    scope: 'halt',
    answer: 'Halt',
  },
  {
    method: 'post',
    path: '/manage/v1/halts/{id}/release/confirm',
    summary: 'End a halt, within five minutes of the first step',
    scope: 'halt',
    answer: 'Halt',
  },
  {
    method: 'get',
    path: '/manage/v1/unknowns/',
    summary: 'Child orders whose outcome is not known; a parked one waits for a person',
    scope: 'read',
    answer: 'Unknowns',
  },
  {
    method: 'post',
    path: '/manage/v1/unknowns/{client_order_id}/resolve',
    summary: 'Say what became of a parked child order, with the evidence for it',
    scope: 'admin',
    body: 'Finding',
    answer: 'Resolved',
  },
];

const ORDER_PROPERTIES: Record<string, Schema> = {
  id: { type: 'string', format: 'uuid' },
  pair: { type: 'string' },
  side: { enum: ['buy', 'sell'] },
  status: { enum: ['SCHEDULED', 'ACTIVE', 'PAUSED', 'FINISHER', 'COMPLETE', 'CANCELED'] },
  active: { type: 'boolean' },
  target_order_qty: decimalText,
  target_executed_qty: decimalText,
  target_remaining_qty: decimalText,
  average_executed_price: { ...decimalText, type: ['string', 'null'] },
  pct_filled: decimalText,
  total_fee: decimalText,
  live_child_orders: { type: 'integer' },
  failure_reason: { type: 'string' },
  completion_reason: { type: ['string', 'null'] },
  created_at: { type: 'string', format: 'date-time' },
  time_start: { type: 'string', format: 'date-time' },
  time_end: { type: ['string', 'null'], format: 'date-time' },
};
const detail: Record<string, Schema> = {
  ...ORDER_PROPERTIES,
  executed_qty: { type: 'number' },
  executed_notional: { type: 'number' },
  warnings: list({ type: 'string' }),
};

const textOrNull: Schema = { type: ['string', 'null'] };
const decimalOrNull: Schema = { ...decimalText, type: ['string', 'null'] };
const integerOrNull: Schema = { type: ['integer', 'null'] };
const RISK_LIMITS: Record<string, Schema> = {
  account: textOrNull,
  venue: textOrNull,
  symbol: textOrNull,
  enforcement: { enum: ['report', 'strict', null] },
  max_quantity: decimalOrNull,
  max_parent_quantity: decimalOrNull,
  max_notional: decimalOrNull,
  max_parent_notional: decimalOrNull,
  collar_pct: decimalOrNull,
  drift_pct: decimalOrNull,
  reference_jump_pct: decimalOrNull,
  max_account_exposure: decimalOrNull,
  max_tenant_exposure: decimalOrNull,
  reference_max_age_ms: integerOrNull,
  messages_per_second: integerOrNull,
  allowed: { type: ['array', 'null'], items: { type: 'string' } },
};
const HALT: Record<string, Schema> = {
  level: { enum: HALT_LEVELS },
  scope: { type: 'string' },
  mode: { enum: ['REDUCING', 'HALTED'] },
  cancel_open: { type: 'boolean' },
  reason: { type: 'string' },
};
const SHOWN_HALT: Record<string, Schema> = {
  id: { type: 'string', format: 'uuid' },
  ...HALT,
  created_at: time,
  release_requested_at: timeOrNull,
  released_at: timeOrNull,
  open_children: { type: 'integer' },
  canceling_children: { type: 'integer' },
};

const SCHEMAS: Record<string, Schema> = {
  OrderRequest: object(
    Object.fromEntries(ORDER_FIELDS.map(({ name, description, schema }) => [name, { ...schema, description }])),
    { required: ORDER_FIELDS.filter((field) => field.isRequired).map((field) => field.name) },
  ),
  Order: object(detail),
  FullOrder: object({
    ...detail,
    placements: list({ type: 'object' }),
    fills: list({ type: 'object' }),
    placements_truncated: { type: 'boolean' },
    stats: { type: 'object' },
    messages: list(ref('Message')),
  }),
  CanceledOrder: object({ ...detail, message: { type: 'string' } }),
  OrderList: object({
    orders: list(object({ ...ORDER_PROPERTIES, executed_qty: decimalText, executed_notional: decimalText })),
    page: { type: 'integer' },
    page_size: { type: 'integer' },
    has_more: { type: 'boolean' },
  }),
  MessagesRequest: object({ order_ids: list({ type: 'string', format: 'uuid' }) }, { required: ['order_ids'] }),
  Message: object({
    timestamp: { type: 'string', format: 'date-time' },
    level: { enum: ['info', 'warning', 'error'] },
    type: { type: 'string' },
    message: { type: 'string' },
  }),
  Messages: { type: 'object', additionalProperties: list(ref('Message')) },
  Balances: {
    type: 'object',
    additionalProperties: object({
      exchange: { type: 'string' },
      assets: list(object({ symbol: { type: 'string' }, size: { type: 'number' }, notional: { type: 'number' } })),
    }),
  },
  Trajectory: object({
    order_id: { type: 'string', format: 'uuid' },
    as_of: time,
    time_start: time,
    time_end: timeOrNull,
    target_token: { type: 'string' },
    target_order_qty: decimalText,
    finisher_from: timeOrNull,
    status: { type: 'string' },
    points: list(object({ at: time, target: decimalText, lower: decimalText, upper: decimalText })),
  }),
  Instruments: object({
    instruments: list(
      object({
        ...Object.fromEntries(
          ['pair', 'venue', 'exchange', 'market_type', 'symbol', 'base', 'quote'].map((key) => [
            key,
            { type: 'string' },
          ]),
        ),
        tick: decimalText,
        lot: decimalText,
        min_qty: decimalText,
        min_notional: decimalText,
      }),
    ),
  }),
  AccountStatuses: object({
    accounts: list(
      object({
        name: { type: 'string' },
        venue: { type: 'string' },
        exchange: { type: 'string' },
        status: { enum: ACCOUNT_STATUSES },
        status_at: time,
        reason: { type: 'string' },
        external_orders: { type: 'integer' },
      }),
    ),
  }),
  ...accountSchemas({ object, list, decimalText, time }),
  Market: object({
    venue: { type: 'string' },
    symbol: { type: 'string' },
    status: { enum: ['connecting', 'syncing', 'live', 'stale', 'resyncing', 'down'] },
    reason: { type: ['string', 'null'] },
    at: { ...time, type: ['string', 'null'] },
    bids: list(list(decimalText)),
    asks: list(list(decimalText)),
    last: { ...decimalText, type: ['string', 'null'] },
    bbo: object(
      { bid: list(decimalText), ask: list(decimalText), at: time },
      { type: ['object', 'null'], description: 'Best quotes, where the venue tells them apart from its book' },
    ),
    mark: object(
      {
        price: decimalText,
        funding_rate: { ...decimalText, type: ['string', 'null'] },
        next_funding_at: { ...time, type: ['string', 'null'] },
        at: time,
      },
      { type: ['object', 'null'], description: 'Of a perpetual: price that margins are counted with, and funding' },
    ),
  }),
  ...LIMIT_SCHEMAS,
  ...CREDENTIAL_SCHEMAS,
  FreshBalances: object({
    account: { type: 'string' },
    exchange: { type: 'string' },
    source: { enum: ['venue', 'stored'] },
    at: { ...time, type: ['string', 'null'] },
    reason: { type: ['string', 'null'] },
    age_ms: { type: ['integer', 'null'] },
    is_stale: { type: 'boolean' },
    balances: list(object({ asset: { type: 'string' }, free: decimalText, locked: decimalText, total: decimalText })),
  }),
  ScopedRiskLimits: object(RISK_LIMITS),
  RiskLimits: object({
    limits: list(object({ ...RISK_LIMITS, updated_at: time })),
    defaults: object({}),
  }),
  Unknowns: object({
    unknowns: list(
      object({
        ...Object.fromEntries(
          ['client_order_id', 'order_id', 'account', 'venue', 'symbol', 'side', 'code'].map((key) => [
            key,
            { type: 'string' },
          ]),
        ),
        sequence: { type: 'integer' },
        price: decimalText,
        quantity: decimalText,
        lookups: { type: 'integer' },
        since: time,
        parked_at: timeOrNull,
        parked_why: textOrNull,
      }),
    ),
  }),
  Finding: object(
    { outcome: { enum: ['absent', 'found'] }, venue_order_id: { type: 'string' }, evidence: { type: 'string' } },
    { required: ['outcome', 'evidence'] },
  ),
  Resolved: object({ client_order_id: { type: 'string' }, outcome: { enum: ['absent', 'found'] } }),
  HaltRequest: object(HALT, { required: ['level', 'mode', 'reason'] }),
  Halt: object(SHOWN_HALT),
  Halts: object({ halts: list(object(SHOWN_HALT)) }),
  Error: object(
    {
      error: { type: 'string' },
      message: { type: 'string' },
      detail: { type: 'string' },
      code: { type: 'string' },
      errors: { type: 'object', additionalProperties: list({ type: 'string' }) },
      request_id: { type: 'string', format: 'uuid' },
    },
    { required: ['error', 'message', 'detail', 'code', 'errors', 'request_id'] },
  ),
};

/** The OpenAPI 3.1 document; fields of an order come from the table that also validates them. */
export function openApiDocument(): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const operation of OPERATIONS) (paths[operation.path] ??= {})[operation.method] = describe(operation);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tranche order API',
      version: VERSION,
      description: 'Every path answers with and without a trailing slash. A failure is told by the key `error`.',
    },
    security: [{ token: [] }],
    paths,
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        token: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: '`Token <token>` or `Bearer <token>`',
        },
      },
    },
  };
}

function describe({ path, summary, scope, query = [], body, answer }: Operation): Schema {
  const json = (name: string): Schema => ({ 'application/json': { schema: ref(name) } });
  return {
    summary,
    description: `Needs the scope \`${scope}\`.`,
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
        name,
        in: 'path',
        required: true,
        schema: { type: 'string', ...(name === 'id' ? { format: 'uuid' } : {}) },
      })),
      ...query.map(([name, description]) => ({ name, in: 'query', description, schema: { type: 'string' } })),
    ],
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(body) } }),
    responses: {
      200: { description: 'done', content: json(answer) },
      default: { description: 'refused or failed', content: json('Error') },
    },
  };
}
