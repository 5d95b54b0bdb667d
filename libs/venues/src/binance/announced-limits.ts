import { z } from 'zod';
import type { Clock } from '#domain';
import type { AnnouncedLimit } from '../budget/announced-limit.js';
import { withScheme } from '../ccxt/point-at.js';
import type { Read } from '../ports.js';
import type { HttpClient } from '../transport/http-client.js';
import { READ_REPLY_MS } from './calls.js';
import { decode } from './decode.js';
import { failureOf, readFailure, successOf } from './outcome.js';

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
export async function readAnnouncedLimits(
  http: HttpClient,
  { baseUrl, clock }: { readonly baseUrl: string; readonly clock: Clock },
  path: string,
): Promise<Read<readonly AnnouncedLimit[]>> {
  const url = withScheme(baseUrl, false) + path;
  const exchange = await http.send({ url, method: 'GET', headers: {}, body: null, replyTimeoutMs: READ_REPLY_MS });
  const record = { exchange, stopped: null };
  const reply = successOf(record);
  if (reply === null) return readFailure(failureOf('lookup', record, clock));
  const limits = decode(binanceLimitsBody, ({ rateLimits }) => binanceAnnounced(rateLimits), reply.body);
  const { meta } = reply;
  return limits.ok ? { kind: 'ok', value: limits.value, meta } : { kind: 'failed', why: limits.error, meta };
}
