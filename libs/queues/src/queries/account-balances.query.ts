import { z } from 'zod';
import { decimalText, defineQuery, epochMsNumber } from './query-contract.js';

/**
 * Balances of one account, asked of its venue by the exchange gateway that holds the account's lease; the others are
 * silent. Refused as `no_budget` or `venue_failed`.
 */
export const accountBalancesQuery = defineQuery({
  name: 'account-balances',
  question: z.object({ tenantId: z.uuid(), accountId: z.uuid() }),
  answer: z.object({
    /** When the venue told them. */
    at: epochMsNumber,
    balances: z.array(z.object({ asset: z.string(), free: decimalText, locked: decimalText })),
  }),
  limitMs: 2_000,
});
