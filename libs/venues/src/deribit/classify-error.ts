import { z } from 'zod';
import { RATE_STATUSES, listed, never, type ErrorTable } from '../ccxt/classify.js';
import type { VenueError } from '../ccxt/protocol.js';

const NAMED: Readonly<Record<string, string>> = { '10009': 'INSUFFICIENT_BALANCE', '11054': 'POST_ONLY_WOULD_CROSS' };

/** Deribit (venues.md A5): JSON-RPC errors, with status 400. */
export const DERIBIT_ERRORS: ErrorTable = {
  duplicate: never,
  rate: (code) => (code === '10028' ? 'requests' : null),
  fence: never,
  // Not 10003, an overlap with one's own order: a part may have been filled before it came to that one.
  // Rules of the order and the book, limits on open orders, arguments, credentials and permissions.
  refused: listed(
    '10000',
    '10002',
    '10005-10009',
    '10011-10027',
    '10031',
    '10032',
    '10036',
    '10043',
    '11029',
    '11042',
    '11043',
    '11046-11050',
    '11054',
    '13004',
    '13009',
    '13020',
    '13021',
  ),
  gone: { cancel: listed('10004', '10010', '11008', '11044'), lookup: listed('10004') },
  named: (code) => NAMED[code] ?? null,
  rateStatuses: RATE_STATUSES,
  // 10,000 credits come back each second, and the pool is 50,000.
  retryMs: { requests: 5_000, orders: 5_000, ban: 60_000 },
  retryAt: () => null,
};

const envelope = z.looseObject({
  error: z
    .looseObject({
      code: z.string().max(16),
      message: z.string().max(4_096),
      data: z
        .looseObject({ reason: z.string().max(4_096).optional() })
        .nullish()
        .catch(null),
    })
    .optional(),
});

export function deribitErrorIn(reply: unknown): VenueError | null {
  const { error } = envelope.parse(reply);
  if (error === undefined) return null;
  const reason = error.data?.reason;
  return { code: error.code, text: reason === undefined ? error.message : `${error.message}: ${reason}` };
}
