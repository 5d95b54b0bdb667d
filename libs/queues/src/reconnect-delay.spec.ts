import { expect, it } from '@jest/globals';
import { reconnectDelayMs } from './reconnect-delay.js';

it('B-07 waits no longer for the next attempt after an outage of hours than after one of seconds', () => {
  const pauses = Array.from({ length: 10_000 }, (_, n) => reconnectDelayMs(n + 1));
  expect(Math.max(...pauses)).toBe(2_000);
  expect(Math.min(...pauses)).toBe(pauses[0]);
  let sinceMs = 0;
  const longestAt = pauses.findIndex((pause) => pause === 2_000);
  for (const pause of pauses.slice(0, longestAt)) sinceMs += pause;
  expect(sinceMs).toBeLessThan(5_000);
});
