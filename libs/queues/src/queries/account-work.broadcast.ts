import { z } from 'zod';
import { defineBroadcast } from './query-contract.js';

/**
 * Work on a child order that only the process may do which holds the account. It may be lost: the work stays due in
 * Postgres, where that process finds it by itself.
 */
export const accountWorkBroadcast = defineBroadcast({
  name: 'account-work',
  message: z.object({
    accountId: z.uuid(),
    tenantId: z.uuid(),
    parentOrderId: z.uuid(),
    sequence: z.int().nonnegative(),
    kind: z.enum(['child.submit', 'child.cancel', 'child.resolve', 'child.amend']),
    traceId: z.string(),
  }),
});
