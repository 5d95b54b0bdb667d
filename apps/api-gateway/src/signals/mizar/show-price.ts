import { Dec, type Price } from '#domain';

const DECIMALS = 12;
const SIGNIFICANT_DIGITS = 4;

/**
 * A price as Mizar shows it: text with exactly 12 decimals, rounded half-even; where that would be zero, with as many more as
 * show four significant digits (signal-apis.md 2.2).
 * @throws RangeError for what is no price: none is ever shown
 */
export function showPrice(price: Price): string {
  if (!price.isFinite() || price.lte(0)) throw new RangeError(`A price must be above 0, was ${price.toString()}`);
  const isLost = price.toDecimalPlaces(DECIMALS, Dec.ROUND_HALF_EVEN).isZero();
  // The exponent is that of the first digit: 1.2e-14 has its fourth at the 17th decimal.
  const decimals = isLost ? SIGNIFICANT_DIGITS - 1 - price.e : DECIMALS;
  return price.toFixed(decimals, Dec.ROUND_HALF_EVEN);
}
