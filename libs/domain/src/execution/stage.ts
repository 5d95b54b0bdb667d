import { Dec, type Decimal } from '../numeric/decimal.js';
import { band } from '../trajectory/band.js';
import { exactShare, type Curve } from '../trajectory/curve.js';
import { scaledTarget } from '../multi-order/exposure.js';
import { targetAt } from '../trajectory/plan.js';
import { currentSlice, sliceGrid, sliceStartMs, type SliceGrid } from '../trajectory/slice-grid.js';
import type { PlanVersion } from './contract.js';
import type { View } from './view.js';

const QUOTIENT_PLACES = 30;

/** Where an order stands on its plan; every quantity in the target token. */
export interface Stage {
  readonly plan: PlanVersion;
  readonly curve: Curve;
  readonly grid: SliceGrid;
  /** Active time and its share of the duration, at most 1. */
  readonly tau: number;
  readonly u: number;
  readonly orderQty: Decimal;
  readonly target: Decimal;
  readonly lower: Decimal;
  readonly upper: Decimal;
  /** S of algorithms.md 4.1. */
  readonly nominalSlice: Decimal;
  readonly slice: number;
  /**
   * The upper edge where the running slice began. Passive clips fill up to it: the slice grid samples the
   * trajectory, so between two boundaries only an event makes room.
   */
  readonly sampledUpper: Decimal;
}

/** Computes the stage of `plan` at the active time `tau`; the band of a leg is drawn round its scaled target. */
export function stageOf(view: View, plan: PlanVersion, curve: Curve, tau: number): Stage {
  const { parent } = view;
  const orderQty = Dec.min(plan.orderQty, parent.orderQty);
  const { discretion } = parent.params;
  const u = Math.min(1, tau / plan.durationMs);
  const grid = sliceGrid(plan.durationMs, orderQty, view.minimumValue);
  const slice = currentSlice(grid, view.seed, tau);
  const start = sliceStartMs(grid, view.seed, slice) / plan.durationMs;
  const planned = targetAt(plan, curve, u);
  const { exposure, position } = view;
  const target = exposure === null ? planned : scaledTarget(planned, position.executed, exposure.scale);
  const { lower, upper } = band(orderQty, target, discretion, exactShare(u));
  return {
    plan,
    curve,
    grid,
    tau,
    u,
    orderQty,
    target,
    lower,
    upper,
    nominalSlice: nominalSlice(orderQty, grid, curve, start, view.minimumValue),
    slice,
    sampledUpper: Dec.min(
      exposure === null ? orderQty : upper,
      targetAt(plan, curve, start).add(discretion.mul(orderQty)),
    ),
  };
}

/**
 * S(u) = max(Q/n, Q * (F(u + Delta/D) - F(u))), at least m. The difference is rounded once, so that slices of
 * an even plan are the same size; Q/n is rounded up, so that 3S does not lose a lot at an exact boundary.
 */
function nominalSlice(orderQty: Decimal, grid: SliceGrid, curve: Curve, u: number, minimum: Decimal): Decimal {
  const step = exactShare(curve(u + grid.intervalMs / grid.durationMs) - curve(u));
  const even = orderQty.div(grid.count).toDecimalPlaces(QUOTIENT_PLACES, Dec.ROUND_UP);
  return Dec.max(even, orderQty.mul(step), minimum);
}
