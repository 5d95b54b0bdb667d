import { fromLots, wholeLots, ZERO, type Decimal, type Quantity } from '../numeric/decimal.js';

/**
 * Splits a quantity in whole lots by weight (algorithms.md 4.9): the exact shares are rounded down, and the
 * lots that are left go to the largest fractions, ties to the lower index. The parts sum to the whole lots
 * of `qty`; a zero weight gets nothing.
 *
 * @throws RangeError when a weight is negative or all are zero
 */
export function splitLargestRemainder(qty: Quantity, lot: Quantity, weights: readonly Decimal[]): readonly Quantity[] {
  const total = weights.reduce((sum, weight) => sum.add(weight), ZERO);
  const negative = weights.find((weight) => weight.isNegative() && !weight.isZero());
  if (negative !== undefined) throw new RangeError(`A weight must not be negative, was ${negative.toFixed()}`);
  if (total.isZero()) throw new RangeError('At least one weight must be above zero, all were zero');
  const lots = wholeLots(qty, lot);
  const shares = weights.map((weight, index) => {
    const exact = weight.mul(lots.toString());
    // of one divisor, so that fractions compare as remainders and nothing is rounded
    return { index, floor: BigInt(exact.divToInt(total).toFixed()), remainder: exact.mod(total) };
  });
  const left = Number(lots - shares.reduce((sum, { floor }) => sum + floor, 0n));
  const byRemainder = shares.toSorted((a, b) => b.remainder.comparedTo(a.remainder) || a.index - b.index);
  const favoured = new Set(byRemainder.slice(0, left).map(({ index }) => index));
  return shares.map(({ index, floor }) => fromLots(floor + (favoured.has(index) ? 1n : 0n), lot));
}
