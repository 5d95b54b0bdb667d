import { Dec, ZERO, ZERO_QUANTITY, type Decimal, type Quantity } from '../numeric/decimal.js';
import { expectedOthersPerMs } from '../trajectory/participation-estimate.js';
import { participationHeadroom } from '../trajectory/participation.js';
import type { ExecutionChild } from './contract.js';
import type { Draft } from './draft.js';
import { executedBase, participationMarketOf } from './participation.js';
import { midOf } from './passive-price.js';
import { rests } from './position.js';
import type { View } from './view.js';

const ONE = new Dec(1);

/** p of algorithms.md 2.8; null without a cap, and for orders that follow no trajectory, which ignore it. */
function capOf({ parent }: View): Decimal | null {
  const { povLimit, durationMs, povTarget } = parent.params;
  if (povLimit === null || povLimit.gte(ONE) || (durationMs === null && povTarget === null)) return null;
  return povLimit;
}

/**
 * Whole lots that may still be sent under `pov_limit`, with all that works counted as filled; null without a cap. Nothing
 * while the others' volume is not known.
 */
export function volumeLots(view: View, lot: Quantity): Quantity | null {
  const limit = capOf(view);
  if (limit === null) return null;
  const { othersVolume } = view.market;
  if (othersVolume === null) return ZERO_QUANTITY;
  return participationHeadroom(limit, othersVolume, usedBase(view).add(view.added), lot);
}

const sums = new WeakMap<readonly ExecutionChild[], Decimal>();

/** X + W in base units; added up once per decision. */
function usedBase({ parent: { children } }: View): Decimal {
  const known = sums.get(children);
  if (known !== undefined) return known;
  const sum = children.reduce<Decimal>((total, child) => total.add(worstCase(child)), ZERO);
  sums.set(children, sum);
  return sum;
}

function worstCase({ status, cumQty, orderQty, amending }: ExecutionChild): Decimal {
  if (status === 'closed') return cumQty;
  return Dec.max(cumQty, orderQty, amending?.orderQty ?? ZERO);
}

/**
 * Cancels resting children, newest first, that stand above the cap: prints were busted, or the cap was lowered. While
 * the volume is not known nothing is concluded.
 */
export function cancelAboveVolumeCap(view: View, draft: Draft): void {
  const [limit, { othersVolume }] = [capOf(view), view.market];
  if (limit === null || othersVolume === null) return;
  const others = ONE.sub(limit);
  let excess = others.mul(usedBase(view)).sub(limit.mul(othersVolume));
  for (const { child } of view.position.open) {
    if (excess.lte(ZERO)) return;
    if (!rests(child)) continue;
    draft.cancel(child, 'pov_limit', 'necessary');
    excess = excess.sub(others.mul(worstCase(child).sub(child.cumQty)));
  }
}

/**
 * Says that the cap leaves no room for a child, and looks again when the volume for one is expected. The grid, the band
 * and their instants do not know the cap.
 */
export function wakeForVolumeCap(view: View, draft: Draft): void {
  const [limit, { account, minimum, now, market }] = [capOf(view), view];
  if (limit === null || account === null) return;
  if ((volumeLots(view, account.instrument.lot) ?? minimum).gte(minimum)) return;
  draft.hold('POV_LIMITED');
  // what rests will be told by its fill
  if (view.position.open.length > 0) return;
  const needed = ONE.sub(limit).mul(usedBase(view).add(minimum)).div(limit);
  const missing = needed.sub(market.othersVolume ?? ZERO);
  if (market.othersVolume !== null) draft.watchVolume(missing);
  const rate = expectedOthersPerMs(participationMarketOf(view), now - view.parent.activatedAt, now);
  const { retryMs, heartbeatMs } = view.parent.settings;
  draft.wakeIn(rate > 0 ? Math.min(heartbeatMs, Math.ceil(missing.toNumber() / rate)) : retryMs);
}

/** True when the cap would not let the order have all that is left of it, even with nothing working. */
export function isHeldByVolumeCap(view: View): boolean {
  const limit = capOf(view);
  if (limit === null) return false;
  const { parent, market, touch, position } = view;
  const left = parent.orderQty.sub(position.executed);
  const price = parent.sizing === 'base' ? ONE : touch === null ? null : midOf(touch);
  const base = price === null ? view.minimum : left.div(price);
  const executed = executedBase(view);
  return limit.mul(market.othersVolume ?? ZERO).lt(ONE.sub(limit).mul(executed.add(base)));
}
