import { z } from 'zod';
import type { AnnouncedLimit } from '../budget/announced-limit.js';

/** Replies reach us with their numbers as text. */
const figure = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,15}(\.\d{1,15})?$/)
      .transform(Number),
  ])
  .pipe(z.number().positive());
const rateAndBurst = z.object({ rate: figure, burst: figure });

/** What `private/get_account_summary` says of limits. Either one figure for all trading, or one per kind of instrument. */
export const deribitSummaryBody = z.object({
  result: z.object({
    limits: z.object({
      non_matching_engine: rateAndBurst,
      matching_engine: z.object({ trading: z.record(z.string(), rateAndBurst) }),
    }),
  }),
});

/** Credits that a call outside the matching engine takes; the venue counts calls where it announces. */
const CREDITS_PER_CALL = 500;

/** Where trading is split by kind of instrument, the smallest figure of all: we count all kinds together. */
export function deribitAnnounced({ result }: z.output<typeof deribitSummaryBody>): AnnouncedLimit[] {
  const { matching_engine: matching, non_matching_engine: other } = result.limits;
  const groups = Object.values(matching.trading);
  const trading = {
    select: 'matching_engine/trading/total',
    limit: Math.min(...groups.map(({ burst }) => burst)),
    rate: Math.min(...groups.map(({ rate }) => rate)),
  };
  return [
    { select: 'non_matching_engine', limit: other.burst * CREDITS_PER_CALL, rate: other.rate * CREDITS_PER_CALL },
    ...(groups.length === 0 ? [] : [trading]),
  ];
}
