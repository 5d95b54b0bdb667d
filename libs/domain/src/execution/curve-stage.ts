import { Dec, type Decimal } from '../numeric/decimal.js';
import { approximateBand, band } from '../trajectory/band.js';
import { exactShare, type Curve } from '../trajectory/curve.js';
import { scaledTarget } from '../multi-order/exposure.js';
import { approximateTarget, targetAt } from '../trajectory/plan.js';
import { untiltedCurve } from '../trajectory/plan-curve.js';
import {
  currentSlice,
  evenSlice,
  nextSlice,
  sliceGrid,
  sliceStartMs,
  type SliceGrid,
} from '../trajectory/slice-grid.js';
import type { PlanShape } from '../trajectory/shape.js';
import { tilted, tiltedShare } from '../trajectory/tilt.js';
import type { PlanVersion } from './contract.js';
import type { Stage } from './stage.js';
import type { View } from './view.js';

/** F of a plan in force, with what it has reached before its tilt. */
export interface CurveInForce {
  readonly curve: Curve;
  readonly highestShare: number;
  /**
   * F where a slice began. A market that is watched live cannot be asked for the past: there it is F now, less what the
   * profile expects from then to now.
   */
  readonly sampled: (start: number) => number;
}

/** `kept` is the highest share that was stored of this plan version. */
export function curveInForce(view: View, plan: PlanVersion, tau: number, kept: number): CurveInForce {
  const { market, parent } = view;
  const u = Math.min(1, Math.max(plan.u0, tau / plan.durationMs));
  const volume = plan.shape.kind === 'volume' ? volumeSince(view, plan.shape) : null;
  const curve = untiltedCurve(plan, market.profile, { u, volume, highest: kept });
  if (curve === null) throw new RangeError(`Order ${parent.id}: a plan of shape ${plan.shape.kind} has no curve`);
  const alpha = parent.params.alphaTilt.toNumber();
  const followsVolume = plan.shape.kind === 'volume';
  const inTime = tilted(curve, alpha);
  return {
    curve: inTime,
    highestShare: followsVolume ? curve(u) : 0,
    sampled: followsVolume ? (start) => tiltedShare(sampledShare(view, plan, curve(u), start, u), alpha) : inTime,
  };
}

function sampledShare({ market }: View, plan: PlanVersion, now: number, start: number, u: number): number {
  if (start >= u) return now;
  const expected = untiltedCurve(plan, market.profile, null);
  if (expected === null || expected(u) <= 0) return now;
  return (now * expected(start)) / expected(u);
}

function volumeSince({ market }: View, shape: Extract<PlanShape, { kind: 'volume' }>): number | null {
  if (market.marketVolume === null || shape.volumeBefore === null) return null;
  return Math.max(0, market.marketVolume.toNumber() - shape.volumeBefore);
}

/** The stage of a plan that follows a curve; the band of a leg is drawn round its scaled target. */
export function stageByCurve(view: View, plan: PlanVersion, inForce: CurveInForce, tau: number): Stage {
  const { curve, highestShare, sampled } = inForce;
  const { parent, seed } = view;
  const orderQty = Dec.min(plan.orderQty, parent.orderQty);
  const { discretion } = parent.params;
  const u = Math.min(1, tau / plan.durationMs);
  const grid = sliceGrid(plan.durationMs, orderQty, view.minimumValue);
  const slice = currentSlice(grid, seed, tau);
  const start = sliceStartMs(grid, seed, slice) / plan.durationMs;
  const planned = targetAt(plan, curve, u);
  const { exposure, position } = view;
  const target = exposure === null ? planned : scaledTarget(planned, position.executed, exposure.scale);
  const { lower, upper } = band(orderQty, target, discretion, exactShare(u));
  return {
    plan,
    grid,
    tau,
    u,
    orderQty,
    target,
    lower,
    upper,
    nominalSlice: nominalSlice(plan, orderQty, grid, curve, start, view.minimumValue),
    sampledUpper: Dec.min(
      exposure === null ? orderQty : upper,
      targetAt(plan, sampled, start).add(discretion.mul(orderQty)),
    ),
    isSpent: exactShare(curve(plan.u0)).gte(1),
    highestShare,
    outlook: () => {
      const expected = approximateTarget(plan, curve);
      const [whole, d] = [orderQty.toNumber(), discretion.toNumber()];
      return { target: expected, width: whole * d, ...approximateBand(whole, expected, d) };
    },
    volumeUntil: null,
    sliceAfter: (share) => sliceStartMs(grid, seed, nextSlice(grid, seed, slice, share * grid.durationMs)),
  };
}

/**
 * S(u) = max(Q/n, Q * (F(u + Delta/D) - F(u))), at least m. The difference is rounded once, so that slices of
 * an even plan are the same size. F of a VWAP version covers what was
 * left at its beginning only.
 */
function nominalSlice(
  plan: PlanVersion,
  orderQty: Decimal,
  grid: SliceGrid,
  curve: Curve,
  u: number,
  minimum: Decimal,
): Decimal {
  const step = exactShare(curve(u + grid.intervalMs / grid.durationMs) - curve(u));
  const covered = plan.shape.kind === 'volume' ? orderQty.sub(plan.x0) : orderQty;
  return Dec.max(evenSlice(orderQty, grid), covered.mul(step), minimum);
}
