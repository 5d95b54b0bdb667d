import { z } from 'zod';
import type { AnnouncedLimit } from '../budget/announced-limit.js';

const whole = z.int().nonnegative();

/** What `POST /info` answers to `userRateLimit`: all that the address ever used, and may use. */
export const hyperliquidRateLimitBody = z.object({
  cumVlm: z.string().regex(/^\d+(\.\d+)?$/),
  nRequestsUsed: whole,
  nRequestsCap: whole.min(1),
});

/** The address's actions; what is used goes on past the cap, one by one. */
export function hyperliquidAnnounced(body: z.output<typeof hyperliquidRateLimitBody>): AnnouncedLimit[] {
  return [{ select: 'nRequestsCap', limit: body.nRequestsCap, used: body.nRequestsUsed }];
}
