import { z } from 'zod';
import { feedStatus } from './feed-status.broadcast.js';
import { decimalText, defineQuery, epochMsNumber } from './query-contract.js';

const level = z.tuple([decimalText, decimalText]);

/** The book of one instrument as feed-handler has it now. Refused as `unknown_market` where nobody follows it. */
export const orderBookQuery = defineQuery({
  name: 'order-book',
  question: z.object({
    venue: z.string().min(1).max(64),
    symbol: z.string().min(1).max(64),
    levels: z.int().min(1).max(50),
  }),
  answer: z.object({
    venue: z.string(),
    symbol: z.string(),
    status: feedStatus,
    /** Why it has this status. */
    reason: z.string().nullable().default(null),
    /** When the book was last known to be right. */
    at: epochMsNumber.nullable(),
    /** Best first: price and quantity. None unless the status is `live`. */
    bids: z.array(level),
    asks: z.array(level),
    /** Best quotes where the venue tells them apart from the book; null while they are not known. */
    bbo: z.object({ bid: level.nullable(), ask: level.nullable(), at: epochMsNumber }).nullable().default(null),
    /** Mark price and funding of a perpetual; null where the market has none, and while they are not known. */
    mark: z
      .object({
        price: decimalText,
        fundingRate: decimalText.nullable(),
        nextFundingAt: epochMsNumber.nullable(),
        at: epochMsNumber,
      })
      .nullable()
      .default(null),
    /** Price of the last public trade. */
    last: decimalText.nullable(),
  }),
  limitMs: 1_000,
});
