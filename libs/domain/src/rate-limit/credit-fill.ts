import type { BudgetState } from './budget-state.js';
import type { LimitDraw } from './limit-draw.js';
import { stateOf } from './limit-state.js';
import { clockView } from './venue-clock.js';

/** A repeated credit is known as one for so long. */
export const CREDIT_MEMORY_MS = 900_000;

export interface CreditRequest {
  /** Names the order: it is credited once. */
  readonly token: string;
  /** When the venue took the order and when it first filled, both by the venue's clock. */
  readonly placedAt: number;
  readonly filledAt: number;
  /** Limits of unfilled orders, each with what a first fill gives back as its cost. */
  readonly draws: readonly LimitDraw[];
}

/**
 * A venue that limits unfilled orders counts one less when an order first fills. Given back only where the
 * venue must have counted the order in the window that is credited: placed and filled in the same one, and
 * no reading of after the fill has told already. So our count stays at or above the venue's.
 * @returns whether anything was credited
 */
export function creditFill(
  previous: BudgetState,
  request: CreditRequest,
  now: number,
): { readonly state: BudgetState; readonly credited: boolean } {
  if (previous.tokens[request.token]) return { state: previous, credited: false };
  const { offset, error } = clockView(previous.clock, now);
  const state = structuredClone(previous);
  let credited = false;
  for (const { name, kind, windowMs, cost } of request.draws) {
    const limit = stateOf(state, { name, kind });
    if (limit?.kind !== 'fixed_window') continue;
    const start = Math.floor(request.filledAt / windowMs) * windowMs;
    const window = limit.windows[String(start)];
    if (!window || request.placedAt < start || request.placedAt > request.filledAt) continue;
    const told = window.readBy > 0 && request.filledAt <= window.readBy + offset + error;
    if (told || window.used - window.inFlight < cost) continue;
    window.used -= cost;
    credited = true;
  }
  if (!credited) return { state: previous, credited };
  const hold = { at: now, holdUntil: now, backs: state.clock.backs, life: state.clock.life };
  state.tokens[request.token] = { ...hold, phase: 'settled', parts: [] };
  return { state, credited };
}
