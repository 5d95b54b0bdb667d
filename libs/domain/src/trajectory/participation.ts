import { Dec, ZERO, type Decimal, type Quantity } from '../numeric/decimal.js';

const ONE = new Dec(1);
/** A higher rate would need more of the market than there is. */
const LARGEST_RATE = new Dec('0.95');

/** The rate that a POV order follows: `pov_target`, at most 0.95. */
export function participationRate(target: Decimal): Decimal {
  return Dec.min(target, LARGEST_RATE);
}

/**
 * T = min(Q, p * V_o / (1 - p)) (algorithms.md 2.5): executed is the rate's share of others' volume and our own.
 * Q and V_o in the same unit.
 */
export function participationTarget(orderQty: Decimal, rate: Decimal, othersVolume: Decimal): Decimal {
  const p = participationRate(rate);
  return Dec.min(orderQty, p.mul(othersVolume).div(ONE.sub(p)));
}

/** Others' volume that must still trade before the target is the whole order: (Q - T)(1 - p) / p. */
export function othersVolumeNeeded(orderQty: Decimal, rate: Decimal, target: Decimal): Decimal {
  const p = participationRate(rate);
  if (p.lte(ZERO)) throw new RangeError(`A participation rate must be above 0, was ${p.toFixed()}`);
  return Dec.max(ZERO, orderQty.sub(target)).mul(ONE.sub(p)).div(p);
}

/**
 * How much more may work under `pov_limit` (algorithms.md 2.8): the whole lots q with
 * p * V_o >= (1 - p)(X + W + q); null without a cap. Compared before anything is divided, so that no lot is lost at an
 * exact boundary. All in base units; `used` is X + W.
 */
export function participationHeadroom(
  limit: Decimal,
  othersVolume: Decimal,
  used: Decimal,
  lot: Quantity,
): Quantity | null {
  if (limit.gte(ONE)) return null;
  const others = ONE.sub(limit);
  const left = limit.mul(othersVolume).sub(others.mul(used));
  return (left.lte(ZERO) ? ZERO : left.divToInt(others.mul(lot)).mul(lot)) as Quantity;
}
