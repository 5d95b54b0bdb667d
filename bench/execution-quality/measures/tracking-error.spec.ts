import { expect, it } from '@jest/globals';
import { trackingError } from './tracking-error.js';

const straight = (u: number): number => u;

it('an order that never fills strays by the whole of its plan', () => {
  const { max, rms } = trackingError([], straight);
  expect(max).toBe(1);
  expect(rms).toBeCloseTo(Math.sqrt(1 / 3), 12); // integral of u^2
});

it('an order that fills at once is ahead by all of it', () => {
  const { max, rms } = trackingError([{ u: 0, share: 1 }], straight);
  expect(max).toBe(1);
  expect(rms).toBeCloseTo(Math.sqrt(1 / 3), 12); // integral of (1-u)^2
});

it('four even slices at the beginning of each quarter are ahead by at most one slice', () => {
  const fills = [0, 0.25, 0.5, 0.75].map((u) => ({ u, share: 0.25 }));
  const { max, rms } = trackingError(fills, straight);
  expect(max).toBeCloseTo(0.25, 12);
  expect(rms).toBeCloseTo(0.25 / Math.sqrt(3), 12);
});

it('both sides of a step count, and fills after the end do not', () => {
  expect(trackingError([{ u: 0.5, share: 0.9 }], straight).max).toBeCloseTo(0.5, 12);
  expect(trackingError([{ u: 1, share: 1 }], straight).max).toBe(1);
});

it('a curved plan is followed point by point', () => {
  const fills = [{ u: 0.5, share: 0.25 }];
  expect(trackingError(fills, (u) => u * u).max).toBeCloseTo(0.75, 12);
});
