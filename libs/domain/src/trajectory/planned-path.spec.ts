import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import type { Interval, PlanVersion } from '../execution/contract.js';
import { Dec } from '../numeric/decimal.js';
import { epochMs, type EpochMs } from '../time/clock.js';
import { activeMs } from './active-time.js';
import { twapCurve } from './curve.js';
import { firstPlan, rebase } from './plan.js';
import { plannedEnd, plannedPath, pointAt, type PathInput } from './planned-path.js';

const T0 = epochMs(1_000_000);
const after = (ms: number): EpochMs => epochMs(T0 + ms);
const order = (over: Partial<PathInput> = {}): PathInput => ({
  activatedAt: T0,
  plans: [firstPlan(new Dec(10), 100_000, T0)],
  curve: twapCurve,
  discretion: new Dec('0.08'),
  orderQty: new Dec(10),
  inactive: [],
  ...over,
});
const numbers = (input: PathInput, ms: number, asOf = 0): number[] => {
  const { target, lower, upper } = pointAt(input, after(ms), after(asOf));
  return [target, lower, upper].map((value) => value.toNumber());
};

describe('planned path', () => {
  it('runs from nothing to the whole order, its lower edge meeting the plan over the last tenth', () => {
    const path = plannedPath(order(), T0, 200);
    expect(path).toHaveLength(200);
    expect([path[0]?.at, path.at(-1)?.at]).toEqual([T0, after(100_000)]);
    expect(numbers(order(), 0)).toEqual([0, 0, 0.8]);
    expect(numbers(order(), 50_000)).toEqual([5, 4.2, 5.8]);
    expect(numbers(order(), 95_000)).toEqual([9.5, 9.1, 10]);
    expect(numbers(order(), 100_000)).toEqual([10, 10, 10]);
  });

  it('stands still in a pause and ends later by as much', () => {
    const input = order({ inactive: [{ from: after(20_000), to: after(50_000) }] });
    expect(plannedEnd(input, after(60_000))).toBe(after(130_000));
    expect([20_000, 35_000, 50_000].map((ms) => numbers(input, ms)[0])).toEqual([2, 2, 2]);
    expect(numbers(input, 80_000)[0]).toBe(5);
    const ats = plannedPath(input, after(60_000), 10).map(({ at }) => at - T0);
    expect(ats).toEqual(expect.arrayContaining([0, 20_000, 50_000, 130_000]));
  });

  it('takes a pause that still lasts as if it ended now', () => {
    const input = order({ inactive: [{ from: after(20_000), to: null }] });
    expect(plannedEnd(input, after(25_000))).toBe(after(105_000));
    expect(numbers(input, 105_000, 25_000)[0]).toBe(10);
  });

  it('shows a rebase as the step that it was', () => {
    const first = firstPlan(new Dec(10), 100_000, T0);
    const second = rebase(first, { u0: 0.5, x0: new Dec(2), reason: 'outage', at: after(50_000) });
    const input = order({ plans: [first, second] });
    expect(numbers(input, 49_999)[0]).toBeCloseTo(5, 3);
    expect(numbers(input, 50_000)[0]).toBe(2);
    expect(numbers(input, 75_000)[0]).toBe(6);
    const ats = plannedPath(input, after(60_000), 8).map(({ at }) => at - T0);
    expect(ats).toEqual(expect.arrayContaining([49_999, 50_000]));
  });

  it('refuses a number of points that is none', () => {
    for (const points of [1, 2.5, Number.NaN])
      expect(() => plannedPath(order(), T0, points)).toThrow(/at least 2 points, was/);
  });

  it('keeps its order and its bounds, whatever was paused and rebased', () => {
    const instant = fc.integer({ min: 0, max: 300_000 });
    const inputs = fc.record({
      durationMs: fc.integer({ min: 1_000, max: 200_000 }),
      asOf: instant,
      maxPoints: fc.integer({ min: 2, max: 200 }),
      gaps: fc.array(
        fc.record({ from: instant, length: fc.option(fc.integer({ min: 0, max: 50_000 }), { freq: 4 }) }),
        { maxLength: 6 },
      ),
      rebases: fc.array(fc.record({ at: instant, u0: fc.double({ min: 0, max: 1, noNaN: true }) }), { maxLength: 4 }),
    });
    let [withGaps, withPlans] = [0, 0];
    fc.assert(
      fc.property(inputs, ({ durationMs, asOf, maxPoints, gaps, rebases }) => {
        const inactive: Interval[] = gaps.map(({ from, length }) => ({
          from: after(from),
          to: length === null ? null : after(from + length),
        }));
        const plans: [PlanVersion, ...PlanVersion[]] = [firstPlan(new Dec('7.3'), durationMs, T0)];
        for (const { at, u0 } of [...rebases].sort((a, b) => a.at - b.at))
          plans.push(rebase(plans.at(-1) ?? plans[0], { u0, x0: new Dec('1.1'), reason: 'outage', at: after(at) }));
        const input = order({ plans, inactive, orderQty: new Dec('7.3') });
        const path = plannedPath(input, after(asOf), maxPoints);
        const end = plannedEnd(input, after(asOf));
        const closed = inactive.map(({ from, to }) => ({ from, to: to ?? epochMs(Math.max(after(asOf), from)) }));

        expect(activeMs(T0, end, closed)).toBe(durationMs);
        expect(path.length).toBeLessThanOrEqual(maxPoints);
        expect([path[0]?.at, path.at(-1)?.at]).toEqual([T0, end]);
        for (const [i, point] of path.entries()) {
          expect(Number.isInteger(point.at)).toBe(true);
          expect(i === 0 || (path[i - 1]?.at ?? 0) < point.at).toBe(true);
          expect(point.lower.gte(0) && point.lower.lte(point.target)).toBe(true);
          expect(point.target.lte(point.upper) && point.upper.lte('7.3')).toBe(true);
        }
        expect(path.at(-1)?.target.eq('7.3')).toBe(true);
        if (inactive.length > 0) withGaps += 1;
        if (plans.length > 1) withPlans += 1;
      }),
      { numRuns: 300 },
    );
    expect(Math.min(withGaps, withPlans)).toBeGreaterThan(50);
  });
});
