import { describe, expect, it } from '@jest/globals';
import { blockBootstrap, blockLength } from './block-bootstrap.js';

describe('the block bootstrap', () => {
  it('gives a constant series its value and no width', () => {
    expect(blockBootstrap([2, 2, 2, 2], 2)).toEqual({ mean: 2, low: 2, high: 2 });
  });

  it('of single values comes to the normal interval of a mean', () => {
    // 200 values of +1 and -1: standard error 1/sqrt(200) = 0.0707, times 1.96
    const values = Array.from({ length: 200 }, (_, i) => ((i * 7) % 200 < 100 ? 1 : -1));
    const { mean, low, high } = blockBootstrap(values, 1);
    expect(mean).toBe(0);
    expect(high!).toBeGreaterThan(0.12);
    expect(high!).toBeLessThan(0.16);
    expect(low!).toBeLessThan(-0.12);
    expect(low!).toBeGreaterThan(-0.16);
  });

  it('of blocks knows that neighbours are alike', () => {
    // runs of 20 equal values: ten values really, standard error 1/sqrt(10) = 0.316, times 1.96 = 0.62
    const values = Array.from({ length: 200 }, (_, i) => (Math.floor(i / 20) % 2 === 0 ? 1 : -1));
    const single = blockBootstrap(values, 1);
    const blocks = blockBootstrap(values, 20);
    expect(blocks.high! - blocks.low!).toBeGreaterThan(2 * (single.high! - single.low!));
  });

  it('says nothing about the certainty of one value, and refuses none', () => {
    expect(blockBootstrap([3], 1)).toEqual({ mean: 3, low: null, high: null });
    expect(() => blockBootstrap([], 1)).toThrow(RangeError);
  });

  it('is the same every time', () => {
    const values = [1, 5, 2, 8, 3, 9, 4];
    expect(blockBootstrap(values, 2)).toEqual(blockBootstrap(values, 2));
  });
});

it.each([
  [60, 12, { length: 12, isShortened: false }],
  [36, 12, { length: 12, isShortened: false }],
  [35, 12, { length: 11, isShortened: true }],
  [14, 48, { length: 4, isShortened: true }],
  [1, 12, { length: 1, isShortened: true }],
])('of %i starts with %i per window the block is %j', (count, perWindow, block) => {
  expect(blockLength(count, perWindow)).toEqual(block);
});
