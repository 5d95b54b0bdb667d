import { z } from 'zod';
import { defineBroadcast } from './query-contract.js';

/** A limit of which half or more was used has fallen below that, a new window included. It leaves no row. */
export const limitRecoveredBroadcast = defineBroadcast({
  name: 'limit-recovered',
  message: z.object({
    venue: z.string(),
    limit: z.string(),
    scope: z.string(),
    used: z.number(),
    limitValue: z.number(),
  }),
});
