import { z } from 'zod';
import { defineBroadcast, defineQuery, epochMsNumber } from './query-contract.js';

const usage = z.object({
  venue: z.string(),
  /** Name of the limit in the venue's model. */
  limit: z.string(),
  /** Whom it counts for: an address we leave by, an account, an instrument of an account. */
  scope: z.string(),
  used: z.number(),
  /** 0 for a closure, which has no figure. */
  limitValue: z.number(),
  /** The venue refuses every call of this scope until then; null when it does not. */
  closedUntil: epochMsNumber.nullable(),
  /** The closure is a ban: no call of any kind leaves by that address. */
  isBan: z.boolean().default(false),
  /** Its count is not known: it counts as full. */
  cold: z.boolean().default(false),
  /** Whether the venue has told the count of the running window itself. */
  source: z.enum(['local', 'venue']).default('local'),
  /** End of the running window; null for kinds without windows. */
  windowEnd: epochMsNumber.nullable().default(null),
  /** How far each class of calls may go. */
  ceilings: z
    .object({ cancel: z.number(), reduce: z.number(), place: z.number(), query: z.number() })
    .nullable()
    .default(null),
});

const usages = z.object({ at: epochMsNumber, limits: z.array(usage) });

/** How much of the venues' limits is used, as rate-limit-tracker reads it now. */
export const limitUsageQuery = defineQuery({
  name: 'limit-usage',
  question: z.object({}),
  answer: usages,
  limitMs: 1_000,
});

/** The same, said by rate-limit-tracker every time it looks: what is shown while it does not answer. */
export const limitUsageBroadcast = defineBroadcast({ name: 'limit-usage-now', message: usages });
