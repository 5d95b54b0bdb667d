import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';

/** Up to this distance of two prices, relative to their mean, the series below is shorter than a logarithm. */
const NEAR = new Dec('0.02');
/** Terms are added until one is below this: far under a millionth of a basis point. */
const SMALLEST_TERM = new Dec('1e-40');

/**
 * ln(a / b) for positive numbers: slippages are logarithms (algorithms.md 9). Prices that are near each other, as
 * all prices of one order are, take a short series, ln(a/b) = 2 atanh((a-b)/(a+b)), good to 40 decimals.
 */
export function lnRatio(a: Decimal, b: Decimal): Decimal {
  const z = a.sub(b).div(a.add(b));
  if (z.isZero()) return ZERO;
  if (z.abs().gt(NEAR)) return a.div(b).ln();
  const square = z.mul(z);
  let [sum, power] = [z, z];
  for (let n = 3; ; n += 2) {
    power = power.mul(square);
    const term = power.div(n);
    sum = sum.add(term);
    if (term.abs().lt(SMALLEST_TERM)) return sum.mul(2);
  }
}
