import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { arrivalPriceCurve, urgencyOf } from './arrival-price.js';
import { exactShare, twapCurve, type Curve } from './curve.js';
import { targetTimeCurve } from './target-time.js';
import { tilted } from './tilt.js';

const base: fc.Arbitrary<Curve> = fc.oneof(
  fc.constant(twapCurve),
  fc.constant(targetTimeCurve),
  fc.double({ min: 0, max: 6, noNaN: true }).map(arrivalPriceCurve),
);
const curves = fc
  .tuple(base, fc.double({ min: -1, max: 1, noNaN: true }))
  .map(([curve, alpha]) => tilted(curve, alpha));

describe('curves', () => {
  it('I6 begin at nothing, end at everything and never go back, one millisecond of a week at a time', () => {
    fc.assert(
      fc.property(
        curves,
        fc.integer({ min: 1_000, max: 7 * 86_400_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 1_000 }),
        (curve, durationMs, at, stepMs) => {
          expect([curve(-0.5), curve(0), curve(1), curve(1.5)]).toEqual([0, 0, 1, 1]);
          const tau = Math.floor(at * durationMs);
          const [now, next] = [exactShare(curve(tau / durationMs)), exactShare(curve((tau + stepMs) / durationMs))];
          expect(next.gte(now) && now.gte(0) && next.lte(1)).toBe(true);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('are those of the worked examples 2 to 4', () => {
    expect(urgencyOf({ sigmaBps: 50, participation: 0.05 })).toBeCloseTo(2.236, 3);
    expect(arrivalPriceCurve(2)(0.25)).toBeCloseTo(0.41291, 5);
    expect(targetTimeCurve(0.4)).toBeCloseTo(0.15866, 5);
    expect(targetTimeCurve(0.6)).toBeCloseTo(0.84134, 5);
    expect(tilted(twapCurve, 1)(0.1)).toBeCloseTo(0.271, 12);
    expect(tilted(twapCurve, -1)(0.1)).toBeCloseTo(0.001, 12);
  });

  it('a higher urgency is never behind a lower one, a tilt forward never behind the curve', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(unit, fc.double({ min: 0, max: 6, noNaN: true }), unit, unit, (u, urgency, more, alpha) => {
        const curve = arrivalPriceCurve(urgency);
        expect(arrivalPriceCurve(urgency + more)(u)).toBeGreaterThanOrEqual(curve(u) - 1e-12);
        expect(tilted(curve, alpha)(u)).toBeGreaterThanOrEqual(curve(u) - 1e-12);
        expect(tilted(curve, -alpha)(u)).toBeLessThanOrEqual(curve(u) + 1e-12);
      }),
    );
  });

  it('an urgency stays between 0.5 and 6 and needs no volume and no movement to be one', () => {
    const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(amount, amount, (sigmaBps, participation) => {
        const k = urgencyOf({ sigmaBps, participation });
        expect(k >= 0.5 && k <= 6).toBe(true);
      }),
    );
    expect([urgencyOf({ sigmaBps: 0, participation: 0 }), urgencyOf({ sigmaBps: 9, participation: 0 })]).toEqual([
      0.5, 6,
    ]);
    expect(urgencyOf(null)).toBe(2);
  });
});
