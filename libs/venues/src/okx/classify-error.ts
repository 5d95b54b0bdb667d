import { z } from 'zod';
import { RATE_STATUSES, listed, type CallKind, type ErrorTable } from '../ccxt/classify.js';
import type { VenueError } from '../ccxt/protocol.js';

const NAMED: Readonly<Record<string, string>> = {
  '51008': 'INSUFFICIENT_BALANCE',
  '51119': 'INSUFFICIENT_BALANCE',
  '51127': 'INSUFFICIENT_BALANCE',
  '51131': 'INSUFFICIENT_BALANCE',
};

/** OKX (venues.md A5). Codes come with status 200; an order's own is in `sCode`. */
export const OKX_ERRORS: ErrorTable = {
  duplicate: listed('51016'),
  rate: (code) => (code === '50011' ? 'requests' : code === '50061' ? 'orders' : null),
  // 50036: past `expTime`; 50102: the time of signing is too far off.
  fence: listed('50036', '50102'),
  // 50101 to 50115: key, signature, address. The 51xxx: an order's own rules, but for taken ids (51011, 51016) and
  // requests or orders that timed out inside the venue (51054, 51149).
  refused: listed(
    '50002',
    '50006',
    '50014-50016',
    '50101',
    '50103-50115',
    '51000-51010',
    '51012-51015',
    '51020-51053',
    '51055-51148',
    '51150-51399',
  ),
  gone: { cancel: listed('51400-51402', '51410'), lookup: listed('51603') },
  named: (code) => NAMED[code] ?? null,
  rateStatuses: RATE_STATUSES,
  retryMs: { requests: 2_000, orders: 2_000, ban: 120_000 },
  retryAt: () => null,
};

const envelope = z.looseObject({
  code: z.string().max(16),
  msg: z.string().max(4_096).default(''),
  data: z
    .array(z.looseObject({ sCode: z.string().max(16).optional(), sMsg: z.string().max(4_096).optional() }))
    .optional()
    .catch(undefined),
});

/** The error of a reply; of an order's request that of its one element, where it has one. */
export function okxErrorIn(reply: unknown, call: CallKind): VenueError | null {
  const { code, msg, data } = envelope.parse(reply);
  const element = call === 'place' || call === 'amend' || call === 'cancel' ? data?.[0] : undefined;
  if (element?.sCode !== undefined && element.sCode !== '0') return { code: element.sCode, text: element.sMsg ?? msg };
  // 1: all of the orders failed, 2: some of them; each row has its own code.
  const ofEach = call === 'cancelMany' && (code === '1' || code === '2') && data !== undefined && data.length > 0;
  return code === '0' || ofEach ? null : { code, text: msg };
}
