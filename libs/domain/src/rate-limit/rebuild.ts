import type { BudgetState } from './budget-state.js';
import { windowOf, windowsTouched } from './families/fixed-window.js';
import type { LimitDraw } from './limit-draw.js';
import { stateOf, stateToChange } from './limit-state.js';
import { clockView } from './venue-clock.js';

export interface RebuildRequest {
  readonly draw: LimitDraw;
  /** Upper bounds of what was used, by window start in venue time; empty only opens the cold period. */
  readonly booked: readonly { readonly start: number; readonly used: number }[];
}

export interface RebuildResult {
  readonly cold: boolean;
  /** The windows that must be known before the limit is: those that now may lie in. Kinds without have none. */
  readonly needed: readonly number[];
}

/**
 * Starts the cold period of a limit whose state is missing, and ends it early where the usage of every
 * window that may be running is known from elsewhere (venues.md B4: rows booked ahead).
 */
export function rebuild(
  previous: BudgetState,
  request: RebuildRequest,
  now: number,
): { readonly state: BudgetState; readonly result: RebuildResult } {
  const { draw, booked } = request;
  const { offset, error } = clockView(previous.clock, now);
  const venueNow = now + offset;
  const needed = draw.kind === 'fixed_window' ? windowsTouched(venueNow - error, venueNow + error, draw.windowMs) : [];
  const before = stateOf(previous, draw);
  if (before && now >= before.cold) return { state: previous, result: { cold: false, needed } };

  const state = structuredClone(previous);
  const limit = stateToChange(state, draw, now);
  if (limit.kind !== 'fixed_window') return { state, result: { cold: now < limit.cold, needed } };
  for (const { start, used } of booked) {
    const window = windowOf(limit, start);
    window.used = Math.max(window.used, used);
  }
  const complete = needed.every((start) => booked.some((b) => b.start === start));
  if (complete) limit.cold = 0;
  return { state, result: { cold: !complete, needed } };
}
