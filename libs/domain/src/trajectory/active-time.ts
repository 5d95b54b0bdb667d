import type { Interval } from '../execution/contract.js';
import type { EpochMs } from '../time/clock.js';

/**
 * Milliseconds of [from, to) that lie outside every interval: tau of algorithms.md 1 when `from` is the
 * activation. Intervals are half-open, may overlap and may still last (`to` null).
 */
export function activeMs(from: EpochMs, to: EpochMs, inactive: readonly Interval[]): number {
  if (to <= from) return 0;
  return to - from - coveredMs(from, to, inactive);
}

/** Milliseconds of [from, to) that lie inside at least one interval. */
export function coveredMs(from: EpochMs, to: EpochMs, intervals: readonly Interval[]): number {
  if (intervals.length === 0 || to <= from) return 0;
  const clipped = intervals
    .map((interval) => [Math.max(from, interval.from), Math.min(to, interval.to ?? to)] as const)
    .filter(([start, end]) => end > start)
    .sort(([a], [b]) => a - b);
  let covered = 0;
  let reach: number = from;
  for (const [start, end] of clipped) {
    covered += Math.max(0, end - Math.max(start, reach));
    reach = Math.max(reach, end);
  }
  return covered;
}
