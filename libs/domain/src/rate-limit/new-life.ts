import type { BudgetState } from './budget-state.js';

/**
 * Another server answers, with a copy that may be older than what was counted: a new life begins. No count and no
 * reservation of before is believed (venues.md B7: the cold start rule), and nothing that was known of clocks. What the
 * venue closed stays closed, and what it announced holds.
 */
export function newLife(previous: BudgetState, now: number): BudgetState {
  const { clock } = previous;
  return {
    ...previous,
    clock: { ...clock, lastNow: now, backs: clock.backs + 1, life: clock.life + 1, samples: [] },
  };
}
