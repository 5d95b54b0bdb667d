import type { Fill, FullOrder, Placement, Trajectory } from '../api/types.js';
import { Dec, readDecimal, type DecimalValue } from '../format/decimal.js';
import { readTime } from '../format/time.js';

const ZERO = new Dec(0);

/** Maker share of the notional that was traded, in [0,1] (algorithms.md 9); null before the first fill. */
export function makerRatio(fills: readonly Fill[]): DecimalValue | null {
  const sum = (of: readonly Fill[]): DecimalValue =>
    of.reduce((total, fill) => total.add(readDecimal(fill.notional) ?? 0), ZERO);
  const all = sum(fills);
  return all.isZero() ? null : sum(fills.filter((fill) => fill.role === 'MAKE')).div(all);
}

/** Average price times quantity: exact but for the last of 18 decimals of the average. */
export function executedNotional(order: FullOrder): DecimalValue {
  return (readDecimal(order.average_executed_price) ?? ZERO).mul(readDecimal(order.executed_buy_qty) ?? ZERO);
}

/** What is at the venue now and not filled, in base. */
export function liveQty(placements: readonly Placement[]): DecimalValue {
  return placements
    .filter((child) => child.closed_at === null)
    .reduce((total, child) => total.add(readDecimal(child.qty) ?? 0).sub(readDecimal(child.executed_qty) ?? 0), ZERO);
}

/** Plan and band at one instant, in the target token. */
export interface PlanAt {
  readonly target: DecimalValue;
  readonly lower: DecimalValue;
  readonly upper: DecimalValue;
}

/** Between two points of the plan in a straight line; before the first nothing, after the last the last. */
export function planAt(plan: Trajectory | null, at: number): PlanAt | null {
  const points = plan?.points ?? [];
  const next = points.findIndex((point) => (readTime(point.at) ?? 0) >= at);
  const after = points.at(next === -1 ? points.length - 1 : next);
  if (after === undefined) return null;
  const before = next > 0 ? points[next - 1] : undefined;
  const afterAt = readTime(after.at) ?? 0;
  if (before === undefined) {
    if (next === 0 && at < afterAt) return { target: ZERO, lower: ZERO, upper: ZERO };
    return { target: new Dec(after.target), lower: new Dec(after.lower), upper: new Dec(after.upper) };
  }
  const beforeAt = readTime(before.at) ?? 0;
  const share = afterAt === beforeAt ? new Dec(1) : new Dec(at - beforeAt).div(afterAt - beforeAt);
  const between = (from: string, to: string): DecimalValue => new Dec(to).sub(from).mul(share).add(from);
  return {
    target: between(before.target, after.target),
    lower: between(before.lower, after.lower),
    upper: between(before.upper, after.upper),
  };
}

/** How far execution is ahead of the plan, in the target token; behind is negative; null without a plan or after the end. */
export function aheadOfPlan(order: FullOrder, plan: Trajectory | null, now: number): DecimalValue | null {
  if (!order.active) return null;
  const planned = planAt(plan, now);
  return planned === null ? null : new Dec(order.target_executed_qty).sub(planned.target);
}

/** When the order stopped working: its last change of status, as its messages tell; null while it works. */
export function endedAt(order: FullOrder): number | null {
  if (order.active) return null;
  const end = [...order.messages]
    .filter((message) => message.type === 'order_completed' || message.type === 'order_canceled')
    .map((message) => readTime(message.timestamp))
    .find((at) => at !== null);
  return end ?? readTime(order.updated_at);
}
