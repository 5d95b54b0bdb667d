import type { BudgetState } from './budget-state.js';
import { copyState } from './copy-state.js';
import { familyOf } from './families/families.js';
import { stateOf } from './limit-state.js';

/** Holds that end are moved from in flight to spent, at most this many in one step. */
export const SWEEP_BATCH = 32;

/**
 * An unsettled token is spent at its hold end: the cost stands wherever it may have arrived.
 * @returns the state as it was given where no hold has ended
 */
export function sweepHolds(previous: BudgetState, now: number): BudgetState {
  const ended = Object.entries(previous.tokens)
    .filter(([, token]) => token.phase === 'open' && token.holdUntil <= now)
    .sort(([a, x], [b, y]) => x.holdUntil - y.holdUntil || (a < b ? -1 : 1))
    .slice(0, SWEEP_BATCH);
  if (ended.length === 0) return previous;
  const names = new Set(ended.flatMap(([, { parts }]) => parts.map(({ name }) => name)));
  const state = copyState(previous, names);
  for (const [id, token] of ended) {
    state.tokens[id] = { ...token, phase: 'spent' };
    for (const part of token.life === state.clock.life ? token.parts : []) {
      const limit = stateOf(state, part);
      if (limit) familyOf(part.kind).spend(limit, part, token.holdUntil);
    }
  }
  return state;
}
