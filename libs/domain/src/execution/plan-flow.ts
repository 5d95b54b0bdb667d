import { activeMs } from '../trajectory/active-time.js';
import { firstPlan, rebase, type PlanChange } from '../trajectory/plan.js';
import { Dec, ZERO } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import { lastSeenAt } from './blockage.js';
import type { Interval, PlanVersion } from './contract.js';
import type { Draft } from './draft.js';
import type { LimitState } from './limit-watch.js';
import { isShapeStale, orderedDurationMs, shapeFor } from './plan-shape.js';
import { stageOf, targetOf } from './stage-of.js';
import type { Stage } from './stage.js';
import type { View } from './view.js';

/** The intervals in which active time stands still: pauses, and out-of-limit times under `ool_pause`. */
export function inactiveIntervals(view: View, limit: LimitState): readonly Interval[] {
  const { paused, params } = view.parent;
  return params.oolPause && limit.intervals.length > 0 ? [...paused, ...limit.intervals] : paused;
}

/** tau of algorithms.md 1; of a Target Time order wall time in its window, negative before it begins. */
export function progressMs(
  view: View,
  { shape }: PlanVersion,
  inactive: readonly Interval[],
  at: EpochMs = view.now,
): number {
  return shape.kind === 'target_time' ? at - shape.from : activeMs(view.parent.activatedAt, at, inactive);
}

/**
 * The plan in force (algorithms.md 2.7): the first decision makes version 1; the end of a pause, or of an out-of-limit
 * time that stopped the clock, rebases at the target of that moment, so that nothing is caught up; so does a change of
 * quantity, duration, window or rate.
 */
export function planInForce(view: View, draft: Draft, inactive: readonly Interval[]): PlanVersion {
  const known = view.parent.plans.at(-1);
  if (known === undefined) return begin(view, draft);
  // without others' volume nobody knows where a POV order stood: its old version, which is stuck as well, goes on
  if (known.shape.kind === 'participation' && view.market.othersVolume === null) return known;
  return afterAmendment(view, draft, afterGap(view, draft, known, inactive), inactive);
}

function begin(view: View, draft: Draft): PlanVersion {
  const { parent, now } = view;
  const durationMs = orderedDurationMs(view);
  const { orderQty, activatedAt } = parent;
  const shape = shapeFor(view, draft, { orderQty, durationMs, from: activatedAt, x0: ZERO, kept: null });
  const plan = firstPlan(orderQty, durationMs, now, shape);
  // a window that began before the order did is rebased at once
  const late = shape.kind === 'target_time' ? Math.max(0, activatedAt - shape.from) : 0;
  const begun = late === 0 ? plan : { ...plan, u0: Math.min(1, late / durationMs) };
  draft.annotate({ kind: 'plan', plan: begun });
  return begun;
}

function afterGap(view: View, draft: Draft, known: PlanVersion, inactive: readonly Interval[]): PlanVersion {
  const { parent, now } = view;
  const ended = inactive.filter(({ to }) => to !== null && to <= now && to > known.createdAt);
  if (ended.length === 0) return known;
  const last = ended.reduce((a, b) => ((b.to ?? 0) > (a.to ?? 0) ? b : a));
  const to = last.to ?? now;
  const tau = progressMs(view, known, inactive, to);
  // wall time went on: the target is that of the moment at which the order stood still
  const stood = known.shape.kind === 'target_time' ? progressMs(view, known, inactive, last.from) : tau;
  return next(view, draft, known, {
    u0: tau / known.durationMs,
    x0: targetOf(view, known, stood),
    reason: parent.paused.includes(last) ? 'resumed' : 'out_of_limit',
    from: to,
  });
}

function afterAmendment(view: View, draft: Draft, known: PlanVersion, inactive: readonly Interval[]): PlanVersion {
  const { parent, position, now } = view;
  const durationMs = orderedDurationMs(view);
  const { orderQty } = parent;
  const isStale = isShapeStale(view, known, durationMs);
  if (!isStale && known.durationMs === durationMs && known.orderQty.eq(orderQty)) return known;
  const progress = progressMs(view, known, inactive);
  // a plan that was over is worked by FINISHER, which amended time may just have ended: its deficit is spread, not sent
  const isSpent = !parent.params.strictDuration && stageOf(view, known, progress).isSpent;
  const isOver = parent.finisherFrom !== null || progress >= known.durationMs || isSpent;
  const x0 = isOver ? position.executed : Dec.min(targetOf(view, known, progress), orderQty);
  const shape = shapeFor(view, draft, { orderQty, durationMs, from: now, x0, kept: null });
  const tau = progressMs(view, { ...known, shape }, inactive);
  return next(view, draft, known, {
    u0: tau / durationMs,
    x0,
    reason: 'amended',
    from: now,
    orderQty,
    durationMs,
    shape,
  });
}

/** A new version from `from` on, annotated. */
function next(
  view: View,
  draft: Draft,
  known: PlanVersion,
  { from, ...change }: Omit<PlanChange, 'at'> & { readonly from: EpochMs },
): PlanVersion {
  const { orderQty = known.orderQty, durationMs = known.durationMs, x0 } = change;
  const shape = change.shape ?? shapeFor(view, draft, { orderQty, durationMs, from, x0, kept: known.shape });
  const plan = rebase(known, { ...change, shape, at: view.now });
  draft.annotate({ kind: 'plan', plan });
  return plan;
}

/** Asks for the highest share to be kept that the plan in force has reached; a new version begins at its own. */
export function keepShare(view: View, draft: Draft, { highestShare }: Stage): void {
  if (highestShare !== view.parent.highestShare) draft.annotate({ kind: 'share', highest: highestShare });
}

/**
 * After an outage an order that fell below its band follows the rest of the curve from where it is: the
 * missed part is spread, never sent at once (algorithms.md 6). Returns the stage to go on with.
 */
export function respread(view: View, draft: Draft, stage: Stage, inactive: readonly Interval[]): Stage {
  const { parent, position, now } = view;
  const from = Math.min(lastSeenAt(view), parent.blockedSince ?? now) as EpochMs;
  const gap = activeMs(from, now, inactive);
  if (gap <= Math.max(2 * stage.grid.intervalMs, parent.settings.minOutageMs)) return stage;
  if (position.executed.gte(stage.lower)) return stage;
  const plan = next(view, draft, stage.plan, { u0: stage.u, x0: position.executed, reason: 'outage', from: now });
  draft.annotate({ kind: 'respread', deficit: stage.target.sub(position.executed) });
  const after = stageOf(view, plan, stage.tau);
  draft.annotate({ kind: 'share', highest: after.highestShare });
  return after;
}
