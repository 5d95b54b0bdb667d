import { ZERO } from '../numeric/decimal.js';
import type { Draft } from './draft.js';
import { shrinkChild } from './move-child.js';
import { rests, toToken, type OpenChild } from './position.js';
import { violatesLimit } from './price-protection.js';
import type { Stage } from './stage.js';
import type { View } from './view.js';

/** Shrinks or cancels resting children, newest first, until executed plus working stays under the upper edge. */
export function cancelAboveCeiling(view: View, draft: Draft, stage: Stage): void {
  const { executed, working, open } = view.position;
  let excess = executed.add(working).sub(stage.upper);
  if (excess.lte(ZERO)) return;
  const [only] = open;
  if (open.length === 1 && only !== undefined && isMinimumChild(view, stage, only)) return;
  for (const { child, value } of open) {
    if (excess.lte(ZERO)) return;
    if (!rests(child)) continue;
    const left = child.orderQty.sub(child.cumQty);
    if (left.lte(ZERO)) continue;
    // by what its remainder is worth, so that a quote-sized child shrinks by whole lots of the same price
    const freed = shrinkChild(view, draft, child, excess.mul(left).div(value), 'ceiling');
    excess = excess.sub(value.mul(freed).div(left));
  }
}

/**
 * The exception of algorithms.md 3: a band narrower than one minimum child would never trade, so a single
 * one may pass the upper edge. It is judged as on the day it was placed, before its own fills.
 */
function isMinimumChild(view: View, stage: Stage, { child }: OpenChild): boolean {
  const rate = view.token.rate(child.price, child.accountId);
  const before = view.position.executed.sub(toToken(child.cumQty, rate));
  return (
    stage.upper.sub(before).lt(view.minimumValue) && stage.target.gt(before) && child.orderQty.lt(view.minimum.mul(2))
  );
}

/** Cancels what is priced worse than the limit, as after an amendment. */
export function cancelBeyondLimit(view: View, draft: Draft): void {
  const { side, params } = view.parent;
  for (const { child } of view.position.open)
    if (rests(child) && violatesLimit(side, child.price, params.limitPrice, params.isReverseLimit))
      draft.cancel(child, 'limit', 'necessary');
}
