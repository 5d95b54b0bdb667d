import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { Dec, fromLots, quantity, ZERO, type Decimal } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import { activeMs, coveredMs } from './active-time.js';
import { currentSlice, dealLots, nextSlice, sliceGrid, sliceStartMs } from './slice-grid.js';

describe('slice grid', () => {
  it('is the one of worked example 1', () => {
    expect(sliceGrid(120_000, new Dec('7.3'), new Dec('0.001'))).toMatchObject({ count: 40, intervalMs: 3_000 });
  });

  it('I11 deals every lot, no two slices more than one lot apart', () => {
    const lot = quantity('0.0025');
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.integer({ min: 1, max: 300 }), (lots, count) => {
        const whole = fromLots(lots, lot);
        const slices = dealLots(whole, lot, count);
        expect(slices).toHaveLength(count);
        expect(slices.reduce<Decimal>((sum, slice) => sum.add(slice), ZERO).eq(whole)).toBe(true);
        expect(
          Dec.max(...slices)
            .sub(Dec.min(...slices))
            .lte(lot),
        ).toBe(true);
      }),
    );
  });

  const grids = fc.record({
    durationMs: fc.integer({ min: 10_000, max: 86_400_000 }),
    orderQty: fc.integer({ min: 1, max: 10_000 }),
    seed: fc.string(),
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  });

  it('begins slices in order, each within its reach, and knows which one runs', () => {
    fc.assert(
      fc.property(grids, ({ durationMs, orderQty, seed, at }) => {
        const grid = sliceGrid(durationMs, new Dec(orderQty), new Dec('0.5'));
        const tau = Math.floor(at * durationMs);
        const running = currentSlice(grid, seed, tau);
        expect(sliceStartMs(grid, seed, running)).toBeLessThanOrEqual(tau);
        expect(sliceStartMs(grid, seed, running + 1)).toBeGreaterThan(tau);
        const nominal = running * grid.intervalMs;
        expect(sliceStartMs(grid, seed, running)).toBeGreaterThanOrEqual(nominal - 0.25 * grid.intervalMs);
        expect(sliceStartMs(grid, seed, running)).toBeLessThanOrEqual(nominal + 0.3 * grid.intervalMs + 1);
        const later = nextSlice(grid, seed, running, tau + 1);
        expect(sliceStartMs(grid, seed, later)).toBeGreaterThanOrEqual(tau + 1);
        if (later > running + 1) expect(sliceStartMs(grid, seed, later - 1)).toBeLessThan(tau + 1);
      }),
    );
  });
});

describe('active time', () => {
  const instant = fc.integer({ min: 0, max: 200 });
  const interval = fc
    .record({ from: instant, length: fc.option(fc.integer({ min: 0, max: 60 })) })
    .map(({ from, length }) => ({ from: epochMs(from), to: length === null ? null : epochMs(from + length) }));

  it('counts each millisecond once, however intervals overlap', () => {
    let covered = 0;
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 6 }), instant, instant, (intervals, a, b) => {
        const [from, to] = [epochMs(Math.min(a, b)), epochMs(Math.max(a, b))];
        let active = 0;
        for (let ms = from as number; ms < to; ms += 1)
          if (!intervals.some((one) => one.from <= ms && (one.to === null || ms < one.to))) active += 1;
        expect(activeMs(from, to, intervals)).toBe(active);
        expect(coveredMs(from, to, intervals)).toBe(to - from - active);
        if (active < to - from) covered += 1;
      }),
      { numRuns: 300 },
    );
    expect(covered).toBeGreaterThan(100);
  });
});
