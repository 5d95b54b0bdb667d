import { epochMs, type EpochMs } from '#domain';
import type { Page } from '../../ports.js';

/** A list shorter than this is taken for whole: no exchange gives less at a time. */
const SMALLEST_PAGE = 20;

/** Where a list goes on: since an instant, without those rows of it that are known. */
export interface Resume {
  readonly at: EpochMs;
  readonly known: ReadonlySet<string>;
}

/** The place that a cursor of {@link pageAfter} names; without one, the beginning. */
export function resumeAt(cursor: string | undefined, from: EpochMs): Resume {
  const [at, ...ids] = (cursor ?? '').split(' ');
  return at === undefined || !/^\d{12,13}$/.test(at)
    ? { at: from, known: new Set() }
    : { at: epochMs(Number(at)), known: new Set(ids) };
}

/**
 * Rows not yet known; the next page is asked for from the newest on. It ends where a list is short or tells nothing
 * new, so an exchange that gives its newest rows whatever is asked ends it as well.
 */
export function pageAfter<T>(
  rows: readonly T[],
  { known }: Resume,
  keyOf: (row: T) => { readonly id: string; readonly at: EpochMs },
): Page<T> {
  const fresh = rows.filter((row) => !known.has(keyOf(row).id));
  if (rows.length < SMALLEST_PAGE || fresh.length === 0) return { rows: fresh, next: null };
  const newest = Math.max(...rows.map((row) => keyOf(row).at));
  const ids = rows.flatMap((row) => (keyOf(row).at === newest ? [keyOf(row).id] : []));
  return { rows: fresh, next: [String(newest), ...ids].join(' ') };
}
