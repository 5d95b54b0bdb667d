import type { Operation } from './operation.js';
import { answer, list, object, ref, time, type Schema } from './schema-parts.js';

const CONTENT: Record<string, Schema> = {
  restriction_type: { enum: ['PAIR_BLOCK', 'MAX_ORDER_NOTIONAL', 'MAX_OPEN_NOTIONAL'] },
  limit: { type: ['number', 'null'], description: 'in quote; not of PAIR_BLOCK' },
  pair: { type: ['string', 'null'] },
  venue: { type: ['string', 'null'], description: 'id of a venue, or name of an exchange' },
  username: { type: ['string', 'null'], description: 'name of a user of the tenant' },
  reason: { type: 'string', maxLength: 1_000 },
};
const path = '/api/admin/trading_restrictions';
const WAITS = 'With REQUIRE_TRADING_LIMIT_APPROVAL it answers 202 and waits for another of the staff.';

/** The routes of trading restrictions, for staff. */
export const RESTRICTION_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path,
    summary: 'Restrictions in force, and changes that wait',
    scope: 'admin',
    answer: 'Restrictions',
  },
  {
    method: 'post',
    path,
    summary: `Forbid a pair, or limit the notional of an order or of all open ones. ${WAITS}`,
    scope: 'admin',
    body: 'RestrictionRequest',
    answer: 'Restriction',
    waiting: 'RequestedRestriction',
  },
  {
    method: 'patch',
    path: `${path}/{id}`,
    summary: `Change what is named of a restriction; "" lifts the bound of pair, venue or username. ${WAITS}`,
    scope: 'admin',
    body: 'RestrictionChange',
    answer: 'Restriction',
    waiting: 'RequestedRestriction',
  },
  {
    method: 'delete',
    path: `${path}/{id}`,
    summary: `Lift a restriction. ${WAITS}`,
    scope: 'admin',
    answer: 'Restriction',
    waiting: 'RequestedRestriction',
  },
  {
    method: 'post',
    path: `${path}/review`,
    summary:
      'Agree to a change that waits, or refuse it; not by whoever asked for it. Of a restriction that is gone it is closed',
    scope: 'admin',
    body: 'RestrictionReview',
    answer: 'ReviewedRestriction',
    refusals: [404, 422],
  },
];

const restriction = answer({
  id: { type: 'string', format: 'uuid' },
  ...CONTENT,
  created_at: time,
  created_by: { type: 'string' },
});

/** What those routes take and answer. */
export const RESTRICTION_SCHEMAS: Readonly<Record<string, Schema>> = {
  Restriction: restriction,
  Restrictions: answer({
    trading_restrictions: list(ref('Restriction')),
    requests: list(
      answer(
        {
          request_id: { type: 'string', format: 'uuid' },
          action: { enum: ['create', 'update', 'remove'] },
          restriction_id: { type: ['string', 'null'], format: 'uuid' },
          requested_at: time,
          requested_by: { type: 'string' },
        },
        // Of a change only what it names.
        CONTENT,
      ),
    ),
  }),
  RestrictionRequest: object(CONTENT, { required: ['restriction_type', 'reason'] }),
  RestrictionChange: object(CONTENT),
  RequestedRestriction: answer({ request_created: { const: true }, request_id: { type: 'string', format: 'uuid' } }),
  RestrictionReview: object(
    { request_id: { type: 'string', format: 'uuid' }, approve: { type: 'boolean' } },
    { required: ['request_id', 'approve'] },
  ),
  ReviewedRestriction: answer({
    request_id: { type: 'string', format: 'uuid' },
    approved: { type: 'boolean' },
    restriction: { anyOf: [ref('Restriction'), { type: 'null' }] },
  }),
};
