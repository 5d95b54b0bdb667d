import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import { budgetAllows } from './budget.js';
import { takerCap } from './catch-up-size.js';
import { takersSince } from './catch-up.js';
import type { Draft } from './draft.js';
import { imbalance, isFavourable, isThinning } from './imbalance.js';
import { takingOutlets } from './outlets.js';
import type { Role } from './role.js';
import type { Stage } from './stage.js';
import { lastTakerAt, planTaker, sendTakers, wakeAfterHold } from './taker.js';
import { budgetOf, isFresh, type Outlet, type View } from './view.js';
import { wakeForCeiling, wakeForWarning } from './wake-up.js';

const FRESH_MS = 500;
const QUARTER = new Dec('0.25');

/** I of algorithms.md 4.4 on one account, seen from the side of the order. */
export function imbalanceAt(view: View, { account }: Outlet): Decimal {
  return imbalance(view.parent.side, account.bids[0]?.qty ?? null, account.asks[0]?.qty ?? null);
}

/** True when our own side of the account's book thins out. */
export function thinsOut(view: View, outlet: Outlet): boolean {
  return isThinning(imbalanceAt(view, outlet));
}

/** Below this level of X a timed taker is due: T for the role, the warning zone (algorithms.md 3) beside a clip. */
export function timedBelow(stage: Stage, role: Role): Decimal {
  return role === 'timed_taker' ? stage.target : stage.lower.add(stage.target.sub(stage.lower).mul(QUARTER));
}

/**
 * Inside the band: sends a taker of one slice when X lies below the level of the role and the instant is favourable,
 * a quarter of an interval after the last taker at the earliest. Answers with the view in which it works.
 */
export function takeWhenFavourable(view: View, draft: Draft, stage: Stage, role: Role): View {
  const { position, now, parent } = view;
  if (position.executed.gte(timedBelow(stage, role))) {
    wakeForWarning(view, draft, stage, role);
    return view;
  }
  const last = lastTakerAt(view);
  const next = last === null ? now : Math.ceil(last + stage.grid.intervalMs / 4);
  if (next > now) {
    draft.hold('PACE');
    draft.wakeAt(next);
    return view;
  }
  const good = takingOutlets(view).filter(
    (outlet) =>
      budgetAllows(budgetOf(outlet.account), 'normal') &&
      isFresh(outlet.account, now, FRESH_MS) &&
      isFavourable(imbalanceAt(view, outlet)),
  );
  if (good.length === 0) {
    draft.hold('UNFAVOURABLE');
    draft.watchImbalance(parent.side);
    return view;
  }
  const window = takersSince(view, now - stage.grid.intervalMs);
  const bounds = {
    ceiling: stage.upper,
    minimumMayPass: true,
    orderQty: stage.orderQty,
    pace: Dec.max(ZERO, takerCap(stage.nominalSlice, view.minimumValue).sub(window.sum)),
  };
  const plan = planTaker(view, stage.nominalSlice, bounds, { outlets: good });
  if (plan.kind === 'send') {
    return sendTakers(view, draft, plan.children, 'timed');
  }
  if (plan.fitsAt !== null) wakeForCeiling(draft, stage, plan.fitsAt);
  // what rests beside has the room and may fill it: only the role itself takes it away
  if (plan.kind === 'clear') draft.hold('CEILING');
  else {
    draft.hold(plan.reason);
    if (plan.reason === 'PACE' && window.frees !== null) draft.wakeAt(window.frees);
    else wakeAfterHold(view, draft, plan.reason);
  }
  return view;
}
