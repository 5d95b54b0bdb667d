import { Dec, type Price } from '../numeric/decimal.js';
import type { AccountMarket, ExecutionChild } from './contract.js';
import { midOf, type Touch } from './passive-price.js';
import { budgetOf, type View } from './view.js';

const BPS = new Dec(10_000);
const QUARTER = new Dec('0.25');
const NEAR_TOUCH = new Dec('0.05');
const AFTER_CANCEL_MS = 1_000;

/** Least price change worth a move: max(tick, 0.25 * sigma_5 * M / 10^4) (algorithms.md 4.11). */
export function rePegThreshold(account: AccountMarket, touch: Touch): Price {
  const noise = account.sigmaBps.s5.mul(QUARTER).mul(midOf(touch)).div(BPS);
  return Dec.max(account.instrument.tick, noise) as Price;
}

/** True when the market has moved so that the child should rest at `wanted` instead. */
export function wantsRePeg(
  view: View,
  account: AccountMarket,
  touch: Touch,
  child: ExecutionChild,
  wanted: Price,
): boolean {
  if (wanted.eq(child.price)) return false;
  if (wanted.sub(child.price).abs().gte(rePegThreshold(account, touch))) return true;
  const { side, params } = view.parent;
  const second = (side === 'buy' ? account.bids : account.asks)[1];
  if (second === undefined || params.passiveness.gt(NEAR_TOUCH)) return false;
  return side === 'buy' ? child.price.lt(second.price) : child.price.gt(second.price);
}

/** When a resting child may be moved at the earliest: its minimum rest, and a second after any cancel. */
export function mayRePegAt(view: View, child: ExecutionChild, fast: boolean): number {
  const { settings, children } = view.parent;
  const rest = fast ? settings.activeLimitRestMs : settings.minRestMs;
  const slowdown = budgetOf(view.account) === 'slow' ? 2 : 1;
  let at = Math.max(child.createdAt, child.amendedAt ?? 0) + Math.ceil(rest * slowdown * view.loadFactor);
  for (const other of children)
    if (other.status !== 'closed' && other.cancelRequestedAt !== null)
      at = Math.max(at, other.cancelRequestedAt + AFTER_CANCEL_MS);
  return at;
}
