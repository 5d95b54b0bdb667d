import { z } from 'zod';
import type { AnnouncedLimit } from '../budget/announced-limit.js';

/** Replies reach us with their numbers as text. */
const whole = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ])
  .pipe(z.int().nonnegative());

/** What `POST /info` answers to `userRateLimit`: all that the address ever used, and may use. */
export const hyperliquidRateLimitBody = z.object({
  cumVlm: z.string().regex(/^\d+(\.\d+)?$/),
  nRequestsUsed: whole,
  nRequestsCap: whole.pipe(z.int().min(1)),
});

/** The address's actions; what is used goes on past the cap, one by one. */
export function hyperliquidAnnounced(body: z.output<typeof hyperliquidRateLimitBody>): AnnouncedLimit[] {
  const { nRequestsCap, nRequestsUsed } = body;
  return [{ select: 'nRequestsCap', limit: nRequestsCap, used: nRequestsUsed, told: { nRequestsCap, nRequestsUsed } }];
}
