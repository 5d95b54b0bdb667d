import { z } from 'zod';
import { defineBroadcast, epochMsNumber } from './query-contract.js';

/** A gateway's word that it stands otherwise to an account; the row in `account_states` says the same for good. */
export const accountStatusBroadcast = defineBroadcast({
  name: 'account-status',
  message: z.object({
    tenantId: z.uuid(),
    accountId: z.uuid(),
    venue: z.string(),
    status: z.string(),
    reason: z.string(),
    at: epochMsNumber,
  }),
});
