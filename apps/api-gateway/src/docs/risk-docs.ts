import { HALT_LEVELS } from '#domain';
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

/** The routes of risk limits, halts and parked orders. */
export const RISK_OPERATIONS: readonly Operation[] = [
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
    answer: 'SetRiskLimits',
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
  {
    method: 'post',
    path: '/manage/v1/orders/{id}/cancel',
    summary: 'Cancel an order, a multi order or a chain of any user of the tenant; its owner is told why',
    scope: 'admin',
    body: 'OperatorCancel',
    answer: 'OperatorCanceled',
  },
];

const textOrNull: Schema = { type: ['string', 'null'] };
const integerOrNull: Schema = { type: ['integer', 'null'] };
const LIMIT_VALUES: Record<string, Schema> = {
  enforcement: { enum: ['report', 'strict', null] },
  max_quantity: decimalOrNull,
  max_parent_quantity: decimalOrNull,
  max_notional: decimalOrNull,
  max_parent_notional: decimalOrNull,
  max_basket_notional: decimalOrNull,
  collar_pct: decimalOrNull,
  drift_pct: decimalOrNull,
  reference_jump_pct: decimalOrNull,
  max_account_exposure: decimalOrNull,
  max_tenant_exposure: decimalOrNull,
  reference_max_age_ms: integerOrNull,
  messages_per_second: integerOrNull,
  allowed: { type: ['array', 'null'], items: { type: 'string' } },
};
const RISK_LIMITS: Record<string, Schema> = {
  account: textOrNull,
  venue: textOrNull,
  symbol: textOrNull,
  ...LIMIT_VALUES,
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

/** What those routes take and answer. */
export const RISK_SCHEMAS: Readonly<Record<string, Schema>> = {
  ScopedRiskLimits: object(RISK_LIMITS),
  SetRiskLimits: answer(RISK_LIMITS),
  RiskLimits: answer({
    limits: list(answer({ ...RISK_LIMITS, updated_at: time })),
    defaults: answer({}, LIMIT_VALUES),
  }),
  Unknowns: answer({
    unknowns: list(
      answer({
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
  Resolved: answer({ client_order_id: { type: 'string' }, outcome: { enum: ['absent', 'found'] } }),
  OperatorCancel: object({ reason: { type: 'string' } }, { required: ['reason'] }),
  OperatorCanceled: answer({
    id: { type: 'string', format: 'uuid' },
    user: { type: 'string' },
    status: { enum: ['CANCELED'] },
    failure_reason: { type: 'string' },
    message: { type: 'string' },
  }),
  HaltRequest: object(HALT, { required: ['level', 'mode', 'reason'] }),
  Halt: answer(SHOWN_HALT),
  Halts: answer({ halts: list(ref('Halt')) }),
};
