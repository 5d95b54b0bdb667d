import { VERSION } from '#observability';
import { ACCOUNT_OPERATIONS, ACCOUNT_SCHEMAS } from './account-docs.js';
import { CREDENTIAL_OPERATIONS, CREDENTIAL_SCHEMAS } from './credential-docs.js';
import { GROUP_OPERATIONS, GROUP_SCHEMAS } from './group-docs.js';
import { HISTORY_OPERATIONS, HISTORY_SCHEMAS } from './history-docs.js';
import { LIMIT_SCHEMAS } from './limit-schemas.js';
import { MANAGE_OPERATIONS, MANAGE_SCHEMAS } from './manage-docs.js';
import { describe, REFUSED, type Operation } from './operation.js';
import { ORDER_OPERATIONS, ORDER_SCHEMAS } from './order-docs.js';
import { RESTRICTION_OPERATIONS, RESTRICTION_SCHEMAS } from './restriction-docs.js';
import { RISK_OPERATIONS, RISK_SCHEMAS } from './risk-docs.js';
import { answer, list, ref, type Schema } from './schema-parts.js';
import { STRATEGY_OPERATIONS, STRATEGY_SCHEMAS } from './strategy-docs.js';
import { SUBSCRIPTION_OPERATIONS, SUBSCRIPTION_SCHEMAS } from './subscription-docs.js';

/** Every route that exists; a test holds it against the routes that are served. */
export const OPERATIONS: readonly Operation[] = [
  ...ORDER_OPERATIONS,
  ...GROUP_OPERATIONS,
  ...HISTORY_OPERATIONS,
  ...MANAGE_OPERATIONS,
  ...ACCOUNT_OPERATIONS,
  ...CREDENTIAL_OPERATIONS,
  ...RISK_OPERATIONS,
  ...RESTRICTION_OPERATIONS,
  ...STRATEGY_OPERATIONS,
  ...SUBSCRIPTION_OPERATIONS,
];

const ERROR: Readonly<Record<string, Schema>> = {
  Error: answer(
    {
      error: { type: 'string' },
      message: { type: 'string' },
      detail: { type: 'string' },
      code: { type: 'string' },
      errors: { type: 'object', additionalProperties: list({ type: 'string' }) },
      request_id: { type: 'string', format: 'uuid' },
    },
    {
      position: { type: 'integer', description: 'Of a fault in order_condition, zero-based' },
      order_id: { type: 'string', format: 'uuid', description: 'Of the order that has the custom_order_id' },
      reason: { type: 'string', description: 'Of a restriction, a risk control, or a key that is refused' },
      results: { ...list(ref('LeverageResult')), description: 'Of a leverage that no account took' },
    },
  ),
  SignalError: answer({
    code: { type: 'string' },
    message: { type: 'string' },
    fields: { type: 'object', additionalProperties: list({ type: 'string' }) },
  }),
};

/** No name stands on two of them, which a test holds: the later would hide the earlier. */
export const SCHEMA_PAGES: readonly Readonly<Record<string, Schema>>[] = [
  ORDER_SCHEMAS,
  GROUP_SCHEMAS,
  HISTORY_SCHEMAS,
  MANAGE_SCHEMAS,
  ACCOUNT_SCHEMAS,
  LIMIT_SCHEMAS,
  CREDENTIAL_SCHEMAS,
  RISK_SCHEMAS,
  RESTRICTION_SCHEMAS,
  STRATEGY_SCHEMAS,
  SUBSCRIPTION_SCHEMAS,
  ERROR,
];

/** The OpenAPI 3.1 document; fields of an order come from the table that also validates them. */
export function openApiDocument(): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const operation of OPERATIONS) (paths[operation.path] ??= {})[operation.method] = describe(operation);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tranche order API',
      version: VERSION,
      description:
        'Every path answers with and without a trailing slash. A failure is told by the key `error`, on the routes of ' +
        'strategies, their keys and subscriptions by `code`, `message` and `fields`. ' +
        'Another verb than those of a path is answered with 405 and `Allow`.',
    },
    security: [{ token: [] }],
    paths,
    components: {
      schemas: Object.assign({}, ...SCHEMA_PAGES) as Schema,
      responses: REFUSED,
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
