import { z } from 'zod';
import { defineQuery, epochMsNumber } from './query-contract.js';

const calls = z.object({
  /** As in the venue's table of costs, `POST /api/v3/order` for example. */
  call: z.string().min(1).max(100),
  priority: z.enum(['cancel', 'reduce', 'place', 'query']),
  count: z.int().min(1),
  /** The first after this from the start of the plan, in ms, and each later one so long after the one before. */
  afterMs: z.int().nonnegative(),
  everyMs: z.int().nonnegative(),
  /** What the cost depends on. */
  orders: z.int().positive().optional(),
});

/** Whether the calls of a plan would be granted, as rate-limit-tracker sees the counts now. */
export const limitPlanQuery = defineQuery({
  name: 'limit-plan',
  question: z.object({
    venue: z.string().min(1),
    /** What the limits are counted by: account, ip, symbol, pair. */
    scopes: z.partialRecord(z.enum(['ip', 'account', 'key', 'session', 'symbol', 'pair', 'address']), z.string()),
    calls: z.array(calls).min(1).max(50),
  }),
  answer: z.object({
    at: epochMsNumber,
    isFeasible: z.boolean(),
    firstPossibleAt: epochMsNumber.nullable(),
    refusal: z.object({ call: z.int(), limit: z.string(), reason: z.string() }).nullable(),
    needs: z.array(z.object({ limit: z.string(), scope: z.string(), needed: z.number() })),
  }),
  limitMs: 5_000,
});
