import { ceilTo, Dec, floorTo, type Decimal } from '../numeric/decimal.js';

const ONE = new Dec(1);
const MOST_PER_LEG = 3;

/**
 * Size of the next leg of the reference strategy R2 (algorithms.md 10), in lots: an even share of what is left,
 * at most three times the even share of the whole, in whole steps. What it could not fill is thus spread over
 * the legs to come, and the rest of a bad end is left over.
 */
export function referenceLeg(leg: {
  readonly totalLots: Decimal;
  readonly legs: number;
  readonly leftLots: Decimal;
  readonly legsLeft: number;
  readonly stepLots: Decimal;
}): Decimal {
  const even = ceilTo(leg.leftLots.div(leg.legsLeft), ONE);
  const cap = ceilTo(leg.totalLots.div(leg.legs), ONE).mul(MOST_PER_LEG);
  return floorTo(Dec.min(even, cap), leg.stepLots);
}
