import type { EpochMs } from '#domain';
import type { Page } from '../ports.js';
import { PAGE_ROWS } from './calls.js';

/** The venue takes less than seven days at a time. */
const WINDOW_MS = 7 * 86_400_000 - 1;

/** A part of the time that is asked for; rows up to `afterId` were given already. */
export interface TimeWindow {
  readonly startTime: number;
  readonly endTime: number;
  readonly afterId: number;
}

/**
 * The window that `cursor` continues, or the first one. Nothing older than `keptMs` is asked for: the venue has none.
 * @throws RangeError when the cursor is not the `next` of a page before
 */
export function windowOf(cursor: string | undefined, from: EpochMs, now: EpochMs, keptMs: number): TimeWindow {
  if (cursor === undefined) return windowFrom(Math.max(from, now - keptMs), -1);
  const [, start, id] = /^(\d{1,16})\.(-1|\d{1,16})$/.exec(cursor) ?? [];
  if (start === undefined || id === undefined) {
    throw new RangeError(`Invalid cursor: must be the next of a page before, was ${JSON.stringify(cursor)}`);
  }
  return windowFrom(Number(start), Number(id));
}

/**
 * A page of a window. A full one goes on at its last instant, where rows may share a millisecond; a short one with the
 * next window, until `now` is reached.
 * @throws RangeError for a full page without anything new: the venue would give it for ever
 */
export function pageOfWindow<Row, T>(
  window: TimeWindow,
  now: EpochMs,
  rows: readonly Row[],
  key: (row: Row) => { readonly id: number; readonly at: number },
  toValue: (row: Row) => T,
): Page<T> {
  const fresh = rows.filter((row) => key(row).id > window.afterId);
  const last = fresh.reduce((max, row) => Math.max(max, key(row).id), window.afterId);
  const values = fresh.map(toValue);
  if (rows.length >= PAGE_ROWS) {
    if (fresh.length === 0) throw new RangeError(`rows: more than ${PAGE_ROWS} in the millisecond ${window.startTime}`);
    const lastAt = fresh.reduce((max, row) => Math.max(max, key(row).at), window.startTime);
    return { rows: values, next: `${lastAt}.${last}` };
  }
  return { rows: values, next: window.endTime >= now ? null : `${window.endTime + 1}.${last}` };
}

function windowFrom(startTime: number, afterId: number): TimeWindow {
  return { startTime, endTime: startTime + WINDOW_MS, afterId };
}
