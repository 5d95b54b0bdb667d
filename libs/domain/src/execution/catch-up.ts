import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import { catchUpGoal, takerCap } from './catch-up-size.js';
import type { Draft } from './draft.js';
import { signedDraw } from './draw.js';
import { rests, toToken } from './position.js';
import type { Stage } from './stage.js';
import { planTaker, sendTakers, wakeAfterHold } from './taker.js';
import type { View } from './view.js';
import { wakeForCeiling } from './wake-up.js';

const PACE_JITTER = 0.2;

/**
 * Below the band a taker catches up (algorithms.md 4.5): at most one per half interval, at most max(3S, m)
 * per interval, resting children leaving first. True when a taker was placed or makes its way clear.
 */
export function catchUp(view: View, draft: Draft, stage: Stage): boolean {
  const { position, minimumValue } = view;
  const next = nextTakerAt(view, stage);
  if (next > view.now) {
    draft.hold('PACE');
    draft.wakeAt(next);
    return false;
  }
  const window = takersSince(view, view.now - stage.grid.intervalMs);
  const plan = planTaker(
    view,
    catchUpGoal({
      executed: position.executed,
      target: stage.target,
      lower: stage.lower,
      orderQty: stage.orderQty,
      nominalSlice: stage.nominalSlice,
      minimum: minimumValue,
    }),
    {
      ceiling: stage.upper,
      minimumMayPass: stage.target.gt(position.executed),
      orderQty: stage.orderQty,
      pace: Dec.max(ZERO, takerCap(stage.nominalSlice, minimumValue).sub(window.sum)),
    },
    {},
  );
  if (plan.kind !== 'send' && plan.fitsAt !== null) wakeForCeiling(draft, stage, plan.fitsAt);
  if (plan.kind === 'hold') {
    draft.hold(plan.reason);
    if (plan.reason === 'PACE' && window.frees !== null) draft.wakeAt(window.frees);
    else wakeAfterHold(view, draft, plan.reason);
    return false;
  }
  for (const { child } of position.open) if (rests(child)) draft.cancel(child, 'catch_up', 'taker');
  if (plan.kind === 'clear') draft.hold('WAITING_FOR_CANCEL');
  else sendTakers(view, draft, plan.children, 'catch_up');
  return true;
}

/** When the next catch-up may go: half an interval after the last, jittered by 20 %. */
function nextTakerAt(view: View, stage: Stage): number {
  let newest: { readonly sequence: number; readonly createdAt: number } | null = null;
  for (const child of view.parent.children)
    if (child.purpose === 'catch_up' && (newest === null || child.sequence > newest.sequence)) newest = child;
  if (newest === null) return view.now;
  const jitter = 1 + PACE_JITTER * signedDraw(view.seed, 'time', newest.sequence);
  return Math.ceil(newest.createdAt + (stage.grid.intervalMs / 2) * jitter);
}

/** What takers were sent for after `since`, filled or not, and when the first of them leaves the window. */
export function takersSince(view: View, since: number): { readonly sum: Decimal; readonly frees: number | null } {
  let sum: Decimal = ZERO;
  let first: number | null = null;
  for (const child of view.parent.children) {
    if (rests(child) || child.createdAt <= since) continue;
    sum = sum.add(toToken(child.orderQty, view.token.rate(child.price, child.accountId)));
    if (first === null || child.createdAt < first) first = child.createdAt;
  }
  return { sum, frees: first === null ? null : Math.ceil(first + (view.now - since)) };
}
