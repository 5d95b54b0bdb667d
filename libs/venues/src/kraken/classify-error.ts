import { z } from 'zod';
import { RATE_STATUSES, type ErrorTable } from '../ccxt/classify.js';
import type { VenueError } from '../ccxt/protocol.js';

const THROTTLED = /^EService:\s?Throttled(?::\s?(\d{9,10})(?:\.\d+)?)?$/;
const REFUSED = new Set([
  'EOrder:Insufficient funds',
  'EOrder:Order minimum not met',
  'EOrder:Orders limit exceeded',
  'EAPI:Invalid key',
  'EAPI:Invalid signature',
  'EGeneral:Permission denied',
  'EQuery:Unknown asset pair',
]);

/** Kraken (venues.md A5). A text is the code; errors come with status 200. */
export const KRAKEN_ERRORS: ErrorTable = {
  duplicate: (code) => /duplicate/i.test(code),
  rate: (code) => {
    if (code === 'EOrder:Rate limit exceeded') return 'orders';
    return code === 'EAPI:Rate limit exceeded' || THROTTLED.test(code) ? 'requests' : null;
  },
  // A call made before by another process may arrive after this one; the next has a higher number.
  fence: (code) => code === 'EAPI:Invalid nonce',
  refused: (code) =>
    REFUSED.has(code) ||
    code.startsWith('EGeneral:Invalid arguments') ||
    /^EService:Market in [a-z]+_only mode$/.test(code),
  gone: { cancel: (code) => code === 'EOrder:Unknown order', lookup: (code) => code === 'EOrder:Unknown order' },
  named: (code) => (code === 'EOrder:Insufficient funds' ? 'INSUFFICIENT_BALANCE' : null),
  rateStatuses: RATE_STATUSES,
  // The counter of calls falls by one in two or three seconds.
  retryMs: { requests: 5_000, orders: 5_000, ban: 900_000 },
  retryAt: ({ text }) => {
    const at = THROTTLED.exec(text)?.[1];
    return at === undefined ? null : Number(at) * 1_000;
  },
};

const envelope = z.looseObject({ error: z.array(z.string().max(512)).max(100) });

/** Entries that begin with W are warnings beside a success. */
export function krakenErrorIn(reply: unknown): VenueError | null {
  const error = envelope.parse(reply).error.find((one) => !one.startsWith('W'));
  return error === undefined ? null : { code: error, text: error };
}
