import { sideSign, type Side } from '../instrument/instrument.js';
import { Dec, ZERO, type Decimal, type Quantity } from '../numeric/decimal.js';

/** From this imbalance on an instant is favourable (algorithms.md 4.4). */
export const FAVOURABLE = new Dec('0.8');
const THIN = FAVOURABLE.neg();
const LIGHTER = new Dec('-0.2');

/**
 * I = s * (bidSize - askSize) / (bidSize + askSize) at the touch, in [-1, 1] (algorithms.md 4.4): near 1 the
 * queue on our side is heavy and the price is about to leave us. Absent or empty sizes give 0.
 */
export function imbalance(side: Side, bidSize: Quantity | null, askSize: Quantity | null): Decimal {
  if (bidSize === null || askSize === null) return ZERO;
  const both = bidSize.add(askSize);
  return both.isZero() ? ZERO : bidSize.sub(askSize).mul(sideSign(side)).div(both);
}

/** True when the imbalance says: take now. */
export function isFavourable(value: Decimal): boolean {
  return value.gte(FAVOURABLE);
}

/** True when our queue is clearly the lighter one: the price is more likely to come to us than to leave. */
export function isLighter(value: Decimal): boolean {
  return value.lt(LIGHTER);
}

/** True when our own side thins out: what rests there is about to be run over. */
export function isThinning(value: Decimal): boolean {
  return value.lte(THIN);
}
