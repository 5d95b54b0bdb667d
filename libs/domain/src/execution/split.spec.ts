import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { Dec, fromLots, ZERO, type Decimal, type Quantity } from '../numeric/decimal.js';
import { dealLots } from '../trajectory/slice-grid.js';
import { icebergCount, icebergSlice } from './iceberg-slices.js';
import { splitLargestRemainder } from './split.js';

const sum = (parts: readonly Decimal[]): string => parts.reduce((total, part) => total.add(part), ZERO).toFixed();
const lots = fc.bigInt({ min: 0n, max: 10n ** 15n });
const lot = fc.constantFrom('1', '0.1', '0.00025', '0.000000000000000001').map((text) => new Dec(text) as Quantity);
const weight = fc.oneof(
  fc.constant('0'),
  fc.integer({ min: 1, max: 10 ** 9 }).map((n) => new Dec(n).div(997).toFixed(12)),
);

describe('dealing a quantity out', () => {
  it('I11 splits sum exactly, stay within one lot of the exact share, and give nothing to a zero weight', () => {
    let [uneven, withZero] = [0, 0];
    fc.assert(
      fc.property(lots, lot, fc.array(weight, { minLength: 1, maxLength: 8 }), (count, step, texts) => {
        const weights = texts.map((text) => new Dec(text));
        const total = weights.reduce((all, one) => all.add(one), ZERO);
        fc.pre(!total.isZero());
        const parts = splitLargestRemainder(fromLots(count, step), step, weights);
        expect(sum(parts)).toBe(fromLots(count, step).toFixed());
        parts.forEach((part, index) => {
          const exact = weights[index]!.mul(count.toString());
          const off = part.div(step).mul(total).sub(exact).abs();
          expect(off.lt(total)).toBe(true);
          if (weights[index]!.isZero()) {
            expect(part.isZero()).toBe(true);
            withZero += 1;
          }
          if (!off.isZero()) uneven += 1;
        });
      }),
    );
    expect(uneven).toBeGreaterThan(50);
    expect(withZero).toBeGreaterThan(20);
  });

  it('I11 slices of a deal and of an iceberg sum exactly and are whole lots', () => {
    fc.assert(
      fc.property(
        lots,
        lot,
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 50 }),
        (count, step, slices, draws) => {
          const whole = fromLots(count + BigInt(slices), step);
          expect(sum(dealLots(whole, step, slices))).toBe(whole.toFixed());
          let left = whole;
          const shown = Array.from({ length: slices }, (_, index) => {
            const size = icebergSlice(left, slices, index, step, new Dec(draws[index]!));
            left = left.sub(size) as Quantity;
            return size;
          });
          expect(left.isZero()).toBe(true);
          expect(shown.every((size) => size.mod(step).isZero())).toBe(true);
          expect(sum(shown)).toBe(whole.toFixed());
        },
      ),
    );
  });

  it('an iceberg has as many slices as are worth twice the minimum child', () => {
    expect(icebergCount(new Dec(10), 4, new Dec(1))).toBe(4);
    expect(icebergCount(new Dec(10), 8, new Dec(1))).toBe(5);
    expect(icebergCount(new Dec('1.9'), 8, new Dec(1))).toBe(1);
    expect(icebergCount(new Dec(10), 8, ZERO)).toBe(8);
  });

  it.each([
    [['1', '-1'], 'A weight must not be negative, was -1'],
    [['0', '0'], 'At least one weight must be above zero, all were zero'],
  ])('weights %j are refused', (texts, message) => {
    const weights = texts.map((text) => new Dec(text));
    expect(() => splitLargestRemainder(new Dec(1) as Quantity, new Dec(1) as Quantity, weights)).toThrow(message);
  });
});
