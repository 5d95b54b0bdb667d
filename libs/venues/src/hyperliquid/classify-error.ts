import { z } from 'zod';
import { RATE_STATUSES, never, type CallKind, type ErrorTable } from '../ccxt/classify.js';
import type { VenueError } from '../ccxt/protocol.js';

const GONE = 'Order was never placed, already canceled, or filled';
const TOO_MANY = 'Too many cumulative requests';
/** From the vendor's list of errors; what is not in it is looked up. */
const REFUSED = [
  'Price must be divisible by tick size',
  'Order must have minimum value of',
  'Insufficient margin to place order',
  'Reduce only order would increase position',
  'Post only order would have immediately matched',
  'Order could not immediately match',
  'User or API Wallet ',
];

/** Hyperliquid (venues.md A5): its errors are sentences; of those listed the beginning counts. */
export const HYPERLIQUID_ERRORS: ErrorTable = {
  duplicate: (code) => /duplicate|already (exists|in use|used)/i.test(code),
  rate: (code) => (code.startsWith(TOO_MANY) ? 'orders' : null),
  fence: never,
  refused: (code) => REFUSED.some((prefix) => code.startsWith(prefix)),
  gone: { cancel: (code) => code.startsWith(GONE), lookup: never },
  named: (code) => {
    if (code.startsWith('Insufficient')) return 'INSUFFICIENT_BALANCE';
    return code.startsWith('Post only') ? 'POST_ONLY_WOULD_CROSS' : null;
  },
  rateStatuses: RATE_STATUSES,
  // Beyond its lifetime budget an address has one action in ten seconds.
  retryMs: { requests: 10_000, orders: 10_000, ban: 60_000 },
  retryAt: () => null,
};

const whole = z.object({ status: z.literal('err'), response: z.string().max(4_096) });
const statuses = z.object({
  status: z.literal('ok'),
  response: z.object({
    data: z.object({
      statuses: z.tuple([z.union([z.string().max(64), z.looseObject({ error: z.string().max(4_096).optional() })])]),
    }),
  }),
});

/** The error of a whole request, or of its one order. */
export function hyperliquidErrorIn(reply: unknown, call: CallKind): VenueError | null {
  const refused = whole.safeParse(reply);
  if (refused.success) return error(refused.data.response);
  if (call !== 'place' && call !== 'cancel') return null;
  const [status] = statuses.parse(reply).response.data.statuses;
  return typeof status === 'string' || status.error === undefined ? null : error(status.error);
}

const canceledMany = z.object({
  status: z.literal('ok'),
  response: z.object({
    data: z.object({ statuses: z.array(z.union([z.literal('success'), z.object({ error: z.string().max(4_096) })])) }),
  }),
});

/** What is said of each cancel of a request for several, in the order asked for; null: it is done. */
export const hyperliquidCancelErrors = (reply: unknown): readonly (VenueError | null)[] =>
  canceledMany
    .parse(reply)
    .response.data.statuses.map((status) => (typeof status === 'string' ? null : error(status.error)));

/** The sentence without what it says of this very order: a code stays one of a closed set. */
const error = (text: string): VenueError => ({ code: text.slice(0, 120), text });
