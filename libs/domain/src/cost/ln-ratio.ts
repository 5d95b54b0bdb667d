import { Dec, type Decimal } from '../numeric/decimal.js';
import { inUnits, wordsBehindPoint } from '../numeric/whole-units.js';

/** Logarithms of whole numbers are whole numbers of 2^-128, which is under 1e-38. */
export const LN_BITS = 128n;

const ONE = new Dec((1n << LN_BITS).toString());
const LN_2 = lnBelowTwo(2n, 1n);

/** ln(a / b) for positive numbers, good to 35 decimals: slippages are logarithms (algorithms.md 9). */
export function lnRatio(a: Decimal, b: Decimal): Decimal {
  const words = Math.max(wordsBehindPoint(a), wordsBehindPoint(b));
  return new Dec(lnOfWhole(inUnits(a, words), inUnits(b, words)).toString()).div(ONE);
}

/**
 * ln(a / b) for positive whole numbers, in units of 2^-128. Off by less than a hundred of them for each time that one
 * fits twice into the other, and once more: 46 terms at most are cut off below the unit, as is the power that each
 * is made from.
 */
export function lnOfWhole(a: bigint, b: bigint): bigint {
  if (a < b) return -lnOfWhole(b, a);
  if (a < b << 1n) return lnBelowTwo(a, b);
  return LN_2 + lnOfWhole(a, b << 1n);
}

/** ln(a/b) = 2 artanh((a-b)/(a+b)) for b <= a <= 2b; short where prices are near each other, as those of one order are. */
function lnBelowTwo(a: bigint, b: bigint): bigint {
  let power = ((a - b) << LN_BITS) / (a + b);
  const square = (power * power) >> LN_BITS;
  let sum = power;
  for (let n = 3n; power !== 0n; n += 2n) {
    power = (power * square) >> LN_BITS;
    sum += power / n;
  }
  return sum << 1n;
}
