import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { takeToken, type BucketState } from './token-bucket.js';

const LIMIT = { capacity: 3, perSecond: 2 };

it('grants what it holds, then says when the next token comes', () => {
  let state: BucketState | undefined;
  for (let i = 0; i < 3; i += 1) {
    const taken = takeToken(LIMIT, state, 1_000);
    expect(taken.granted).toBe(true);
    state = taken.state;
  }
  expect(takeToken(LIMIT, state, 1_000)).toMatchObject({ granted: false, retryAfterMs: 500 });
  expect(takeToken(LIMIT, state, 1_499).granted).toBe(false);
  expect(takeToken(LIMIT, state, 1_500).granted).toBe(true);
});

it('never grants more than its capacity plus what time has added, and always after the wait it named', () => {
  let granted = 0;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 400 }), { minLength: 1, maxLength: 60 }), (steps) => {
      let state: BucketState | undefined;
      let now = 0;
      let furthest = 0;
      let count = 0;
      for (const step of [0, ...steps]) {
        now += step;
        furthest = Math.max(furthest, now);
        const taken = takeToken(LIMIT, state, now);
        if (taken.granted) count += 1;
        else expect(takeToken(LIMIT, taken.state, taken.state.atMs + taken.retryAfterMs).granted).toBe(true);
        state = taken.state;
      }
      granted += count;
      expect(count).toBeLessThanOrEqual(LIMIT.capacity + (furthest * LIMIT.perSecond) / 1000);
    }),
  );
  expect(granted).toBeGreaterThan(100);
});
