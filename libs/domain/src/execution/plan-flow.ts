import { activeMs } from '../trajectory/active-time.js';
import type { Curve } from '../trajectory/curve.js';
import { firstPlan, rebase, targetAt } from '../trajectory/plan.js';
import type { EpochMs } from '../time/clock.js';
import { lastSeenAt } from './blockage.js';
import type { Interval, PlanVersion } from './contract.js';
import type { Draft } from './draft.js';
import type { LimitState } from './limit-watch.js';
import { stageOf, type Stage } from './stage.js';
import type { View } from './view.js';

/** The intervals in which active time stands still: pauses, and out-of-limit times under `ool_pause`. */
export function inactiveIntervals(view: View, limit: LimitState): readonly Interval[] {
  const { paused, params } = view.parent;
  return params.oolPause && limit.intervals.length > 0 ? [...paused, ...limit.intervals] : paused;
}

/** tau of algorithms.md 1. */
export function activeTime(view: View, inactive: readonly Interval[], at: EpochMs = view.now): number {
  return activeMs(view.parent.activatedAt, at, inactive);
}

/**
 * The plan in force: the first decision makes version 1; the end of a pause, or of an out-of-limit time
 * that stopped the clock, rebases at the target of that moment, so that nothing is caught up (2.7).
 */
export function planInForce(view: View, draft: Draft, curve: Curve, inactive: readonly Interval[]): PlanVersion {
  const { parent, now } = view;
  const known = parent.plans.at(-1);
  if (known === undefined) {
    if (parent.params.durationMs === null)
      throw new RangeError(`Order ${parent.id}: ${parent.algorithm} needs a duration, had none`);
    const plan = firstPlan(parent.orderQty, parent.params.durationMs, now);
    draft.annotate({ kind: 'plan', plan });
    return plan;
  }
  const ended = inactive.filter(({ to }) => to !== null && to <= now && to > known.createdAt);
  if (ended.length === 0) return known;
  const last = ended.reduce((a, b) => ((b.to ?? 0) > (a.to ?? 0) ? b : a));
  const u0 = activeTime(view, inactive, last.to ?? now) / known.durationMs;
  const plan = rebase(known, {
    u0,
    x0: targetAt(known, curve, u0),
    reason: parent.paused.includes(last) ? 'resumed' : 'out_of_limit',
    at: now,
  });
  draft.annotate({ kind: 'plan', plan });
  return plan;
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
  const plan = rebase(stage.plan, { u0: stage.u, x0: position.executed, reason: 'outage', at: now });
  draft.annotate({ kind: 'plan', plan });
  draft.annotate({ kind: 'respread', deficit: stage.target.sub(position.executed) });
  return stageOf(view, plan, stage.curve, stage.tau);
}
