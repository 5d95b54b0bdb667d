import { z } from 'zod';
import type { AnnouncedLimit } from '../budget/announced-limit.js';

const whole = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number);

/** What `GET /api/v5/trade/account-rate-limit` answers. The next figure holds from the next day on. */
export const okxAccountRateLimitBody = z.object({
  code: z.literal('0'),
  data: z.array(z.object({ accRateLimit: whole })).length(1),
});

/** New and amended orders of the sub-account per 2 s. */
export function okxAnnounced({ data }: z.output<typeof okxAccountRateLimitBody>): AnnouncedLimit[] {
  return data.map(({ accRateLimit }) => ({ select: 'accRateLimit', limit: accRateLimit }));
}
