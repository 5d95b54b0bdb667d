import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextPlace, paceOf } from './waiting-line.js';

it('lets calls come back a little faster than the limit lets them through', () => {
  const window = { kind: 'fixed_window', limit: 100, windowMs: 10_000, rate: 0, cost: 1 } as const;
  expect(paceOf(window)).toEqual({ everyMs: 80, overMs: 10_000 });
  expect(paceOf({ ...window, cost: 5 })).toEqual({ everyMs: 400, overMs: 10_000 });
  // 15 calls a second of a pool of 30: amounts in millionths, the rate in thousandths a second.
  const bucket = { kind: 'token_bucket', limit: 30_000_000, windowMs: 0, rate: 15_000, cost: 1_000_000 } as const;
  expect(paceOf(bucket)?.overMs).toBe(2_000);
  expect(paceOf(bucket)?.everyMs).toBeCloseTo(53.3, 1);
});

it('keeps no line for what opens at no known time', () => {
  expect(paceOf({ kind: 'ban', limit: 0, windowMs: 0, rate: 0, cost: 1 })).toBeNull();
  expect(paceOf({ kind: 'lifetime_budget', limit: 10_000, windowMs: 10_000, rate: 0, cost: 1 })).toBeNull();
});

it('gives the first the moment of opening, and a short line no more time than it needs', () => {
  const pace = { everyMs: 80, overMs: 10_000 };
  expect(nextPlace(0, 50_000, pace)).toBe(50_000);
  expect(nextPlace(50_000, 50_000, pace)).toBe(50_080);
  expect(nextPlace(50_080, 60_000, pace)).toBe(60_000);
});

it('lets parents take turns, so that one with a single call does not wait behind the queue of another', () => {
  const pace = { everyMs: 80, overMs: 10_000 };
  expect(nextPlace(0, 50_000, pace, { index: 1, parents: 2 })).toBe(50_080);
  expect(nextPlace(50_000, 50_000, pace, { index: 0, parents: 2 })).toBe(50_160);
  expect(nextPlace(50_080, 50_000, pace, { index: 1, parents: 2 })).toBe(50_240);
});

it('has the first call of each parent come before fair sharing takes it for gone', () => {
  const pace = { everyMs: 80, overMs: 10_000 };
  for (const index of [0, 10, 100, 1_000]) {
    const at = nextPlace(0, 50_000, pace, { index, parents: 1_001 });
    expect(at - 50_000).toBeLessThanOrEqual(1_500);
  }
});

it('never sends anybody to a time before the opening, nor beyond the window after it', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.integer({ min: 0, max: 500_000 }),
      fc.double({ min: 0.1, max: 1_000, noNaN: true }),
      fc.integer({ min: 1_000, max: 60_000 }),
      (last, opensAt, everyMs, overMs) => {
        const at = nextPlace(last, opensAt, { everyMs, overMs });
        expect(at).toBeGreaterThanOrEqual(opensAt);
        expect(at).toBeLessThan(opensAt + overMs + 1e-6);
      },
    ),
  );
});

it('spreads a long line over the whole window', () => {
  const pace = { everyMs: 80, overMs: 10_000 };
  const seconds = Array.from({ length: 10 }, () => 0);
  let last = 0;
  for (let n = 0; n < 500; n += 1) {
    last = nextPlace(last, 50_000, pace);
    const second = Math.floor((last - 50_000) / 1_000);
    seconds[second] = (seconds[second] ?? 0) + 1;
  }
  for (const count of seconds) expect(Math.abs(count - 50)).toBeLessThanOrEqual(2);
});
