import { z } from 'zod';
import { listed, type ErrorTable } from '../ccxt/classify.js';
import type { VenueError } from '../ccxt/protocol.js';

const NAMED: Readonly<Record<string, string>> = {
  '110004': 'INSUFFICIENT_BALANCE',
  '110007': 'INSUFFICIENT_BALANCE',
  '110012': 'INSUFFICIENT_BALANCE',
  '170131': 'INSUFFICIENT_BALANCE',
  '170218': 'POST_ONLY_WOULD_CROSS',
};

/** Bybit v5 (venues.md A5). Codes come with status 200. 10002 is the time window: the request came too late. */
export const BYBIT_ERRORS: ErrorTable = {
  duplicate: listed('110072', '170141'),
  rate: (code) => (code === '10006' || code === '10429' || code === '10018' ? 'requests' : null),
  fence: listed('10002'),
  refused: listed(
    '10001',
    '10003-10005',
    '10010',
    '110003',
    '110004',
    '110006',
    '110007',
    '110012',
    '110017',
    '110020',
    '110094',
    '170121',
    '170124',
    '170131-170137',
    '170140',
    '170210',
    '170218',
  ),
  gone: {
    cancel: listed('110001', '110008', '110010', '170139', '170142', '170143', '170213'),
    lookup: listed('170213', '110001'),
  },
  named: (code) => NAMED[code] ?? null,
  rateStatuses: { 429: 'requests', 403: 'ban', 418: 'ban' },
  // A breach of the limit by address ends after ten minutes without a call.
  retryMs: { requests: 1_000, orders: 1_000, ban: 600_000 },
  retryAt: ({ headers }) => {
    const reset = headers['x-bapi-limit-reset-timestamp'];
    return reset !== undefined && /^\d{13}$/.test(reset) ? Number(reset) : null;
  },
};

/** Nothing to change is what was asked for: leverage and position mode that stand already. */
const ALREADY_SO = new Set(['0', '110025', '110043']);

const envelope = z.looseObject({ retCode: z.string().max(16), retMsg: z.string().max(4_096).default('') });

export function bybitErrorIn(reply: unknown): VenueError | null {
  const { retCode, retMsg } = envelope.parse(reply);
  return ALREADY_SO.has(retCode) ? null : { code: retCode, text: retMsg };
}
