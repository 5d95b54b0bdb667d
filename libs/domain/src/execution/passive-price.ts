import type { Side } from '../instrument/instrument.js';
import { ceilTo, Dec, floorTo, type Decimal, type Price } from '../numeric/decimal.js';

/** Best bid and ask of one usable book; bid < ask. */
export interface Touch {
  readonly bid: Price;
  readonly ask: Price;
}

export interface PassivePricing {
  readonly side: Side;
  readonly tick: Price;
  /** Standard deviation of 5-second log returns of the mid, in bps. */
  readonly sigma5Bps: Decimal;
  /** pi of algorithms.md 1, in [0, 1]. */
  readonly passiveness: Decimal;
  /** Rest at the mid instead (`active_limit`, first half of FINISHER). */
  readonly atMid: boolean;
  readonly limitPrice: Price | null;
}

const BPS = new Dec(10_000);
const AT_TOUCH = new Dec('0.05');
const IMPROVING = new Dec('0.01');
const REACH = new Dec('0.95');

export function midOf(touch: Touch): Price {
  return touch.bid.add(touch.ask).div(2) as Price;
}

/** Rounds toward the less aggressive side: a buy down, a sell up. */
export function lessAggressive(side: Side, price: Price, tick: Price): Price {
  return side === 'buy' ? floorTo(price, tick) : ceilTo(price, tick);
}

/** Rounds toward the more aggressive side: a buy up, a sell down. */
export function moreAggressive(side: Side, price: Price, tick: Price): Price {
  return side === 'buy' ? ceilTo(price, tick) : floorTo(price, tick);
}

/** True when a post-only child at this price does not cross the book. */
export function isUncrossed(side: Side, price: Price, touch: Touch): boolean {
  return side === 'buy' ? price.lt(touch.ask) : price.gt(touch.bid);
}

/** Bounds a price by the client's limit, on the tick. */
export function withinLimit(side: Side, price: Price, limitPrice: Price | null, tick: Price): Price {
  if (limitPrice === null) return price;
  const bound = lessAggressive(side, limitPrice, tick);
  return (side === 'buy' ? Dec.min(price, bound) : Dec.max(price, bound)) as Price;
}

/**
 * Where a post-only child rests (algorithms.md 4.2): `2 * max(0, pi - 0.05) / 0.95` units of 5-second
 * movement away from our touch, one tick inside a wide spread when pi < 0.01, or next to the mid. Never
 * crosses the touch, is on the tick and above zero.
 */
export function passivePrice(touch: Touch, pricing: PassivePricing): Price {
  const { side, tick, limitPrice } = pricing;
  const raw = pricing.atMid ? nextToMid(touch, side, tick) : awayFromTouch(touch, pricing);
  const price = withinLimit(side, raw, limitPrice, tick);
  return price.lt(tick) ? tick : price;
}

function nextToMid(touch: Touch, side: Side, tick: Price): Price {
  const mid = lessAggressive(side, midOf(touch), tick);
  return (side === 'buy' ? Dec.min(mid, touch.ask.sub(tick)) : Dec.max(mid, touch.bid.add(tick))) as Price;
}

function awayFromTouch(touch: Touch, { side, tick, sigma5Bps, passiveness }: PassivePricing): Price {
  const own = lessAggressive(side, side === 'buy' ? touch.bid : touch.ask, tick);
  const spread = touch.ask.sub(touch.bid);
  if (passiveness.lte(AT_TOUCH)) {
    const improves = passiveness.lt(IMPROVING) && spread.gte(tick.mul(2));
    if (!improves) return own;
    return (side === 'buy' ? own.add(tick) : own.sub(tick)) as Price;
  }
  const unit = Dec.max(spread, sigma5Bps.mul(midOf(touch)).div(BPS));
  const distance = floorTo(passiveness.sub(AT_TOUCH).mul(2).mul(unit).div(REACH), tick);
  return (side === 'buy' ? own.sub(distance) : own.add(distance)) as Price;
}
