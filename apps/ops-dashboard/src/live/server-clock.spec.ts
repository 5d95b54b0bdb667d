import { describe, expect, it } from '@jest/globals';
import { correctionOf, improveClock } from './server-clock.js';

describe('the server clock', () => {
  it('leaves a browser alone whose clock is right within what whole seconds can tell', () => {
    expect(correctionOf(null)).toBe(0);
    expect(correctionOf(improveClock(null, 10_000, 10_999, 20))).toBe(0);
  });

  it('corrects a clock that is clearly wrong, by the quickest answer', () => {
    const slow = improveClock(null, 1_000_000, 400_000, 3_000);
    const quick = improveClock(slow, 1_001_000, 401_500, 10);
    expect(correctionOf(quick)).toBe(600_005);
    expect(improveClock(quick, 5_000_000, 0, 50)).toBe(quick);
  });
});
