import type { Stage } from '../transport/http-client.js';

/** What was seen of a call that may have changed something at the venue. */
export interface Observation {
  /** Null: the request never reached the HTTP client. */
  readonly stage: Stage | null;
  /** Of the transport: timeout, reset, end of stream, over-long body; null when the reply is complete. */
  readonly failure: string | null;
  readonly httpStatus: number | null;
  /** The venue's own code, `-2010`; null when the body has none or does not parse. */
  readonly venueCode: string | null;
  readonly text: string;
}

export type ErrorClass =
  | { readonly kind: 'not_sent'; readonly code: string }
  /** Provably never became an order. */
  | { readonly kind: 'refused'; readonly code: string }
  /** Refused at the door for rate; `retry` says what the venue's silence on a time means. */
  | { readonly kind: 'rate'; readonly code: string; readonly scope: 'requests' | 'orders' | 'ban' }
  /** Refused because the request came too late or too early for its time window. */
  | { readonly kind: 'fence'; readonly code: string }
  | { readonly kind: 'unknown'; readonly code: string; readonly exists: boolean }
  /** Of a cancel: the venue has no such open order. Of a look-up: it has no such order. */
  | { readonly kind: 'gone'; readonly code: string };

/** Which kind of call failed: the same code means other things to each. */
export type CallKind = 'place' | 'amend' | 'cancel' | 'lookup';

/** Codes of Binance spot that prove there is no order (venues.md A5); everything that is not listed is unknown. */
export const REFUSED_CODES: ReadonlySet<number> = new Set([
  -1013,
  -1014,
  -1022,
  -2010,
  -2014,
  -2015,
  ...Array.from({ length: 31 }, (_, index) => -1100 - index), // -1100 to -1130: malformed parameters
]);

export const RATE_CODES: Readonly<Record<string, 'requests' | 'orders'>> = { '-1003': 'requests', '-1015': 'orders' };
/** Request-rate refusals by status alone: they come from a gateway in front, often without a code. */
export const RATE_STATUSES: Readonly<Record<number, 'requests' | 'ban'>> = { 429: 'requests', 418: 'ban', 403: 'ban' };

export const FENCE_CODE = '-1021';
export const DUPLICATE_TEXT = 'Duplicate order sent.';
export const GONE_CODES = { cancel: '-2011', lookup: '-2013' } as const;
/** Of an amendment: refused as a whole, for the order is gone or cannot be changed so; it is as it was. */
export const AMEND_REFUSED_CODES: ReadonlySet<string> = new Set(['-2011', '-2013', '-2038', '-2039']);

/** Texts of -2010 that the engine acts upon, with the name under which it knows them. */
export const NAMED_REJECTIONS: Readonly<Record<string, string>> = {
  'Order would immediately match and take.': 'POST_ONLY_WOULD_CROSS',
  'Account has insufficient balance for requested action.': 'INSUFFICIENT_BALANCE',
};

/**
 * What a failed `place`, `cancel` or look-up means, from HTTP status and the venue's own code, never from
 * ccxt's exception class (A2, A5). Only for replies that are not a success: a success is judged by its fields.
 */
export function classifyBinanceSpot(call: CallKind, seen: Observation): ErrorClass {
  if (seen.stage === null || seen.stage === 'dns' || seen.stage === 'connect' || seen.stage === 'tls') {
    return { kind: 'not_sent', code: seen.failure ?? 'NOT_SENT' };
  }
  const status = seen.httpStatus;
  if (status !== null) {
    // The status line alone settles these, even when the body is cut off or is a page of HTML.
    const byStatus = RATE_STATUSES[status];
    if (byStatus === 'requests' && seen.venueCode !== null && RATE_CODES[seen.venueCode] === 'orders') {
      return { kind: 'rate', code: seen.venueCode, scope: 'orders' };
    }
    if (byStatus !== undefined) return { kind: 'rate', code: seen.venueCode ?? `HTTP_${status}`, scope: byStatus };
  }
  if (seen.failure !== null) return { kind: 'unknown', code: seen.failure, exists: false };
  if (status === null || status < 400 || status >= 500 || status === 408) {
    return { kind: 'unknown', code: seen.venueCode ?? `HTTP_${status}`, exists: false };
  }
  const code = seen.venueCode;
  if (code === null) return { kind: 'unknown', code: `HTTP_${status}`, exists: false };
  const rate = RATE_CODES[code];
  if (rate !== undefined) return { kind: 'rate', code, scope: rate };
  if (code === FENCE_CODE) return { kind: 'fence', code };
  if (call === 'cancel' && code === GONE_CODES.cancel) return { kind: 'gone', code };
  if (call === 'lookup' && code === GONE_CODES.lookup) return { kind: 'gone', code };
  if (call === 'amend' && AMEND_REFUSED_CODES.has(code)) return { kind: 'refused', code };
  if (code === '-2010') {
    if (seen.text === DUPLICATE_TEXT) return { kind: 'unknown', code, exists: true };
    return { kind: 'refused', code: NAMED_REJECTIONS[seen.text] ?? code };
  }
  if (REFUSED_CODES.has(Number(code))) return { kind: 'refused', code };
  return { kind: 'unknown', code, exists: false };
}

/** How long a rate refusal without `Retry-After` closes the scope: the longest window it may stand for. */
export const DEFAULT_RETRY_MS: Readonly<Record<'requests' | 'orders' | 'ban', number>> = {
  requests: 60_000,
  orders: 10_000,
  ban: 120_000,
};

/** Milliseconds to wait after a rate refusal; `retryAfter` is the header, in seconds. */
export function retryDelayMs(scope: 'requests' | 'orders' | 'ban', retryAfter: string | undefined): number {
  if (retryAfter !== undefined && /^\d{1,9}$/.test(retryAfter)) return Math.max(1, Number(retryAfter)) * 1_000;
  return DEFAULT_RETRY_MS[scope];
}
