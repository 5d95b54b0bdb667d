/** What the unused fraction of the tightest `place` budget allows (table in algorithms.md 4.11). */
export type BudgetLevel = 'all' | 'slow' | 'urgent' | 'none';

const ALL = 0.5;
const SLOW = 0.25;
const URGENT = 0.1;

/** `free` in [0, 1]; 0 when the account is not known. */
export function budgetLevel(free: number): BudgetLevel {
  if (free >= ALL) return 'all';
  if (free >= SLOW) return 'slow';
  return free >= URGENT ? 'urgent' : 'none';
}

/** How badly an action is wanted: a clip or re-peg, a catch-up or FINISHER step, or something a rule demands. */
export type Urgency = 'normal' | 'taker' | 'necessary';

export function budgetAllows(level: BudgetLevel, urgency: Urgency): boolean {
  if (urgency === 'necessary') return true;
  if (urgency === 'taker') return level !== 'none';
  return level === 'all' || level === 'slow';
}
