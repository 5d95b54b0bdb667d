import type { Side } from '../instrument/instrument.js';
import { ceilTo, Dec, floorTo, ZERO_QUANTITY, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import type { BookLevel } from './contract.js';
import { midOf, withinLimit, type Touch } from './passive-price.js';

const BPS = new Dec(10_000);
const NARROWEST = new Dec(5);
const WIDEST = new Dec(50);
const WIDEST_IN_FINISHER = new Dec(100);

/** Quoted half-spread h in bps of the mid: (a - b) / (a + b) * 10^4. */
export function halfSpreadBps(touch: Touch): Decimal {
  return touch.ask.sub(touch.bid).mul(BPS).div(touch.ask.add(touch.bid));
}

/** c = clamp(3 * sigma_10 + 2h, 5, 50) bps; FINISHER doubles it, to at most 100 (algorithms.md 4.6). */
export function collarBps(touch: Touch, sigma10Bps: Decimal, inFinisher: boolean): Decimal {
  const collar = Dec.max(NARROWEST, Dec.min(WIDEST, sigma10Bps.mul(3).add(halfSpreadBps(touch).mul(2))));
  return inFinisher ? Dec.min(WIDEST_IN_FINISHER, collar.mul(2)) : collar;
}

/**
 * The worst price a taker may pay: the collar beyond the opposite touch, bounded by the limit price. Null
 * when that does not reach the touch: such a taker could not fill and is not sent.
 */
export function takerWorstPrice(
  touch: Touch,
  order: { readonly side: Side; readonly tick: Price; readonly collarBps: Decimal; readonly limitPrice: Price | null },
): Price | null {
  const { side, tick, limitPrice } = order;
  const raw =
    side === 'buy'
      ? floorTo(touch.ask.mul(BPS.add(order.collarBps)).div(BPS) as Price, tick)
      : ceilTo(touch.bid.mul(BPS.sub(order.collarBps)).div(BPS) as Price, tick);
  const worst = withinLimit(side, raw, limitPrice, tick);
  const reaches = side === 'buy' ? worst.gte(touch.ask) : worst.lte(touch.bid);
  return reaches && worst.gt(0) ? worst : null;
}

/** Displayed quantity on the opposite side at the worst price or better; `levels` best first. */
export function visibleDepth(side: Side, levels: readonly BookLevel[], worst: Price): Quantity {
  let depth: Quantity = ZERO_QUANTITY;
  for (const level of levels) {
    if (side === 'buy' ? level.price.gt(worst) : level.price.lt(worst)) break;
    depth = depth.add(level.qty) as Quantity;
  }
  return depth;
}

/** True while the mid is more than `ratio` away from its median of the last minute: takers wait. */
export function hasJumped(touch: Touch, medianMid: Price | null, ratio: number): boolean {
  return medianMid !== null && midOf(touch).sub(medianMid).abs().gt(medianMid.mul(ratio));
}

/** True while the market is beyond the limit: s * (M - L) > 0. */
export function isBeyondLimit(side: Side, touch: Touch, limitPrice: Price | null): boolean {
  if (limitPrice === null) return false;
  const mid = midOf(touch);
  return side === 'buy' ? mid.gt(limitPrice) : mid.lt(limitPrice);
}

/** True when a price is worse for the client than the limit. */
export function violatesLimit(side: Side, price: Price, limitPrice: Price | null): boolean {
  if (limitPrice === null) return false;
  return side === 'buy' ? price.gt(limitPrice) : price.lt(limitPrice);
}
