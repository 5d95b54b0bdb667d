import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { Dec, price, toDecimalString, type Price } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import { RollingStats } from './rolling-stats.js';

const T0 = 1_764_000_000_000;

/** The definition, written down as it reads: decimals throughout, every return listed. */
function naive(mids: readonly (Price | null)[], k: number): string | null {
  const returns: InstanceType<typeof Dec>[] = [];
  for (let end = Math.max(0, mids.length - 900); end < mids.length; end += 1) {
    const [from, to] = [mids[end - k] ?? null, mids[end] ?? null];
    if (from !== null && to !== null) returns.push(new Dec(to.div(from).ln()));
  }
  if (returns.length < 30) return null;
  const mean = returns.reduce((sum, r) => sum.add(r), new Dec(0)).div(returns.length);
  const variance = returns.reduce((sum, r) => sum.add(r.sub(mean).pow(2)), new Dec(0)).div(returns.length - 1);
  return variance.sqrt().mul(10_000).toFixed(6, Dec.ROUND_HALF_UP);
}

function run(mids: readonly (Price | null)[]) {
  const stats = new RollingStats();
  mids.forEach((mid, second) => {
    stats.tick(epochMs(T0 + second * 1_000 + 37), mid);
    stats.tick(epochMs(T0 + second * 1_000 + 900), price('1')); // later in the second: not the sample
  });
  return stats.view();
}

describe('RollingStats', () => {
  it('is the naive computation, with gaps and beyond the window', () => {
    let known = 0;
    const mid = fc.option(
      fc.integer({ min: 99_000, max: 101_000 }).map((n) => price(String(n))),
      { freq: 20 },
    );
    fc.assert(
      fc.property(
        fc.array(mid, { minLength: 1, maxLength: 60, size: 'max' }),
        fc.constantFrom(1, 3, 20),
        (pattern, repeat) => {
          const mids = Array.from({ length: repeat }, () => pattern).flat();
          const view = run(mids);
          for (const [k, found] of [
            [1, view.sigma1Bps],
            [5, view.sigma5Bps],
            [10, view.sigma10Bps],
          ] as const) {
            const expected = naive(mids, k);
            expect(found === null).toBe(expected === null);
            if (found === null || expected === null) continue;
            known += 1;
            expect(Math.abs(Number(found) - Number(expected))).toBeLessThanOrEqual(0.000002);
          }
          const last = mids
            .slice(-60)
            .filter((m) => m !== null)
            .sort((a, b) => a.cmp(b));
          const expected =
            last.length === 0
              ? null
              : last[(last.length - 1) >> 1]!.add(last[last.length >> 1]!)
                  .div(2)
                  .toFixed();
          expect(view.medianMid60 === null ? null : toDecimalString(view.medianMid60)).toBe(expected);
        },
      ),
      { numRuns: 40 },
    );
    expect(known).toBeGreaterThan(30);
  });

  it('knows a sigma from the thirtieth return on', () => {
    const walk = (n: number) => Array.from({ length: n }, (_, i) => price(String(100 + (i % 2))));
    expect(run(walk(30))).toMatchObject({ sigma1Bps: null, sigma5Bps: null });
    expect(run(walk(31))).toMatchObject({ sigma1Bps: expect.stringMatching(/^\d+\.\d{6}$/), sigma5Bps: null });
    expect(run(walk(40)).sigma10Bps).toBe('0.000000');
  });

  it('makes no return across seconds that it did not see', () => {
    const stats = new RollingStats();
    for (let second = 0; second < 80; second += 2) stats.tick(epochMs(T0 + second * 1_000), price('100'));
    expect(stats.view()).toMatchObject({ sigma1Bps: null, sigma5Bps: null, sigma10Bps: '0.000000' });
  });

  it('forgets everything after a pause longer than the window', () => {
    const stats = new RollingStats();
    for (let second = 0; second < 100; second += 1) stats.tick(epochMs(T0 + second * 1_000), price('100'));
    stats.tick(epochMs(T0 + 86_400_000), price('90'));
    expect(stats.view()).toEqual({ sigma1Bps: null, sigma5Bps: null, sigma10Bps: null, medianMid60: price('90') });
  });
});
