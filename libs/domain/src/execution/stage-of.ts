import type { Decimal } from '../numeric/decimal.js';
import { targetAt } from '../trajectory/plan.js';
import type { PlanVersion } from './contract.js';
import { curveInForce, stageByCurve } from './curve-stage.js';
import type { Stage } from './stage.js';
import type { View } from './view.js';
import { stageByVolume, volumeTarget } from './volume-stage.js';

/** Computes the stage of `plan` at the active time `tau`. */
export function stageOf(view: View, plan: PlanVersion, tau: number): Stage {
  const { shape } = plan;
  return shape.kind === 'participation'
    ? stageByVolume(view, plan, shape, keptShare(view, plan), tau)
    : stageByCurve(view, plan, curveInForce(view, plan, tau, keptShare(view, plan)), tau);
}

/** T at `tau` under `plan`. */
export function targetOf(view: View, plan: PlanVersion, tau: number): Decimal {
  const { shape } = plan;
  if (shape.kind === 'participation') return volumeTarget(view, plan, shape, keptShare(view, plan)).target;
  return targetAt(plan, curveInForce(view, plan, tau, keptShare(view, plan)).curve, Math.min(1, tau / plan.durationMs));
}

/** What was kept belongs to the newest version that is stored. */
function keptShare({ parent }: View, plan: PlanVersion): number {
  return parent.plans.at(-1)?.version === plan.version ? parent.highestShare : 0;
}
