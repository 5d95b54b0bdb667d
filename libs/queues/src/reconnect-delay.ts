/**
 * How long to wait before the next attempt to reach Redis, in ms: 50 ms doubling to 2 s, so that a worker is back at work
 * well within the 5 s of reliability.md B-07 however long Redis was down.
 * @param attempt counted from 1
 */
export function reconnectDelayMs(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 6), 2_000);
}
