import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import type { Interval, PlanVersion } from '../execution/contract.js';
import { Dec } from '../numeric/decimal.js';
import { epochMs, type EpochMs } from '../time/clock.js';
import { activeMs } from './active-time.js';
import { firstPlan, rebase } from './plan.js';
import { plannedEnd, plannedPath, pointAt, type PathInput } from './planned-path.js';
import { EVEN, type PlanShape } from './shape.js';
import type { VolumeProfile } from './volume-profile.js';

const T0 = epochMs(1_000_000);
const after = (ms: number): EpochMs => epochMs(T0 + ms);
const PROFILE: VolumeProfile = {
  id: 'busy at three minutes past',
  shares: Array.from({ length: 1_440 }, (_, minute) => (minute % 10 === 3 ? 0.91 : 0.01) / 144),
  meanDailyVolume: 1_000,
  bars: 1_440,
};
const order = (over: Partial<PathInput> = {}): PathInput => ({
  activatedAt: T0,
  plans: [firstPlan(new Dec(10), 100_000, T0)],
  alphaTilt: new Dec(0),
  profiles: new Map([[PROFILE.id, PROFILE]]),
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

  it('follows the curve that each plan froze, tilted as the order is', () => {
    const shaped = (shape: PlanShape, alpha = '0'): PathInput =>
      order({ plans: [firstPlan(new Dec(10), 100_000, T0, shape)], alphaTilt: new Dec(alpha) });
    expect(numbers(shaped({ kind: 'arrival_price', urgency: 2 }), 25_000)[0]).toBeCloseTo(4.1291, 4);
    expect(numbers(shaped(EVEN, '1'), 10_000)[0]).toBeCloseTo(2.71, 9);
    expect(numbers(shaped({ kind: 'participation', rate: '0.1', volumeBefore: '0', baseBefore: '0' }), 50_000)[0]).toBe(
      0,
    );
    // T0 lies in minute 16; the busy minutes are those that end in 3
    const byVolume: PlanShape = { kind: 'volume', profileId: PROFILE.id, from: T0, volumeBefore: 0 };
    const tenMinutes = order({ plans: [firstPlan(new Dec(10), 600_000, T0, byVolume)] });
    const [before, after3] = [numbers(tenMinutes, 380_000)[0] ?? 0, numbers(tenMinutes, 440_000)[0] ?? 0];
    expect(after3 - before).toBeCloseTo(9.1, 1);
    const unknown = { ...tenMinutes, profiles: new Map<string, VolumeProfile>() };
    expect(numbers(unknown, 300_000)[0]).toBe(5);
  });

  it('shows a Target Time order in its window of wall time, whatever stood still', () => {
    const plan = firstPlan(new Dec(10), 100_000, T0, { kind: 'target_time', from: after(20_000) });
    const input = order({ plans: [plan], inactive: [{ from: after(60_000), to: after(80_000) }] });
    expect(plannedEnd(input, after(0))).toBe(after(120_000));
    expect([20_000, 70_000, 120_000].map((ms) => numbers(input, ms)[0])).toEqual([0, 5, 10]);
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
      shape: fc.constantFrom<PlanShape>(
        EVEN,
        { kind: 'arrival_price', urgency: 4 },
        { kind: 'volume', profileId: PROFILE.id, from: T0, volumeBefore: 0 },
      ),
      alpha: fc.constantFrom('0', '0.7', '-1'),
      gaps: fc.array(
        fc.record({ from: instant, length: fc.option(fc.integer({ min: 0, max: 50_000 }), { freq: 4 }) }),
        { maxLength: 6 },
      ),
      rebases: fc.array(fc.record({ at: instant, u0: fc.double({ min: 0, max: 1, noNaN: true }) }), { maxLength: 4 }),
    });
    let [withGaps, withPlans] = [0, 0];
    fc.assert(
      fc.property(inputs, ({ durationMs, asOf, maxPoints, gaps, rebases, shape, alpha }) => {
        const inactive: Interval[] = gaps.map(({ from, length }) => ({
          from: after(from),
          to: length === null ? null : after(from + length),
        }));
        const plans: [PlanVersion, ...PlanVersion[]] = [firstPlan(new Dec('7.3'), durationMs, T0, shape)];
        for (const { at, u0 } of [...rebases].sort((a, b) => a.at - b.at))
          plans.push(rebase(plans.at(-1) ?? plans[0], { u0, x0: new Dec('1.1'), reason: 'outage', at: after(at) }));
        const input = order({ plans, inactive, orderQty: new Dec('7.3'), alphaTilt: new Dec(alpha) });
        const path = plannedPath(input, after(asOf), maxPoints);
        const end = plannedEnd(input, after(asOf));
        const closed = inactive.map(({ from, to }) => ({ from, to: to ?? epochMs(Math.max(after(asOf), from)) }));

        expect(activeMs(T0, end, closed)).toBe(durationMs);
        expect(path.length).toBeLessThanOrEqual(maxPoints);
        expect([path[0]?.at, path.at(-1)?.at]).toEqual([T0, end]);
        const wrong = path.filter(
          ({ at, target, lower, upper }, i) =>
            !Number.isInteger(at) ||
            (i > 0 && (path[i - 1]?.at ?? 0) >= at) ||
            !(lower.gte(0) && lower.lte(target) && target.lte(upper) && upper.lte('7.3')),
        );
        expect(wrong).toEqual([]);
        expect(path.at(-1)?.target.eq('7.3')).toBe(true);
        if (inactive.length > 0) withGaps += 1;
        if (plans.length > 1) withPlans += 1;
      }),
      { numRuns: 300 },
    );
    expect(Math.min(withGaps, withPlans)).toBeGreaterThan(50);
  });
});
