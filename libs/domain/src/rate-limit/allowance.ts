import type { BudgetState, LimitState } from './budget-state.js';
import { limitInForce } from './fixed-window.js';
import type { Priority } from './limit-definition.js';
import type { LimitDraw } from './limit-draw.js';

/** The count up to which this priority may go. A halving for repeated refusals spares cancels. */
export function allowance(
  state: Pick<BudgetState, 'announced'>,
  limit: LimitState,
  draw: LimitDraw,
  priority: Priority,
  now: number,
): number {
  const halved = now < limit.halved && priority !== 'cancel';
  const allowed = Math.floor((limitInForce(state.announced[draw.id], draw.limit) * draw.ceiling) / 1000);
  return halved ? Math.floor(allowed / 2) : allowed;
}
