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
export type CallKind = 'place' | 'amend' | 'cancel' | 'lookup' | 'setting';

/** What the products of Binance say differently (venues.md A5). */
export interface ErrorRules {
  /** Codes that prove there is no order, or that nothing was changed; everything that is listed nowhere is unknown. */
  readonly refused: ReadonlySet<number>;
  /** Refusals for the time window: the same order may be offered again. */
  readonly fence: ReadonlySet<string>;
  /** Of an amendment: refused as a whole, for the order is gone or cannot be changed so; it is as it was. */
  readonly amendRefused: ReadonlySet<string>;
  /** Of a change of settings: open orders or positions stand in the way, or there is no such value. */
  readonly settingRefused: ReadonlySet<string>;
  readonly isDuplicate: (code: string, text: string) => boolean;
  /** The code of a 5xx that states that the request failed, and did not merely go unanswered. */
  readonly failedByServer: string | null;
  /** Refusals that the engine acts upon, by code and text, with the name under which it knows them. */
  readonly names: (code: string, text: string) => string | undefined;
}

/** Malformed parameters, -1100 to -1130. */
const PARAMETER_CODES = Array.from({ length: 31 }, (_, index) => -1100 - index);
const SPOT_REFUSED = [-1013, -1014, -1022, -2010, -2014, -2015, ...PARAMETER_CODES];

const SPOT_NAMES: Readonly<Record<string, string>> = {
  'Order would immediately match and take.': 'POST_ONLY_WOULD_CROSS',
  'Account has insufficient balance for requested action.': 'INSUFFICIENT_BALANCE',
};

export const SPOT_ERRORS: ErrorRules = {
  refused: new Set(SPOT_REFUSED),
  fence: new Set(['-1021']),
  amendRefused: new Set(['-2011', '-2013', '-2038', '-2039']),
  settingRefused: new Set(),
  isDuplicate: (code, text) => code === '-2010' && text === 'Duplicate order sent.',
  failedByServer: null,
  names: (code, text) => (code === '-2010' ? SPOT_NAMES[text] : undefined),
};

const USDM_NAMES: Readonly<Record<string, string>> = {
  '-5022': 'POST_ONLY_WOULD_CROSS',
  '-2018': 'INSUFFICIENT_BALANCE',
  '-2019': 'INSUFFICIENT_BALANCE',
};

/** Checks of the order itself, all made before it can match: margin, position side, reduce-only, filters, time in force. */
const USDM_REFUSED = [
  ...[-2018, -2019, -2020, -2021, -2022, -2023, -2024, -2025, -2026, -2027, -2028],
  ...[-4001, -4002, -4003, -4004, -4005, -4013, -4014, -4015, -4016, -4023, -4024],
  ...[-4060, -4061, -4062, -4118, -4131, -4164, -5021, -5022],
];

export const USDM_ERRORS: ErrorRules = {
  refused: new Set([...SPOT_REFUSED, ...USDM_REFUSED]),
  // -5028 is the matching engine's own check of the window.
  fence: new Set(['-1021', '-5028']),
  amendRefused: new Set(['-2011', '-2013', '-5025', '-5026', '-5027', '-5029']),
  settingRefused: new Set(['-4028', '-4047', '-4048', '-4067', '-4068', '-4161', '-4168']),
  isDuplicate: (code, text) => code === '-4116' || SPOT_ERRORS.isDuplicate(code, text),
  failedByServer: '-1008',
  names: (code, text) => USDM_NAMES[code] ?? SPOT_ERRORS.names(code, text),
};

export const RATE_CODES: Readonly<Record<string, 'requests' | 'orders'>> = { '-1003': 'requests', '-1015': 'orders' };
/** Request-rate refusals by status alone: they come from a gateway in front, often without a code. */
export const RATE_STATUSES: Readonly<Record<number, 'requests' | 'ban'>> = { 429: 'requests', 418: 'ban', 403: 'ban' };

export const GONE_CODES = { cancel: '-2011', lookup: '-2013' } as const;

/**
 * What a failed call means, from HTTP status and the venue's own code, never from ccxt's exception class (A2, A5).
 * Only for replies that are not a success: a success is judged by its fields.
 */
export function classifyBinance(rules: ErrorRules, call: CallKind, seen: Observation): ErrorClass {
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
  const code = seen.venueCode;
  if (status === 503 && code !== null && code === rules.failedByServer) return { kind: 'refused', code };
  if (code === null || status === null || status < 400 || status >= 500 || status === 408) {
    return { kind: 'unknown', code: code ?? `HTTP_${status}`, exists: false };
  }
  return classifyCode(rules, call, code, seen.text);
}

/** A complete 4xx with the venue's own code. */
function classifyCode(rules: ErrorRules, call: CallKind, code: string, text: string): ErrorClass {
  const rate = RATE_CODES[code];
  if (rate !== undefined) return { kind: 'rate', code, scope: rate };
  if (rules.fence.has(code)) return { kind: 'fence', code };
  if (call === 'cancel' && code === GONE_CODES.cancel) return { kind: 'gone', code };
  if (call === 'lookup' && code === GONE_CODES.lookup) return { kind: 'gone', code };
  if (call === 'setting' && rules.settingRefused.has(code)) return { kind: 'refused', code };
  if (call === 'amend' && rules.amendRefused.has(code)) return { kind: 'refused', code };
  if (rules.isDuplicate(code, text)) return { kind: 'unknown', code, exists: true };
  if (rules.refused.has(Number(code))) return { kind: 'refused', code: rules.names(code, text) ?? code };
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
