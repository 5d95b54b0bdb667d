import type { LimitState } from './budget-state.js';
import { familyOf } from './families/families.js';
import type { Priority } from './limit-definition.js';
import type { LimitDraw } from './limit-draw.js';

/**
 * The count up to which this priority may go, of a draw with the figures in force. A halving for repeated
 * refusals spares cancels.
 */
export function allowance(limit: LimitState, draw: LimitDraw, priority: Priority, now: number): number {
  const family = familyOf(draw.kind);
  const isCancel = priority === 'cancel';
  const allowed = family.allowed(family.limitOf(limit, draw), draw.ceiling, isCancel);
  return now < limit.halved && !isCancel ? Math.floor(allowed / 2) : allowed;
}
