/** What may be traded (reliability.md 5.3): everything, only what shrinks a position, or nothing new. */
export type TradingState = 'ACTIVE' | 'REDUCING' | 'HALTED';

/** Where a halt applies; the union of all that apply holds. */
export const HALT_LEVELS = ['global', 'tenant', 'account', 'venue', 'strategy'] as const;
export type HaltLevel = (typeof HALT_LEVELS)[number];

const SEVERITY: Readonly<Record<TradingState, number>> = { ACTIVE: 0, REDUCING: 1, HALTED: 2 };

/** The strictest of the states that apply; ACTIVE where none does. */
export function strictestState(states: readonly TradingState[]): TradingState {
  return states.reduce<TradingState>((worst, state) => (SEVERITY[state] > SEVERITY[worst] ? state : worst), 'ACTIVE');
}
