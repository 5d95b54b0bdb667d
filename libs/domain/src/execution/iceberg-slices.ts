import { Dec, floorTo, type Decimal, type Quantity } from '../numeric/decimal.js';

const ONE = new Dec(1);
const SIZE_JITTER = new Dec('0.05');

/**
 * Size of slice `index` (0-based) of an iceberg of `count` slices with `left` still to be shown
 * (algorithms.md 4.10): an even share of what is left, jittered by 5 %, at least one lot and at most all; the
 * last slice takes the rest.
 *
 * @param share the draw of this slice, in [0, 1]
 */
export function icebergSlice(left: Quantity, count: number, index: number, lot: Quantity, share: Decimal): Quantity {
  if (index >= count - 1) return left;
  const jitter = ONE.add(SIZE_JITTER.mul(share.mul(2).sub(ONE)));
  const size = floorTo(left.mul(jitter).div(count - index) as Quantity, lot);
  return Dec.min(left, Dec.max(size, lot)) as Quantity;
}

/** How many slices an iceberg really has: lowered until each is worth twice the minimum child; at least one. */
export function icebergCount(left: Decimal, slices: number, minimum: Decimal): number {
  if (minimum.isZero()) return Math.max(1, slices);
  const most = left.divToInt(minimum.mul(2));
  return Math.max(1, most.lt(slices) ? most.toNumber() : slices);
}
