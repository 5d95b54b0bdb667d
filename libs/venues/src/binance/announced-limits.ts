import { z } from 'zod';
import type { AnnouncedLimit } from '../budget/announced-limit.js';
import type { Read } from '../ports.js';
import type { HttpClient } from '../transport/http-client.js';
import type { ErrorRules } from './classify-error.js';
import { readPublic, type PublicSource } from './public-read.js';

const rateLimit = z.object({
  rateLimitType: z.string(),
  interval: z.string(),
  intervalNum: z.int().positive(),
  limit: z.int().positive(),
  count: z.int().nonnegative().optional(),
});

/** What `exchangeInfo` of both products says of limits; replies of the WebSocket API carry the same list. */
export const binanceLimitsBody = z.object({ rateLimits: z.array(rateLimit).min(1) });
/** What `rateLimit/order` answers: the same, with the account's counts. */
export const binanceOrderLimitsBody = z.array(rateLimit);

/** `REQUEST_WEIGHT/MINUTE/1`, and so on. */
export function binanceAnnounced(rateLimits: readonly z.output<typeof rateLimit>[]): AnnouncedLimit[] {
  return rateLimits.map(({ rateLimitType, interval, intervalNum, limit, count }) => ({
    select: `${rateLimitType}/${interval}/${intervalNum}`,
    limit,
    ...(count === undefined ? {} : { used: count }),
  }));
}

/** Asks for `path`, which must answer with `rateLimits`. */
export function readAnnouncedLimits(
  http: HttpClient,
  source: PublicSource,
  path: string,
  errors: ErrorRules,
): Promise<Read<readonly AnnouncedLimit[]>> {
  return readPublic(http, source, path, errors, binanceLimitsBody, ({ rateLimits }) => binanceAnnounced(rateLimits));
}
