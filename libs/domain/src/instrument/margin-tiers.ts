import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';

/** One step of a venue's table of leverage and margin, for positions up to a notional. */
export interface MarginTier {
  /** Largest notional of the step, in quote. */
  readonly notionalCap: Decimal;
  readonly maxLeverage: number;
  /** Share of the notional that must stay as margin, lest the position be liquidated. */
  readonly maintenanceRate: Decimal;
  /** Taken off, in quote, so that the margin has no jump where steps meet. */
  readonly deduction: Decimal;
}

/** The most leverage that a venue allows, which is that of the smallest positions; null where it does not tell. */
export function maxLeverageOf(tiers: readonly MarginTier[]): number | null {
  return tiers.length === 0 ? null : Math.max(...tiers.map(({ maxLeverage }) => maxLeverage));
}

/**
 * Maintenance margin of a position, in quote: notional x rate - deduction of its step; beyond the last cap the last step
 * holds. Null where the venue does not tell its steps.
 * @param tiers by rising cap
 * @param notional of the position at the mark price, in quote; its sign does not matter
 */
export function maintenanceMargin(tiers: readonly MarginTier[], notional: Decimal): Decimal | null {
  const size = notional.abs();
  const tier = tiers.find(({ notionalCap }) => size.lte(notionalCap)) ?? tiers.at(-1);
  if (tier === undefined) return null;
  return Dec.max(ZERO, size.mul(tier.maintenanceRate).sub(tier.deduction)).toDecimalPlaces(18, Dec.ROUND_UP);
}
