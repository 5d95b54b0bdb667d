import type { BudgetState } from './budget-state.js';
import { familyOf } from './families/families.js';
import { windowsTouched } from './families/fixed-window.js';
import type { LimitDraw, LimitFigures } from './limit-draw.js';
import { stateOf, stateToChange } from './limit-state.js';
import { clockView, type ClockView } from './venue-clock.js';

export interface RebuildRequest {
  readonly draw: LimitDraw;
  /**
   * Upper bounds of what was used, by the start of the stretch in venue time, each as long as {@link bookedSpanMs};
   * empty only opens the cold period.
   */
  readonly booked: readonly { readonly start: number; readonly used: number }[];
}

export interface RebuildResult {
  readonly cold: boolean;
  /** The stretches that must be known before the limit is; none for kinds that are not rebuilt. */
  readonly needed: readonly number[];
}

/**
 * How long a stretch is in which use is booked ahead, in ms: as long as a cost can weigh on the limit. 0 for kinds that
 * are never rebuilt.
 */
export function bookedSpanMs(figures: LimitFigures): number {
  const { kind } = figures;
  if (kind === 'ban' || kind === 'lifetime_budget' || kind === 'per_block') return 0;
  return familyOf(kind).spanMs(figures);
}

/** A window by the clock counts for itself; else what was used in the stretch before may still count as well. */
function neededStarts(draw: LimitDraw, { offset, error }: ClockView, now: number): number[] {
  const span = bookedSpanMs(draw);
  const venueNow = now + offset;
  const from = venueNow - error - (draw.kind === 'fixed_window' ? 0 : span);
  return span > 0 ? windowsTouched(from, venueNow + error, span) : [];
}

/**
 * Starts the cold period of a limit whose state is missing, and ends it early where the usage of every
 * stretch that may still count is known from elsewhere (venues.md B4: rows booked ahead).
 */
export function rebuild(
  previous: BudgetState,
  { draw, booked }: RebuildRequest,
  now: number,
): { readonly state: BudgetState; readonly result: RebuildResult } {
  const view = clockView(previous.clock, now);
  const needed = neededStarts(draw, view, now);
  const before = stateOf(previous, draw);
  if (before && now >= before.cold) return { state: previous, result: { cold: false, needed } };

  const state = structuredClone(previous);
  const limit = stateToChange(state, draw, now);
  const known = needed.flatMap((start) => booked.filter((b) => b.start === start).slice(0, 1));
  if (needed.length === 0 || known.length < needed.length) return { state, result: { cold: now < limit.cold, needed } };
  for (const { start, used } of known) familyOf(draw.kind).addBooked(limit, draw, start, used, { now, view });
  limit.cold = 0;
  return { state, result: { cold: false, needed } };
}
