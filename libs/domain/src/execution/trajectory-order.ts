import { ZERO } from '../numeric/decimal.js';
import { cancelOnDeadBooks } from './blockage.js';
import { catchUp } from './catch-up.js';
import { cancelAboveCeiling, cancelBeyondLimit } from './ceiling.js';
import type { AccountMarket, Interval } from './contract.js';
import type { Draft } from './draft.js';
import { cancelAboveExposure, waitsForSpread, wakeForExposure } from './exposure-room.js';
import { finisherIsOver, finisherOf, workFinisher } from './finisher.js';
import { finisherLengthMs } from './finisher-length.js';
import { followLimit, totalOut, wakeForLimit, type LimitState } from './limit-watch.js';
import { inactiveIntervals, keepShare, planInForce, progressMs, respread } from './plan-flow.js';
import { rests } from './position.js';
import { keepResting, type WaitsForRoom } from './resting.js';
import { roleOf } from './role-choice.js';
import { stageOf } from './stage-of.js';
import type { Stage } from './stage.js';
import { takeWhenFavourable } from './timed-taker.js';
import { budgetOf, remainderOf, withShut, type View } from './view.js';
import { cancelAboveVolumeCap, isHeldByVolumeCap, wakeForVolumeCap } from './volume-cap.js';
import { wakeForBand, wakeForHeartbeat, wakeForRoom, wakeForSlice, wakeForTarget } from './wake-up.js';
import { watchPrices } from './watch.js';

/** A clip that may wait for its moment is looked at again after this share of an interval. */
const LOOK_AGAIN = 0.25;

/** Works an order that follows a trajectory through its plan, its end and FINISHER. */
export function workTrajectory(view: View, draft: Draft): void {
  const { parent, now } = view;
  const limit = followLimit(view, draft);
  const inactive = inactiveIntervals(view, limit);
  const plan = planInForce(view, draft, inactive);
  const tau = progressMs(view, plan, inactive);
  const stage = stageOf(view, plan, tau);
  keepShare(view, draft, stage);
  if (plan.shape.kind === 'participation' && view.market.othersVolume !== null)
    draft.annotate({ kind: 'estimate', durationMs: stage.grid.durationMs });
  wakeForLimit(view, draft, limit);

  if (limit.out && parent.params.oolPause) {
    if (totalOut(parent.activatedAt, now, limit) >= parent.settings.maxOutOfLimitMs)
      return draft.complete('out_of_limit');
    for (const { child } of view.position.open) draft.cancel(child, 'limit', 'necessary');
    draft.hold('OUT_OF_LIMIT');
    // What ends the wait of a leg lies in two markets: it is looked for.
    if (view.exposure !== null) draft.wakeIn(parent.settings.retryMs);
    return watchPrices(view, draft, limit);
  }
  const isOver = tau >= plan.durationMs || (stage.isSpent && !parent.params.strictDuration);
  if (parent.finisherFrom !== null || isOver) endOfPlan(view, draft, stage, limit, inactive);
  else followPlan(view, draft, stage, limit, inactive);
  if (draft.hasEnded) return;
  wakeForExposure(view, draft);
  wakeForVolumeCap(view, draft);
  watchPrices(view, draft, limit);
}

/** Before D: cap, limit and the strict guard first, then catch-up, then the resting clip. */
function followPlan(whole: View, draft: Draft, before: Stage, limit: LimitState, inactive: readonly Interval[]): void {
  const { parent } = whole;
  const toEnd = before.plan.durationMs - before.tau;
  draft.wakeIn(toEnd);
  cancelBeyondLimit(whole, draft);
  cancelAboveExposure(whole, draft);
  cancelAboveVolumeCap(whole, draft);
  cancelOnDeadBooks(whole, draft);
  const view = parent.params.strictDuration ? guardEnd(whole, draft, toEnd) : whole;
  if (waitsForSpread(view, draft, limit)) return;
  if (view.blocked !== null) return cancelAboveCeiling(view, draft, before);
  const stage = respread(view, draft, before, inactive);
  cancelAboveCeiling(view, draft, stage);
  wakeForHeartbeat(view, draft, stage);
  if (stage.plan.shape.kind === 'participation' && view.market.othersVolume === null) {
    draft.hold('NO_VOLUME');
    return draft.wakeIn(parent.settings.retryMs);
  }
  if (limit.out) draft.hold('OUT_OF_LIMIT');
  const behind = view.position.executed.lt(stage.lower);
  const mayTake = !limit.out && !parent.params.passiveOnly && budgetOf(view.account) !== 'none';
  if (behind && parent.params.passiveOnly) draft.hold('PASSIVE_ONLY');
  if (behind && mayTake && catchUp(view, draft, stage)) return;
  const role = mayTake ? roleOf(view, draft) : 'passive';
  const taken = mayTake && !behind ? takeWhenFavourable(view, draft, stage, role) : view;
  const waiting = role === 'passive' ? rest(taken, draft, stage) : clearForTakers(view, draft, stage);
  if (mayTake && !behind && !(view.exposure?.scale.lt(1) ?? false)) wakeForBand(view, draft, stage);
  if (waiting !== null) wakeForRoom(waiting.view, draft, stage, waiting.freed);
}

