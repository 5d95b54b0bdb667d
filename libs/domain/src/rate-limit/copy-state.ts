import type { BudgetState, LimitState } from './budget-state.js';

/**
 * A copy in which the clock, the named limits and the entries of the maps may be changed. Everything else is
 * shared with the state that it was made from: a token is replaced, never changed.
 */
export function copyState(previous: BudgetState, names: Iterable<string>): BudgetState {
  const limits = { ...previous.limits };
  for (const name of names) {
    const limit = limits[name];
    if (limit) limits[name] = copyLimit(limit);
  }
  const { clock, tokens, fair, direct } = previous;
  return {
    ...previous,
    clock: { ...clock },
    limits,
    tokens: { ...tokens },
    fair: { ...fair },
    direct: { ...direct },
  };
}

function copyLimit(limit: LimitState): LimitState {
  if (limit.kind === 'fixed_window') {
    const windows = Object.entries(limit.windows).map(([start, window]) => [start, { ...window }] as const);
    return { ...limit, windows: Object.fromEntries(windows) };
  }
  return 'entries' in limit ? { ...limit, entries: { ...limit.entries } } : { ...limit };
}
