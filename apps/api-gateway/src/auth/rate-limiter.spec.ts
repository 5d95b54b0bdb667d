import { expect, it } from '@jest/globals';
import { RateLimiter, type RateClass } from './rate-limiter.js';

/** How many of many calls at one moment are granted. */
const burst = (limiter: RateLimiter, token: string, rateClass: RateClass): number =>
  Array.from({ length: 300 }, () => limiter.take(token, rateClass)).filter((wait) => wait === null).length;

it.each<[RateClass, number, number]>([
  ['reads', 100, 50],
  ['writes', 40, 20],
  ['cancels', 50, 50],
])('grants %s %i at once and %i a second after, each token and class for itself', (rateClass, atOnce, perSecond) => {
  let now = 0;
  const limiter = new RateLimiter(() => now);
  expect(burst(limiter, 'a', rateClass)).toBe(atOnce);
  expect(limiter.take('a', rateClass)).toBe(1_000 / perSecond);
  now += 1_000;
  expect(burst(limiter, 'a', rateClass)).toBe(perSecond);
  now += 3_600_000;
  expect(burst(limiter, 'a', rateClass)).toBe(atOnce);
  expect(burst(limiter, 'b', rateClass)).toBe(atOnce);
  for (const other of (['reads', 'writes', 'cancels'] as const).filter((one) => one !== rateClass))
    expect(limiter.take('a', other)).toBeNull();
});
