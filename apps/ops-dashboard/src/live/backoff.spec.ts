import { describe, expect, it } from '@jest/globals';
import { backoffMs } from './backoff.js';

describe('waiting between attempts', () => {
  it('doubles up to ten seconds and stays there', () => {
    expect([0, 1, 2, 3, 4, 5, 99, 10_000].map((attempt) => backoffMs(attempt, 0))).toEqual([
      500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000,
    ]);
  });

  it('is spread over the upper half', () => {
    expect(backoffMs(2, 0.5)).toBe(1500);
    expect(backoffMs(2, 0.999_999)).toBe(1000);
  });
});
