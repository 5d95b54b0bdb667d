import type { Interval } from '../execution/contract.js';
import { ZERO, type Decimal, type Price } from '../numeric/decimal.js';
import { epochMs, type EpochMs } from '../time/clock.js';

/** Best bid of the sell leg minus best ask of the buy leg, in quote; may be negative (order-api.md 7). */
export function spreadOf(sellBid: Price, buyAsk: Price): Decimal {
  return sellBid.sub(buyAsk);
}

/**
 * The prices worth a look while the spread is at or above its limit: as long as neither is passed, the spread is. Each leg
 * gets half of what is to spare.
 */
export function spreadWatches(
  sellBid: Price,
  buyAsk: Price,
  limit: Decimal,
): { readonly bidBelow: Price; readonly askAbove: Price } | null {
  const spare = spreadOf(sellBid, buyAsk).sub(limit);
  if (spare.lt(ZERO)) return null;
  const half = spare.div(2);
  const bidBelow = sellBid.sub(half);
  return bidBelow.lte(ZERO) ? null : { bidBelow: bidBelow as Price, askAbove: buyAsk.add(half) as Price };
}

export interface SpreadState {
  /** True while nothing may be placed, the second after the return included. */
  readonly isOut: boolean;
  /** The edge that this look found; null when nothing changed. `end` lies `returnMs` ahead. */
  readonly edge: { readonly kind: 'begin' | 'end'; readonly at: EpochMs } | null;
}

/**
 * Follows the spread across its limit: out at once, in again after `returnMs` continuously at or above it
 * (algorithms.md 7, as the out-of-limit rule of 4.6). A spread that falls again within that time opens a new interval.
 * @param intervals known so far; may overlap
 * @param spread null while a book is missing or stale: nothing is concluded then
 */
export function followSpread(
  intervals: readonly Interval[],
  spread: Decimal | null,
  limit: Decimal,
  now: EpochMs,
  returnMs: number,
): SpreadState {
  const isOut = intervals.some(({ from, to }) => from <= now && (to === null || now < to));
  if (spread === null) return { isOut, edge: null };
  const isBelow = spread.lt(limit);
  const lasts = intervals.some(({ to }) => to === null);
  if (isBelow === lasts) return { isOut, edge: null };
  if (isBelow) return { isOut: true, edge: { kind: 'begin', at: now } };
  return { isOut: true, edge: { kind: 'end', at: epochMs(now + returnMs) } };
}
