import type { BudgetState } from './budget-state.js';
import { uncount } from './settle.js';
import { giveBackShares } from './turns.js';

/**
 * Gives back what a call that provably never left this host had reserved. After its hold has ended the
 * cost stands: a reading may meanwhile have replaced the count it was part of.
 */
export function release(
  previous: BudgetState,
  token: string,
): { readonly state: BudgetState; readonly released: boolean } {
  if (previous.tokens[token]?.phase !== 'open') return { state: previous, released: false };
  const state = structuredClone(previous);
  const held = state.tokens[token];
  if (!held) return { state: previous, released: false };
  for (const part of held.parts) {
    const limit = state.limits[part.name];
    if (limit) uncount(limit, part);
  }
  giveBackShares(state, held);
  held.phase = 'released';
  return { state, released: true };
}
