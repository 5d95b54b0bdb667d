import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { Dec, decimal } from '../numeric/decimal.js';
import { lnRatio } from './ln-ratio.js';
import { trackingError, type TrackingPoint } from './tracking-error.js';

const point = (dt: string, executed: string, target: string, edges: [string, string] | null): TrackingPoint => ({
  dt: decimal(dt),
  executed: decimal(executed),
  target: decimal(target),
  lower: edges && decimal(edges[0]),
  upper: edges && decimal(edges[1]),
});

describe('trackingError', () => {
  it('weighs each point by the time it holds, and counts the time outside of the band', () => {
    const found = trackingError(decimal('100'), [
      point('6', '10', '10', ['8', '12']),
      point('3', '10', '14', ['12', '16']),
      point('1', '20', '17', ['15', '19']),
      point('0', '0', '90', ['80', '100']),
    ]);
    expect(found.max.value?.toFixed()).toBe('0.04');
    const squares = new Dec(3 * 16 + 9).div(10);
    expect(found.rms.value?.mul(100).pow(2).sub(squares).abs().lt('1e-30')).toBe(true);
    expect(found.outside.value?.toFixed()).toBe('0.4');
  });

  it('says why there is no figure', () => {
    expect(trackingError(decimal('1'), [])).toMatchObject({
      max: { value: null, missing: 'no active time' },
      outside: { value: null, missing: 'no active time' },
    });
    const bare = trackingError(decimal('1'), [point('1', '0', '1', null)]);
    expect([bare.max.value?.toFixed(), bare.outside.missing]).toEqual(['1', 'no band']);
  });
});

it('lnRatio agrees with the logarithm, near and far', () => {
  const prices = fc.integer({ min: 1, max: 1_000_000 });
  const near = fc.tuple(prices, fc.integer({ min: -300, max: 300 }));
  fc.assert(
    fc.property(near, prices, ([a, shift], b) => {
      for (const [x, y] of [
        [new Dec(a), new Dec(a).mul(new Dec(10_000 + shift).div(10_000))],
        [new Dec(a), new Dec(b)],
      ] as const) {
        const exact = x.div(y).ln();
        expect(lnRatio(x, y).sub(exact).abs().lt('1e-35')).toBe(true);
        expect(lnRatio(x, y).add(lnRatio(y, x)).abs().lt('1e-35')).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});
