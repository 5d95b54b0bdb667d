import type { BudgetState, KnownLimit, LimitState } from './budget-state.js';
import { familyOf } from './families/families.js';
import type { LimitDraw, LimitFigures } from './limit-draw.js';

/** Shortest time a lost state counts as full: no call of before may still be on its way then. */
export const MIN_COLD_MS = 15_000;
/** A state that only a reading can make known is asked for again after so long. */
const COLD_RETRY_MS = 1_000;
const LONGEST_COLD_WAIT_MS = 86_400_000;

/** When a state that nothing is known of counts as known again. */
export function coldEnd(figures: LimitFigures, now: number): number {
  return now + Math.max(familyOf(figures.kind).spanMs(figures), MIN_COLD_MS);
}

/** When to ask again for a limit that counts as full until `cold`. */
export function coldRetryAt(cold: number, now: number): number {
  return cold - now > LONGEST_COLD_WAIT_MS ? now + COLD_RETRY_MS : cold;
}

/** A state in which nothing is used, and everything known. */
export function openState(figures: Pick<LimitFigures, 'kind'>, now: number): LimitState {
  const known: KnownLimit = { life: 0, cold: 0, closed: 0, halved: 0, strike1: 0, strike2: 0 };
  return { ...known, ...familyOf(figures.kind).fresh(now) };
}

type Lives = Pick<BudgetState, 'clock' | 'limits'>;
type Named = Pick<LimitDraw, 'name' | 'kind'>;

/** The state of a limit of any life: whether the venue has closed it. Its counts may be those of an older copy. */
export function keptOf(state: Lives, { name, kind }: Named): LimitState | null {
  const found = state.limits[name];
  return found?.kind === kind ? found : null;
}

/** The state of a limit; one that was kept for another kind, or in an earlier life, counts as lost. */
export function stateOf(state: Lives, draw: Named): LimitState | null {
  const kept = keptOf(state, draw);
  return kept && (kept.kind === 'ban' || kept.life === state.clock.life) ? kept : null;
}

/** The state of a limit, to be changed: a lost one begins its cold time, and stays closed where it was. */
export function stateToChange(state: BudgetState, draw: LimitDraw, now: number): LimitState {
  const found = stateOf(state, draw);
  if (found) return found;
  const { closed = 0, halved = 0, strike1 = 0, strike2 = 0 } = keptOf(state, draw) ?? {};
  const { life } = state.clock;
  const cold = { ...openState(draw, now), life, cold: coldEnd(draw, now), closed, halved, strike1, strike2 };
  state.limits[draw.name] = cold;
  return cold;
}

/** The draw with the figures that the venue announced last, for its scope or for all. */
export function inForce<Draw extends LimitFigures & Pick<LimitDraw, 'name' | 'id'>>(
  announced: BudgetState['announced'],
  draw: Draw,
): Draw {
  const figure = (suffix: string, defined: number) => {
    const own = announced[draw.name + suffix]?.limit ?? 0;
    const all = announced[draw.id + suffix]?.limit ?? 0;
    return own > 0 ? own : all > 0 ? all : defined;
  };
  return { ...draw, limit: figure('', draw.limit), rate: figure(RATE_SUFFIX, draw.rate) };
}

/** Behind a limit's id or name: the figure is the rate. */
export const RATE_SUFFIX = '#rate';