/**
 * Shortly before a strict end: what is open on an account is cancelled as long before as its venue may take for that, and
 * nothing is placed there any more (algorithms.md 4.8).
 */
function guardEnd(view: View, draft: Draft, toEnd: number): View {
  const { minEndGuardMs } = view.parent.settings;
  const guardOf = (account: AccountMarket | undefined): number => Math.max(minEndGuardMs, account?.cancelP99Ms ?? 0);
  const isOver = (account: AccountMarket | undefined): boolean => toEnd <= guardOf(account);
  for (const { child } of view.position.open)
    if (isOver(view.accounts.get(child.accountId))) draft.cancel(child, 'plan_end', 'necessary');
  for (const { account } of view.outlets) {
    if (isOver(account)) draft.hold('PLAN_END');
    else draft.wakeSharp(Math.floor(view.now + toEnd - guardOf(account)));
  }
  return withShut(view, 'PLAN_END', isOver);
}

function rest(view: View, draft: Draft, stage: Stage): WaitsForRoom | null {
  const { params, settings } = view.parent;
  const { activeLimit } = params;
  // what is due is worth a fill that comes badly: it saves the fee of a taker; what is not can choose
  const isDue = view.position.executed.lt(stage.target);
  const lookAgainMs = Math.max(settings.retryMs, stage.grid.intervalMs * LOOK_AGAIN);
  return keepResting(view, draft, {
    purpose: 'clip',
    urgency: 'normal',
    atMid: activeLimit,
    fast: activeLimit,
    fearsThinning: view.position.executed.gt(stage.lower),
    choosesEntry: isDue
      ? null
      : () => {
          wakeForTarget(view, draft, stage);
          draft.wakeIn(Math.ceil(lookAgainMs * view.loadFactor));
        },
    bounds: (at, leaving) => clipBounds(at, stage, leaving?.sequence ?? null),
  });
}

/** In the role of a timed taker nothing rests. */
function clearForTakers(view: View, draft: Draft, stage: Stage): null {
  for (const { child } of view.position.open) if (rests(child)) draft.cancel(child, 'role', 'normal');
  wakeForSlice(draft, stage);
  return null;
}

/** Room of a clip under the edge sampled at the slice's beginning; see `Stage.sampledUpper`. */
function clipBounds(view: View, stage: Stage, leaving: number | null) {
  const { executed, open, working } = view.position;
  if (executed.gte(stage.upper)) return 'BAND' as const;
  const freed = open.find(({ child }) => child.sequence === leaving)?.value ?? ZERO;
  const taken = executed.add(working).sub(freed);
  const rest = stage.orderQty.sub(taken);
  if (rest.lt(view.minimumValue)) return 'BELOW_MINIMUM' as const;
  const room = stage.sampledUpper.sub(taken);
  if (room.gte(view.minimumValue)) return { nominalSlice: stage.nominalSlice, room, rest, minimumOnly: false };
  const alone = working.eq(freed);
  const single = alone && stage.upper.sub(taken).lt(view.minimumValue) && stage.target.gt(taken);
  return single ? { nominalSlice: stage.nominalSlice, room, rest, minimumOnly: true } : ('CEILING' as const);
}

/** At and after D: a strict order ends, any other enters FINISHER for what is worth a child. */
function endOfPlan(view: View, draft: Draft, stage: Stage, limit: LimitState, inactive: readonly Interval[]): void {
  const { params } = view.parent;
  const { durationMs } = stage.plan;
  if (stage.plan.shape.kind === 'participation') return draft.complete('pov_expired');
  if (params.strictDuration) return draft.complete('strict_end');
  const late = stage.tau - durationMs;
  if (view.parent.finisherFrom === null && remainderOf(view).lt(view.minimumValue)) {
    if (late >= finisherLengthMs(durationMs)) return draft.complete('dust');
    for (const { child } of view.position.open) draft.cancel(child, 'plan_end', 'taker');
    draft.hold('PLAN_END');
    return draft.wakeIn(finisherLengthMs(durationMs) - late);
  }
  const finisher = finisherOf(view, draft, late);
  if (finisherIsOver(view, durationMs, finisher, inactive, !params.passiveOnly && !limit.out)) {
    if (isHeldByVolumeCap(view)) return draft.complete('pov_limited');
    if (params.passiveOnly) return draft.complete('passive_only');
    return draft.complete(limit.out ? 'out_of_limit' : 'finisher_end');
  }
  cancelBeyondLimit(view, draft);
  cancelAboveExposure(view, draft);
  cancelAboveVolumeCap(view, draft);
  cancelOnDeadBooks(view, draft);
  if (waitsForSpread(view, draft, limit)) return;
  // Time runs out meanwhile, and not every recovery is told as an event.
  if (view.blocked !== null) return draft.wakeIn(view.parent.settings.retryMs);
  workFinisher(view, draft, stage, finisher, inactive, limit.out);
}
