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

/** The account's own price collar (reliability.md RC-03). */
export type PriceCollar = { readonly lowest: Price; readonly highest: Price } | null;

/** Bounds a price by the account's collar, towards worse prices only, on the tick. */
export function withinCollar(side: Side, price: Price, collar: PriceCollar, tick: Price): Price {
  if (collar === null) return price;
  return (
    side === 'buy' ? Dec.min(price, floorTo(collar.highest, tick)) : Dec.max(price, ceilTo(collar.lowest, tick))
  ) as Price;
}

export interface TakerPricing {
  readonly side: Side;
  readonly tick: Price;
  readonly collarBps: Decimal;
  readonly limitPrice: Price | null;
  /** Only prices no better than the limit: nothing is taken while the opposite touch is better. Default false. */
  readonly isReverse?: boolean;
  readonly priceCollar?: PriceCollar;
}

/**
 * The worst price a taker may pay: the collar beyond the opposite touch, bounded by the limit price and the account's
 * price collar. Null when that does not reach the touch: such a taker could not fill and is not sent.
 */
export function takerWorstPrice(touch: Touch, order: TakerPricing): Price | null {
  const { side, tick, limitPrice, isReverse = false, priceCollar = null } = order;
  const raw =
    side === 'buy'
      ? floorTo(touch.ask.mul(BPS.add(order.collarBps)).div(BPS) as Price, tick)
      : ceilTo(touch.bid.mul(BPS.sub(order.collarBps)).div(BPS) as Price, tick);
  if (isReverse && limitPrice !== null && (side === 'buy' ? touch.ask.lt(limitPrice) : touch.bid.gt(limitPrice)))
    return null;
  const worst = withinCollar(side, withinLimit(side, raw, isReverse ? null : limitPrice, tick), priceCollar, tick);
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

/** True while the market is beyond the limit: s * (M - L) > 0, with a reverse limit < 0. */
export function isBeyondLimit(side: Side, touch: Touch, limitPrice: Price | null, isReverse = false): boolean {
  if (limitPrice === null) return false;
  const mid = midOf(touch);
  return (side === 'buy') !== isReverse ? mid.gt(limitPrice) : mid.lt(limitPrice);
}

/** True when a price is worse for the client than the limit, with a reverse limit better. */
export function violatesLimit(side: Side, price: Price, limitPrice: Price | null, isReverse = false): boolean {
  if (limitPrice === null) return false;
  return (side === 'buy') !== isReverse ? price.gt(limitPrice) : price.lt(limitPrice);
}
