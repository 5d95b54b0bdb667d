import { closedToken, tokenOf, type BudgetState } from './budget-state.js';
import { copyState } from './copy-state.js';
import { familyOf } from './families/families.js';
import { stateOf } from './limit-state.js';
import { giveBackShares } from './turns.js';

/**
 * Gives back what a call that provably never left this host had reserved. After its hold has ended the
 * cost stands: a reading may meanwhile have replaced the count it was part of.
 */
export function release(
  previous: BudgetState,
  token: string,
): { readonly state: BudgetState; readonly released: boolean } {
  const held = tokenOf(previous, token);
  if (held?.phase !== 'open') return { state: previous, released: false };
  const state = copyState(
    previous,
    held.parts.map(({ name }) => name),
  );
  for (const part of held.parts) {
    const limit = stateOf(state, part);
    if (limit) familyOf(part.kind).giveBack(limit, part);
  }
  giveBackShares(state, held);
  state.tokens[token] = closedToken(held, 'released');
  return { state, released: true };
}
