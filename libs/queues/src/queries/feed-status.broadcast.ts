import { z } from 'zod';
import { defineBroadcast, epochMsNumber } from './query-contract.js';

export const feedStatus = z.enum(['connecting', 'syncing', 'live', 'stale', 'resyncing', 'down']);

/** A change of a market's feed, said by feed-handler once its row is written; anything but `live` means no market. */
export const feedStatusBroadcast = defineBroadcast({
  name: 'feed-status',
  message: z.object({
    venue: z.string(),
    symbol: z.string(),
    /** `book` stands for book and trades. */
    channel: z.enum(['book', 'trades', 'bbo', 'mark']),
    from: feedStatus,
    to: feedStatus,
    reason: z.string(),
    at: epochMsNumber,
  }),
});
