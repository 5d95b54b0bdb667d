import { answer, answerOrNull, list, object, time, timeOrNull, type Schema } from './schema-parts.js';

const LIMIT_USE: Readonly<Record<string, Schema>> = {
  granted: { type: 'integer' },
  denied: { type: 'object', additionalProperties: { type: 'integer' }, description: 'by reason' },
  waited_ms: { type: 'integer' },
};

/** What the routes of rate limits take and give. */
export const LIMIT_SCHEMAS: Readonly<Record<string, Schema>> = {
  Limits: answer({
    at: time,
    source: { enum: ['live', 'last'] },
    limits: list(
      answer({
        venue: { type: 'string' },
        limit: { type: 'string' },
        account: { type: ['string', 'null'] },
        scope: { type: 'string' },
        used: { type: 'number' },
        limit_value: { type: 'number' },
        used_pct: { type: ['number', 'null'] },
        ceilings: {
          ...answerOrNull(
            Object.fromEntries(['cancel', 'reduce', 'place', 'query'].map((name) => [name, { type: 'number' }])),
          ),
          description: 'how far calls of each class may go; null for a ban',
        },
        window_end: timeOrNull,
        source: { enum: ['local', 'venue'], description: 'who counted last' },
        cold: { type: 'boolean', description: 'the count is not known, so it counts as full' },
        ban: { type: 'boolean', description: 'no call leaves by this address until closed_until' },
        closed_until: timeOrNull,
      }),
    ),
  }),
  LimitHistory: answer({
    limit: { type: 'string' },
    from: time,
    to: time,
    step: { type: 'integer' },
    series: list(
      answer({
        venue: { type: 'string' },
        account: { type: ['string', 'null'] },
        scope: { type: 'string' },
        points: list(answer({ at: time, used: { type: 'number' }, limit_value: { type: 'number' } })),
      }),
    ),
  }),
  ParentLimits: answer({
    order_id: { type: 'string', format: 'uuid' },
    ...LIMIT_USE,
    classes: { type: 'object', additionalProperties: answer(LIMIT_USE), description: 'the same by class of call' },
  }),
  LimitPlan: object(
    {
      account: { type: 'string', description: 'name of a venue account' },
      symbol: { type: 'string', description: 'where limits are counted by instrument' },
      egress: { type: 'string', description: 'name of the address that calls leave by, default shared' },
      calls: list(
        object(
          {
            call: { type: 'string', description: 'as in the table of costs, such as POST /api/v3/order' },
            priority: { enum: ['cancel', 'reduce', 'place', 'query'] },
            count: { type: 'integer' },
            after_ms: { type: 'integer', description: 'from the start of the plan to the first' },
            every_ms: { type: 'integer', description: 'from one to the next' },
            orders: { type: 'integer', description: 'in one call, for batches' },
          },
          { required: ['call'] },
        ),
      ),
    },
    { required: ['account', 'calls'], additionalProperties: false },
  ),
  LimitForecast: answer({
    at: time,
    venue: { type: 'string' },
    feasible: { type: 'boolean', description: 'started now, every call would be granted at its time' },
    first_possible_at: { ...timeOrNull, description: 'null: not within a day' },
    refused_by: {
      ...answerOrNull({
        call: { type: 'integer', description: 'number of the call in the order of time, from 0' },
        limit: { type: 'string' },
        reason: { type: 'string' },
      }),
      description: 'what refuses first when it starts now',
    },
    needs: list(
      answer({
        limit: { type: 'string' },
        account: { type: ['string', 'null'] },
        scope: { type: 'string' },
        needed: { type: 'number' },
      }),
    ),
  }),
};
