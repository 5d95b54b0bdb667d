import { z } from 'zod';
import { RATE_STATUSES, listed, never, type CallKind, type ErrorTable } from '../ccxt/classify.js';
import type { VenueError } from '../ccxt/protocol.js';

const NAMED: Readonly<Record<string, string>> = {
  INSUFFICIENT_FUND: 'INSUFFICIENT_BALANCE',
  INSUFFICIENT_FUNDS: 'INSUFFICIENT_BALANCE',
  PREVIEW_INSUFFICIENT_FUND: 'INSUFFICIENT_BALANCE',
  INVALID_LIMIT_PRICE_POST_ONLY: 'POST_ONLY_WOULD_CROSS',
};

/** Coinbase Advanced (venues.md A5). An order that is refused by its own rules comes with status 200. */
export const COINBASE_ERRORS: ErrorTable = {
  // A repeated id gives the order that has it.
  duplicate: never,
  rate: (code) => (code === 'RESOURCE_EXHAUSTED' || code === 'rate_limit_exceeded' ? 'requests' : null),
  fence: never,
  refused: listed(
    'UNSUPPORTED_ORDER_CONFIGURATION',
    'INVALID_SIDE',
    'INVALID_PRODUCT_ID',
    'INVALID_SIZE_PRECISION',
    'INVALID_PRICE_PRECISION',
    'INSUFFICIENT_FUND',
    'INSUFFICIENT_FUNDS',
    'PREVIEW_INSUFFICIENT_FUND',
    'INVALID_LEDGER_BALANCE',
    'ORDER_ENTRY_DISABLED',
    'INELIGIBLE_PAIR',
    'INVALID_LIMIT_PRICE_POST_ONLY',
    'INVALID_LIMIT_PRICE',
    'UNTRADABLE_PRODUCT',
    'INVALID_REQUEST',
    'INVALID_ARGUMENT',
    'PERMISSION_DENIED',
    'UNAUTHENTICATED',
  ),
  gone: { cancel: listed('UNKNOWN_CANCEL_ORDER'), lookup: listed('NOT_FOUND', 'not_found') },
  named: (code) => NAMED[code] ?? null,
  rateStatuses: RATE_STATUSES,
  retryMs: { requests: 1_000, orders: 1_000, ban: 60_000 },
  retryAt: () => null,
};

const failure = z.looseObject({
  error: z.string().max(128),
  message: z.string().max(4_096).nullish(),
  error_details: z.string().max(4_096).nullish(),
});
const order = z.looseObject({ success: z.boolean(), error_response: failure.partial().nullish() });
const edit = z.looseObject({
  success: z.boolean(),
  errors: z.array(z.looseObject({ edit_failure_reason: z.string().max(128) })).nullish(),
});
const cancel = z.object({
  results: z.array(z.looseObject({ success: z.boolean(), failure_reason: z.string().max(128) })).length(1),
});

/** The error of a reply: its own, or that of the one order it is about. */
export function coinbaseErrorIn(reply: unknown, call: CallKind): VenueError | null {
  const whole = failure.safeParse(reply);
  if (whole.success) {
    const { error, message, error_details: details } = whole.data;
    return { code: error, text: message ?? details ?? '' };
  }
  if (call === 'place') {
    const { success, error_response: why } = order.parse(reply);
    return success ? null : { code: why?.error ?? 'UNKNOWN_FAILURE_REASON', text: why?.message ?? '' };
  }
  if (call === 'amend') {
    const { success, errors } = edit.parse(reply);
    return success ? null : { code: errors?.[0]?.edit_failure_reason ?? 'UNKNOWN_EDIT_ORDER_FAILURE_REASON', text: '' };
  }
  if (call === 'cancel') {
    const [result] = cancel.parse(reply).results;
    return result?.success === true ? null : { code: result?.failure_reason ?? 'UNKNOWN', text: '' };
  }
  return null;
}
