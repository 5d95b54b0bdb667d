import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decimal, ZERO, type Decimal } from '../numeric/decimal.js';
import { ratiosOfShares, sharesOfRatios } from './sizing.js';

const ratios = (...shares: string[]): string[] =>
  ratiosOfShares(shares.map(decimal)).map((ratio) => ratio.toDecimalPlaces(6).toFixed());

it('SA-19 makes ratios of what is left out of shares of the first size', () => {
  expect(ratios('0.25', '0.25', '0.5')).toEqual(['0.25', '0.333333', '1']);
  expect(
    sharesOfRatios(ratiosOfShares(['0.25', '0.25', '0.5'].map(decimal)))[2]!
      .toDecimalPlaces(9)
      .toFixed(),
  ).toBe('0.5');
});

it('closes all by a last ratio above 0.99, and only by the last', () => {
  expect(ratios('0.33', '0.33', '0.339')).toEqual(['0.33', '0.492537', '1']);
  expect(ratios('0.33', '0.33', '0.3')).toEqual(['0.33', '0.492537', '0.882352']);
  expect(ratios('0.995', '0.001')).toEqual(['0.995', '0.2']);
  expect(ratios('0.3', '0.7000000001')).toEqual(['0.3', '1']);
});

it('refuses shares above 1 in all, and shares of nothing', () => {
  expect(() => ratiosOfShares(['0.6', '0.5'].map(decimal))).toThrow('Shares must add up to at most 1, were 1.1');
  expect(() => ratiosOfShares(['0.6', '0'].map(decimal))).toThrow('Share 2 must be above 0, was 0');
});

it('gives the shares back', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 8 }), (weights) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0) + 7;
      const shares = weights.map((weight): Decimal => decimal(String(weight)).div(total));
      const back = sharesOfRatios(ratiosOfShares(shares));
      const last = back.length - 1;
      expect(
        back.slice(0, last).every((share, i) =>
          share
            .sub(shares[i] ?? ZERO)
            .abs()
            .lt('1e-40'),
        ),
      ).toBe(true);
    }),
  );
});
