import { Dec, type Decimal } from '../numeric/decimal.js';

/**
 * F(u): the planned share of an order at the share u of its active time, 0 at 0 and 1 at 1, never
 * decreasing. It takes any finite u and clamps it. Binary floating point with the four basic
 * operations only, which every machine rounds alike.
 */
export type Curve = (u: number) => number;

/** F(u) = u (algorithms.md 2.1). */
export const twapCurve: Curve = (u) => Math.min(1, Math.max(0, u));

const SHARE_PLACES = 12;

/** A share as it may touch money: rounded half-even to 12 decimals, so that a replay elsewhere agrees. */
export function exactShare(share: number): Decimal {
  return new Dec(share).toDecimalPlaces(SHARE_PLACES, Dec.ROUND_HALF_EVEN);
}
