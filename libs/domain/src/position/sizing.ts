import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import { ONE, SIZE_TOLERANCE } from './size.js';

/** A last ratio above this closes all that is left: the shares were meant to add up to 1. */
const SNAP_ABOVE = new Dec('0.99');

/**
 * Ratios of the current size out of shares of the first one, in firing order: r = a / (1 - sum of the earlier a), the last
 * snapped to 1 above 0.99 (signal-apis.md 6.2).
 *
 * @throws RangeError for a share that is not above 0, or shares that add up to more than 1
 */
export function ratiosOfShares(shares: readonly Decimal[]): Decimal[] {
  const total = shares.reduce<Decimal>((sum, share) => sum.add(share), ZERO);
  if (total.gt(ONE.add(SIZE_TOLERANCE)))
    throw new RangeError(`Shares must add up to at most 1, were ${total.toFixed()}`);
  let left = ONE;
  return shares.map((share, i) => {
    if (share.lte(ZERO)) throw new RangeError(`Share ${i + 1} must be above 0, was ${share.toFixed()}`);
    const ratio = left.lte(share) ? ONE : share.div(left);
    left = Dec.max(ZERO, left.sub(share));
    return i === shares.length - 1 && ratio.gt(SNAP_ABOVE) ? ONE : ratio;
  });
}

/** Shares of the first size that ratios of the current one take, in firing order. */
export function sharesOfRatios(ratios: readonly Decimal[]): Decimal[] {
  let left = ONE;
  return ratios.map((ratio) => {
    const share = left.mul(ratio);
    left = left.sub(share);
    return share;
  });
}
