import type { EpochMs } from '#domain';
import { readTimeMicros, shown, toEpochMs } from '#order-intake';
import type { VenueAccount } from '#persistence';
import { ApiError } from '../http/api-error.js';
import { valuesOf, type Query } from '../orders/list-query.js';
import { showScope } from './limit-scopes.js';
import { showMs } from './live-values.js';

const DEFAULT_SPAN_MS = 3_600_000;
const SMALLEST_STEP_SEC = 10;
const LARGEST_STEP_SEC = 86_400;
const MOST_STEPS = 2_000;

export interface HistoryRequest {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly stepSec: number;
}

/**
 * `from`, `to` (ISO-8601; the last hour when not given) and `step` in seconds (10 to 86400 in tens, default 10). Pure.
 * @throws ApiError with the value and what was expected
 */
export function readHistoryQuery(query: Query, now: EpochMs): HistoryRequest {
  const errors: Record<string, string[]> = {};
  const time = (field: string, fallback: number): EpochMs => {
    const text = valuesOf(query, field).at(-1);
    const micros = text === undefined ? fallback * 1_000 : readTimeMicros(text);
    if (micros !== null) return toEpochMs(micros);
    errors[field] = [`${field} must be an ISO-8601 time, was ${shown(text ?? '')}`];
    return fallback as EpochMs;
  };
  const to = time('to', now);
  const from = time('from', to - DEFAULT_SPAN_MS);
  const stepText = valuesOf(query, 'step').at(-1) ?? String(SMALLEST_STEP_SEC);
  const stepSec = /^\d{1,6}$/.test(stepText) ? Number(stepText) : 0;
  if (stepSec < SMALLEST_STEP_SEC || stepSec > LARGEST_STEP_SEC || stepSec % SMALLEST_STEP_SEC !== 0)
    errors['step'] = [
      `step must be ${SMALLEST_STEP_SEC} to ${LARGEST_STEP_SEC} seconds in tens, was ${shown(stepText)}`,
    ];
  else if (errors['from'] === undefined && errors['to'] === undefined && from >= to)
    errors['from'] = [`from must be before to (${showMs(to)}), was ${showMs(from)}`];
  else if ((to - from) / 1_000 / stepSec > MOST_STEPS)
    errors['step'] = [
      `step must leave at most ${MOST_STEPS} steps between from and to, was ${stepSec} for ${Math.ceil((to - from) / 1_000)} seconds`,
    ];
  if (Object.keys(errors).length > 0) throw ApiError.ofFields(errors);
  return { from, to, stepSec };
}

export interface HistoryPoint {
  readonly venue: string;
  readonly scope: string;
  readonly at: number;
  readonly used: number;
  readonly limitValue: number;
}

/** Pure. One series per venue and scope; those of others' accounts are left out. */
export function showHistory(
  points: readonly HistoryPoint[],
  accounts: readonly Pick<VenueAccount, 'id' | 'name'>[],
): Readonly<Record<string, unknown>>[] {
  const series = new Map<string, { head: Record<string, unknown>; points: unknown[] }>();
  for (const { venue, scope, at, used, limitValue } of points) {
    const own = showScope(scope, accounts);
    if (own === null) continue;
    const key = `${venue} ${scope}`;
    const known = series.get(key) ?? { head: { venue, ...own }, points: [] };
    known.points.push({ at: showMs(at), used, limit_value: limitValue });
    series.set(key, known);
  }
  return [...series.values()].map(({ head, points: shownPoints }) => ({ ...head, points: shownPoints }));
}
