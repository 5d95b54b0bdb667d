import { ZERO, ZERO_QUANTITY, type Decimal } from '../numeric/decimal.js';
import type { Draft } from './draft.js';
import { exposureLots } from './exposure-lots.js';
import { rests } from './position.js';
import type { LimitState } from './limit-watch.js';
import type { View } from './view.js';

/** Cancels resting children, newest first, until the side's working notional fits its room again. */
export function cancelAboveExposure(view: View, draft: Draft): void {
  const { exposure, position } = view;
  if (exposure === null) return;
  let excess: Decimal = exposure.excess;
  for (const { child } of position.open) {
    if (excess.lte(ZERO)) return;
    if (!rests(child) || child.cancelRequestedAt !== null) continue;
    draft.cancel(child, 'exposure', 'necessary');
    excess = excess.sub(child.orderQty.sub(child.cumQty).mul(exposure.referencePrice));
  }
}

/**
 * Below the spread limit a leg places nothing and keeps nothing, whether its clock stands still or not; true while it
 * does.
 */
export function waitsForSpread(view: View, draft: Draft, limit: LimitState): boolean {
  if (view.exposure === null || !limit.out) return false;
  for (const { child } of view.position.open) draft.cancel(child, 'limit', 'necessary');
  draft.hold('OUT_OF_LIMIT');
  draft.wakeIn(view.parent.settings.retryMs);
  return true;
}

/**
 * The other legs move the room and the scale of this one, and nothing tells it: while they bind, it looks again each
 * second.
 */
export function wakeForExposure(view: View, draft: Draft): void {
  const { exposure, account } = view;
  if (exposure === null || account === null) return;
  const lots = exposureLots(view, account.instrument.lot) ?? ZERO_QUANTITY;
  const binds = exposure.scale.lt(1) || lots.lt(view.minimum);
  if (!binds) return;
  draft.hold('EXPOSURE');
  draft.wakeIn(view.parent.settings.retryMs);
}
