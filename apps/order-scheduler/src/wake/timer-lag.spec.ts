import { describe, expect, it } from '@jest/globals';
import { addMs, epochMs, type EpochMs } from '#domain';
import { TimerLag } from './timer-lag.js';

const BEGAN = epochMs(1_800_000_000_000);
const at = (ms: number): EpochMs => addMs(BEGAN, ms);

/** Wake-ups that are all this late, one every `everyMs`. */
function observe(lag: TimerLag, count: number, lateMs: number, from: number, everyMs: number): number {
  for (let n = 0; n < count; n += 1) lag.observe(lateMs, at(from + n * everyMs));
  return from + (count - 1) * everyMs;
}

describe('the lag of wake-ups', () => {
  it.each([
    [499, 1],
    [1_000, 2],
    [2_500, 5],
    [4_000, 8],
    [60_000, 8],
  ])('makes of %d ms a factor of %d', (lateMs, factor) => {
    const lag = new TimerLag(BEGAN);
    const end = observe(lag, 2_000, lateMs, 100_000, 10);
    expect(lag.loadFactor(at(end))).toBeGreaterThan(factor * 0.95);
    expect(lag.loadFactor(at(end))).toBeLessThanOrEqual(factor);
  });

  it('is 1 before the first wake-up', () => {
    expect(new TimerLag(BEGAN).loadFactor(at(0))).toBe(1);
  });

  it('does not take one wake-up after an outage for load', () => {
    const lag = new TimerLag(BEGAN);
    lag.observe(600_000, at(3_600_000));
    expect(lag.loadFactor(at(3_600_000))).toBe(1);
  });

  it('forgets an outage within seconds, be there wake-ups or none', () => {
    const lag = new TimerLag(BEGAN);
    observe(lag, 200, 3_600_000, 3_600_000, 1);
    expect(lag.loadFactor(at(3_600_200))).toBeGreaterThan(7);
    expect(lag.loadFactor(at(3_600_200 + 15_000))).toBeLessThanOrEqual(1);
    observe(lag, 60, 5, 3_600_200, 10);
    expect(lag.loadFactor(at(3_600_200 + 600))).toBe(1);
  });

  it('does not hold against this process what was due before it began', () => {
    const lag = new TimerLag(BEGAN);
    observe(lag, 200, 3_600_000, 0, 2);
    expect(lag.loadFactor(at(400))).toBe(1);
    // what is still in line by then waits for this process
    observe(lag, 200, 3_600_000, 4_000, 2);
    expect(lag.loadFactor(at(4_400))).toBeGreaterThan(7);
  });

  it('reports each as late as it was', () => {
    const seen: number[] = [];
    const lag = new TimerLag(BEGAN, (lateMs) => seen.push(lateMs));
    lag.observe(600_000, at(10));
    lag.observe(3, at(20));
    expect(seen).toEqual([600_000, 3]);
  });
});
