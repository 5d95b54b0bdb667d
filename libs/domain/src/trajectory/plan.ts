import type { PlanVersion } from '../execution/contract.js';
import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import { exactShare, type Curve } from './curve.js';
import { EVEN, type PlanShape } from './shape.js';

const ONE = new Dec(1);
/** Scale of `numeric(38,18)`: a plan must read back as it was decided. */
const STORED_PLACES = 18;

/**
 * T = X0 + (Q - X0) * (F(u) - F(u0)) / (1 - F(u0)), from u0 on (algorithms.md 2.7). Before u0 it stays at
 * X0; once F(u0) is 1 the whole order is due.
 */
export function rebasedTarget(orderQty: Decimal, x0: Decimal, shareAtRebase: Decimal, shareNow: Decimal): Decimal {
  if (shareAtRebase.gte(ONE)) return orderQty;
  const progress = shareNow.lte(shareAtRebase) ? ZERO : shareNow.sub(shareAtRebase);
  const due = orderQty.sub(x0).mul(progress);
  return x0.add(shareAtRebase.isZero() ? due : due.div(ONE.sub(shareAtRebase)));
}

/** T at the share u of the active time, exact. */
export function targetAt(plan: PlanVersion, curve: Curve, u: number): Decimal {
  return rebasedTarget(plan.orderQty, plan.x0, exactShare(curve(plan.u0)), exactShare(curve(u)));
}

/** The same target in floating point: good for finding instants, never for sizes. */
export function approximateTarget(plan: PlanVersion, curve: Curve): (u: number) => number {
  const [orderQty, x0, start] = [plan.orderQty.toNumber(), plan.x0.toNumber(), curve(plan.u0)];
  if (start >= 1) return () => orderQty;
  return (u) => x0 + ((orderQty - x0) * Math.max(0, curve(u) - start)) / (1 - start);
}

/** The first plan of an order: the whole quantity over the whole duration. */
export function firstPlan(orderQty: Decimal, durationMs: number, at: EpochMs, shape: PlanShape = EVEN): PlanVersion {
  return {
    version: 1,
    u0: 0,
    x0: ZERO,
    orderQty,
    durationMs,
    shape,
    reason: 'activated',
    createdAt: at,
  };
}

/** What a new version of a plan changes; the rest stays. */
export interface PlanChange {
  readonly u0: number;
  readonly x0: Decimal;
  readonly reason: PlanVersion['reason'];
  readonly at: EpochMs;
  readonly orderQty?: Decimal;
  readonly durationMs?: number;
  readonly shape?: PlanShape;
}

/** The next version of a plan: from u0 on, what is left after `x0` follows the remaining curve. */
export function rebase(plan: PlanVersion, { at, ...change }: PlanChange): PlanVersion {
  return {
    ...plan,
    ...change,
    version: plan.version + 1,
    u0: Math.min(1, Math.max(0, change.u0)),
    x0: change.x0.toDecimalPlaces(STORED_PLACES, Dec.ROUND_HALF_EVEN),
    createdAt: at,
  };
}
