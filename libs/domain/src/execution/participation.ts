import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import { participationRate } from '../trajectory/participation.js';
import type { PlanShape } from '../trajectory/shape.js';
import { midOf } from './passive-price.js';
import type { ParticipationMarket } from '../trajectory/participation-estimate.js';
import type { View } from './view.js';

export type ParticipationShape = Extract<PlanShape, { kind: 'participation' }>;

const ONE = new Dec(1);
const SHARE_PLACES = 12;

/** X in base units, whatever the order is sized in. */
export function executedBase({ parent }: View): Decimal {
  return parent.children.reduce<Decimal>((sum, { cumQty }) => (cumQty.isZero() ? sum : sum.add(cumQty)), ZERO);
}

/** What the volume to come is estimated from. */
export function participationMarketOf({ market }: View): ParticipationMarket {
  const { marketVolume, othersPerMs, profile } = market;
  return { marketVolume: marketVolume?.toNumber() ?? null, othersPerMs, profile };
}

/** T of a POV order with what it needs to be followed. */
export interface ParticipationTarget {
  readonly target: Decimal;
  /** The target by the volume alone; lower than `target` after prints were busted. Null while the volume is unknown. */
  readonly byVolume: Decimal | null;
  /** T/Q, rounded down: to be kept. */
  readonly highestShare: number;
  /** What T gains per base unit that others trade. */
  readonly perVolume: Decimal;
}

/**
 * T = min(Q, T at the version's beginning + p(V_o - V_o then) / (1 - p)), never below what it has been (algorithms.md
 * 2.5). A quote-sized order is behind by base units, at the mid.
 */
export function participationAt(
  view: View,
  shape: ParticipationShape,
  orderQty: Decimal,
  x0: Decimal,
  kept: number,
): ParticipationTarget {
  const { parent, market, position, touch } = view;
  const p = participationRate(new Dec(shape.rate));
  const perVolume = p.div(ONE.sub(p));
  const price = parent.sizing === 'base' ? ONE : touch === null ? null : midOf(touch);
  const known = Dec.min(orderQty, Dec.max(x0, orderQty.mul(kept)));
  let byVolume: Decimal | null = null;
  if (market.othersVolume !== null && price !== null) {
    const since = Dec.max(ZERO, market.othersVolume.sub(shape.volumeBefore));
    // multiplied before it is divided, as at every exact boundary
    const base = p.mul(since).div(ONE.sub(p)).add(shape.baseBefore);
    byVolume = parent.sizing === 'base' ? base : position.executed.add(base.sub(executedBase(view)).mul(price));
  }
  const target = byVolume === null ? known : Dec.min(orderQty, Dec.max(known, byVolume));
  return {
    target,
    byVolume,
    highestShare: orderQty.isZero() ? 0 : target.div(orderQty).toDecimalPlaces(SHARE_PLACES, Dec.ROUND_DOWN).toNumber(),
    perVolume: price === null ? perVolume : perVolume.mul(price),
  };
}
