import { epochMs, type EpochMs } from '../time/clock.js';

const SHORTEST_FINISHER_MS = 30_000;
const LONGEST_FINISHER_MS = 600_000;
/** An order waits this long for a child whose outcome nobody knows, and tries once more (ADR 9). */
const OVERTIME_MS = 60_000;

/** What the end of a parent order follows from. */
export interface ParentTimes {
  /**
   * When FINISHER began, else when the plan would end without pauses (of Target Time: when its window ends); null for
   * orders without a duration.
   */
  readonly baseAt: EpochMs | null;
  readonly durationMs: number | null;
  /**
   * Pauses and out-of-limit time that move the end out: all of it before FINISHER, in it what lies inside. A window of
   * wall time is moved by none.
   */
  readonly inactiveMs: number;
  /** Nothing is placed after the plan's end. */
  readonly isStrict: boolean;
}

/**
 * From when on nothing of the order may leave: the end of its plan and its own FINISHER, clamp(D/10, 30 s, 600 s) of
 * active time (algorithms.md 4.8), written down here a second time so that the gate trusts nobody's arithmetic.
 */
export function parentEndsAt({ baseAt, durationMs, inactiveMs, isStrict }: ParentTimes): EpochMs | null {
  if (baseAt === null || durationMs === null) return null;
  const finisher = Math.min(LONGEST_FINISHER_MS, Math.max(SHORTEST_FINISHER_MS, durationMs / 10));
  return epochMs(Math.ceil(baseAt + inactiveMs + (isStrict ? 0 : finisher + OVERTIME_MS)));
}
