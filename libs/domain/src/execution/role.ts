import { Dec, type Decimal } from '../numeric/decimal.js';

/** How an order trades inside its band: it rests and waits, or nothing rests and it takes at good instants. */
export type Role = 'passive' | 'timed_taker';

/** What the choice of the role looks at; every rate in basis points. */
export interface RoleCosts {
  readonly makerFeeBps: Decimal;
  readonly takerFeeBps: Decimal;
  /** h: quoted half-spread. */
  readonly halfSpreadBps: Decimal;
  /** sigma_1. */
  readonly sigma1Bps: Decimal;
  /** Our newest maker fills on the instrument, at most 200, and their mean 5-second markout loss. */
  readonly makerFills: number;
  readonly meanMarkoutBps: Decimal;
}

const NOISE_SHARE = new Dec('0.75');
/** As many own fills weigh as much as the estimate from the volatility. */
const TRUSTED_FILLS = 20;
const HYSTERESIS_BPS = new Dec('0.25');

/** makerFee + A - h, where A is what informed flow takes of a resting order (algorithms.md 4.3). */
export function passiveCostBps(costs: RoleCosts): Decimal {
  const estimated = costs.sigma1Bps.mul(NOISE_SHARE);
  const { makerFills } = costs;
  // (1-w)*a + w*b with w = n/(n+20), multiplied out so that it is divided once
  const adverse =
    makerFills === 0
      ? estimated
      : estimated
          .mul(TRUSTED_FILLS)
          .add(costs.meanMarkoutBps.mul(makerFills))
          .div(makerFills + TRUSTED_FILLS);
  return costs.makerFeeBps.add(adverse).sub(costs.halfSpreadBps);
}

/** takerFee + h. */
export function takerCostBps(costs: Pick<RoleCosts, 'takerFeeBps' | 'halfSpreadBps'>): Decimal {
  return costs.takerFeeBps.add(costs.halfSpreadBps);
}

/**
 * The cheaper role; resting when both cost the same. The role that an order has is left only for an advantage
 * of 0.25 bps, so that it does not swing at the border. Costs in bps.
 *
 * @param held the role so far; null before the first choice
 */
export function chooseRole(passiveCost: Decimal, takerCost: Decimal, held: Role | null): Role {
  const advantage = takerCost.sub(passiveCost);
  if (held === 'passive') return advantage.lte(HYSTERESIS_BPS.neg()) ? 'timed_taker' : 'passive';
  if (held === 'timed_taker') return advantage.gte(HYSTERESIS_BPS) ? 'passive' : 'timed_taker';
  return advantage.isNegative() ? 'timed_taker' : 'passive';
}
