const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/**
 * How long to wait before the next attempt to connect, in ms: twice as long each time, at most 10 s, and up to half
 * less by chance, so that many pages do not come back at one instant. `attempt` counts from 0, `chance` is in [0,1).
 */
export function backoffMs(attempt: number, chance: number): number {
  const whole = Math.min(FIRST_MS * 2 ** Math.min(attempt, 20), LONGEST_MS);
  return Math.round(whole * (1 - chance / 2));
}
