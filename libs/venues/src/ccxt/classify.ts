import type { ErrorClass, Observation } from '../binance/classify-error.js';

export type { ErrorClass, Observation };

/** What a call may do, which decides how its failure reads. `read` asks for lists and settings. */
export type CallKind = 'place' | 'amend' | 'cancel' | 'cancelMany' | 'lookup' | 'read';
export type RateScope = 'requests' | 'orders' | 'ban';

type Test = (code: string, text: string) => boolean;

/** A venue's row of venues.md A5 as data; a code in none of its lists is unknown. */
export interface ErrorTable {
  readonly duplicate: Test;
  readonly rate: (code: string, text: string) => RateScope | null;
  /** The request came too late, or too early, for its time window. */
  readonly fence: Test;
  readonly refused: Test;
  readonly gone: { readonly cancel: Test; readonly lookup: Test };
  /** Refusals that the engine acts upon, under the name by which it knows them. */
  readonly named: (code: string, text: string) => string | null;
  /** Statuses that mean a refusal for rate whatever the body says. */
  readonly rateStatuses: Readonly<Record<number, RateScope>>;
  /** How long a rate refusal closes the scope where the venue does not say. */
  readonly retryMs: Readonly<Record<RateScope, number>>;
  /** The venue's own word on when to come again, in epoch ms; null where it gives none. */
  readonly retryAt: (reply: {
    readonly headers: Readonly<Record<string, string>>;
    readonly text: string;
    readonly body: unknown;
  }) => number | null;
}

export const RATE_STATUSES: Readonly<Record<number, RateScope>> = { 429: 'requests', 418: 'ban', 403: 'ban' };

/** True for the codes listed; an entry `51100-51199` stands for a range of numbers. */
export function listed(...entries: readonly string[]): Test {
  const single = new Set<string>();
  const ranges: (readonly [number, number])[] = [];
  for (const entry of entries) {
    const range = /^(\d+)-(\d+)$/.exec(entry);
    if (range === null) single.add(entry);
    else ranges.push([Number(range[1]), Number(range[2])]);
  }
  return (code) =>
    single.has(code) || (/^\d{1,9}$/.test(code) && ranges.some(([from, to]) => from <= +code && +code <= to));
}

/** Said of an id that is taken, under whatever code: an order that has it may live. */
const DUPLICATE = /duplicate/i;
/** Said by a front that lost sight of the request: a code from a range of refusals proves nothing then. */
const TIMED_OUT = /time(d)?[ -]?out/i;

export const never: Test = () => false;

/** A whole answer 403 in which the venue itself refuses: what the key may not do now, it may not do later either. */
const isOwnRefusal = (table: ErrorTable, { httpStatus, failure, venueCode, text }: Observation): boolean =>
  httpStatus === 403 && failure === null && venueCode !== null && table.refused(venueCode, text);

/**
 * What a failed call means, from how far it came, its HTTP status and the venue's own code (venues.md A5). Only
 * for what is not a success; what is not listed is unknown.
 */
export function classify(table: ErrorTable, call: CallKind, seen: Observation): ErrorClass {
  const { stage, httpStatus: status, venueCode: code, text } = seen;
  if (stage === null || stage === 'dns' || stage === 'connect' || stage === 'tls') {
    return { kind: 'not_sent', code: seen.failure ?? 'NOT_SENT' };
  }
  if (status !== null) {
    // The status line alone settles these, even when the body is cut off or is a page of HTML.
    const scope = table.rateStatuses[status];
    if (scope !== undefined && !isOwnRefusal(table, seen)) {
      const told = code === null ? null : table.rate(code, text);
      return { kind: 'rate', code: code ?? `HTTP_${status}`, scope: told ?? scope };
    }
  }
  const unknown = (what: string, exists = false): ErrorClass => ({ kind: 'unknown', code: what, exists });
  if (seen.failure !== null) return unknown(seen.failure);
  if (status === null || status >= 500 || status === 408 || (status >= 300 && status < 400) || status < 200) {
    return unknown(code ?? `HTTP_${status}`);
  }
  if (code === null) return unknown(status < 300 ? 'MALFORMED_REPLY' : `HTTP_${status}`);
  const mayExist = table.duplicate(code, text) || ((call === 'place' || call === 'amend') && DUPLICATE.test(text));
  if (mayExist) return unknown(code, true);
  if ((call === 'place' || call === 'amend') && TIMED_OUT.test(text)) return unknown(code);
  const rate = table.rate(code, text);
  if (rate !== null) return { kind: 'rate', code, scope: rate };
  if (table.fence(code, text)) return { kind: 'fence', code };
  if (call === 'cancel' && table.gone.cancel(code, text)) return { kind: 'gone', code };
  if (call === 'lookup' && table.gone.lookup(code, text)) return { kind: 'gone', code };
  if (table.refused(code, text)) return { kind: 'refused', code: table.named(code, text) ?? code };
  return unknown(code);
}
