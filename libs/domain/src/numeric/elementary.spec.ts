import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { exp, log, pow, sinh, sqrt } from './elementary.js';
import { erf, normalCdf } from './normal.js';

const LIMIT = 1e-13;
const isClose = (actual: number, expected: number): boolean =>
  Object.is(actual, expected) || Math.abs(actual - expected) <= LIMIT * Math.max(Math.abs(expected), 1e-300);

function agreesWithHost(own: (x: number) => number, host: (x: number) => number, min: number, max: number): void {
  fc.assert(
    fc.property(fc.double({ min, max, noNaN: true }), (x) => {
      expect({ x, own: own(x), host: host(x), close: isClose(own(x), host(x)) }).toMatchObject({ close: true });
    }),
    { numRuns: 2_000 },
  );
}

describe('elementary functions', () => {
  it('agree with tables of higher precision', () => {
    for (const [actual, expected] of [
      [exp(1), 2.718281828459045],
      [exp(-20), 2.061153622438558e-9],
      [log(10), 2.302585092994046],
      [sinh(0.001), 0.0010000001666666751],
      [sinh(6), 201.71315737027922],
      [pow(2, 0.5), 1.4142135623730951],
      [sqrt(5), 2.23606797749979],
      [erf(0.5), 0.5204998778130465],
      [erf(2), 0.9953222650189527],
      [normalCdf(-1), 0.15865525393145705],
    ] as const)
      expect({ actual, expected, close: isClose(actual, expected) }).toMatchObject({ close: true });
  });

  it('agree with the host over their whole range', () => {
    agreesWithHost(exp, Math.exp, -700, 700);
    agreesWithHost(exp, Math.exp, -1, 1);
    agreesWithHost(log, Math.log, 1e-300, 1e300);
    agreesWithHost(sinh, Math.sinh, -30, 30);
    agreesWithHost(sinh, Math.sinh, -1.5, 1.5);
    agreesWithHost(sqrt, Math.sqrt, 0, 1e300);
    agreesWithHost(
      (x) => pow(x, 2.6),
      (x) => Math.pow(x, 2.6),
      0,
      1,
    );
  });

  it('meet their ends', () => {
    expect([exp(0), exp(-1_000), exp(1_000), exp(Number.NaN)]).toEqual([1, 0, Infinity, Number.NaN]);
    expect([log(1), log(0), log(Infinity), log(-1)]).toEqual([0, -Infinity, Infinity, Number.NaN]);
    expect([pow(0, 3), pow(0, 0), pow(0, -1), pow(1, 7), pow(0.3, 0)]).toEqual([0, 1, Infinity, 1, 1]);
    expect(() => pow(-1, 2)).toThrow(/at least 0, was -1/);
    expect([sqrt(0), sqrt(4), sqrt(Infinity), sqrt(-1)]).toEqual([0, 2, Infinity, Number.NaN]);
    expect([erf(0), erf(7), erf(-7), erf(Number.NaN)]).toEqual([0, 1, -1, Number.NaN]);
    expect([normalCdf(0), normalCdf(-40), normalCdf(40)]).toEqual([0.5, 0, 1]);
  });

  it('erf is odd, rises and stays within its bounds', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 7, noNaN: true }),
        fc.double({ min: 1e-6, max: 1, noNaN: true }),
        (x, step) => {
          expect(erf(-x)).toBe(-erf(x));
          expect(erf(x + step)).toBeGreaterThanOrEqual(erf(x));
          expect(erf(x)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
