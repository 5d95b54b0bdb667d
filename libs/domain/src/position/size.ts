import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import type { OpenItem } from './contract.js';

export const ONE = new Dec(1);
/** Sizes are products and quotients of decimals: what is not above this is nothing (signal-apis.md 6.1). */
export const SIZE_TOLERANCE = new Dec('0.000000001');
/** Digits behind the point at which shares and prices are kept, as `numeric(38,18)` does. */
export const DIGITS = 18;

export const isNothing = (size: Decimal): boolean => size.lte(SIZE_TOLERANCE);

/** Alike within a relative 1e-9 (signal-apis.md 1.2). */
export function isSame(a: Decimal, b: Decimal): boolean {
  return a.sub(b).abs().lte(Dec.max(a.abs(), b.abs()).mul(SIZE_TOLERANCE));
}

/** Sum of amount x filled x kept, 0..1, rounded down; 0 when it is next to nothing. */
export function sizeOf(items: readonly OpenItem[]): Decimal {
  const sum = items.reduce<Decimal>((size, { amount, filled, kept }) => size.add(amount.mul(filled).mul(kept)), ZERO);
  return isNothing(sum) ? ZERO : Dec.min(ONE, sum).toDecimalPlaces(DIGITS);
}

/** What items that are armed or rest may still add to the size. */
export function sizeToCome(items: readonly OpenItem[]): Decimal {
  return items
    .filter(({ state }) => state === 'armed' || state === 'placed')
    .reduce<Decimal>((sum, { amount, filled, kept }) => sum.add(amount.mul(ONE.sub(filled)).mul(kept)), ZERO);
}

/** What closes of `ratio` leave of each item that is, or may come to be, in the size. */
export function keepLess(items: readonly OpenItem[], ratio: Decimal): OpenItem[] {
  return items.map((item) =>
    item.state === 'armed' ? item : { ...item, kept: item.kept.mul(ONE.sub(ratio)).toDecimalPlaces(DIGITS) },
  );
}
