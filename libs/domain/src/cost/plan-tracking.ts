import type { Interval, PlanVersion } from '../execution/contract.js';
import { minimumChild } from '../execution/minimum-child.js';
import { sampleSecond } from '../market-data/market-samples.js';
import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import { addMs, type EpochMs } from '../time/clock.js';
import { activeMs, coveredMs } from '../trajectory/active-time.js';
import { band, participationBand } from '../trajectory/band.js';
import { exactShare } from '../trajectory/curve.js';
import { participationTarget } from '../trajectory/participation.js';
import { targetAt } from '../trajectory/plan.js';
import { untiltedCurve } from '../trajectory/plan-curve.js';
import { pointAt } from '../trajectory/planned-path.js';
import { tilted } from '../trajectory/tilt.js';
import type { CostedOrder, SamplesOf } from './costed-order.js';
import type { TrackingPoint } from './tracking-error.js';
import type { ExecutedFill, WholeFills } from './whole-fills.js';

/** Instants of an order's active time, each with the time it stands for. */
export interface Grid {
  readonly at: readonly EpochMs[];
  /** Active ms until the next instant. */
  readonly dt: readonly number[];
}

/** A second each of what is shorter than ten minutes; longer orders are looked at this often. */
const MOST_INSTANTS = 600;

const grids = new WeakMap<object, Grid>();

/** Evenly over the active time, computed once per order. */
export function gridOf(order: {
  readonly activatedAt: EpochMs;
  readonly until: EpochMs;
  readonly inactive: readonly Interval[];
}): Grid {
  const made = grids.get(order);
  if (made !== undefined) return made;
  const { activatedAt, until, inactive } = order;
  const step = Math.max(1_000, Math.ceil((until - activatedAt) / MOST_INSTANTS / 1_000) * 1_000);
  const at: EpochMs[] = [];
  const dt: number[] = [];
  for (let from = activatedAt; from < until; from = addMs(from, step)) {
    const to = Math.min(until, from + step) as EpochMs;
    const length = to - from - coveredMs(from, to, inactive);
    if (length <= 0) continue;
    at.push(from);
    dt.push(length);
  }
  const grid = { at, dt };
  grids.set(order, grid);
  return grid;
}

export interface TrackedOrder extends CostedOrder {
  readonly traded: Traded;
}

/** What was traded by each instant of the grid, and what of it was ours. */
export interface Traded {
  /** Public base volume of the active time; null where it is not known. */
  readonly all: readonly (number | null)[];
  /** Executed, in the target token and in base. */
  readonly executed: readonly Decimal[];
  readonly executedBase: readonly Decimal[];
}

/**
 * X and T over the plan's time, FINISHER left out: by the curves that decided, under the version that was in force
 * at each instant, on the volume that was recorded. Null without a plan, or without the volume that it follows.
 */
export function trackedPoints(order: TrackedOrder, plans: readonly PlanVersion[]): TrackingPoint[] | null {
  const [first, ...later] = plans;
  if (first === undefined) return null;
  const { at, dt } = gridOf(order);
  const { traded } = order;
  const end = order.finisherFrom ?? order.until;
  const points: TrackingPoint[] = [];
  const reached = new Map<number, number>();
  for (const [index, instant] of at.entries()) {
    if (instant >= end) break;
    const plan = later.findLast((one) => one.createdAt <= instant) ?? first;
    const planned = targetOf(order, plan, { index, instant, at, traded, reached });
    if (planned === null) return null;
    points.push({ dt: new Dec(dt[index] ?? 0), executed: traded.executed[index] ?? ZERO, ...planned });
  }
  return points;
}

interface Moment {
  readonly index: number;
  readonly instant: EpochMs;
  readonly at: readonly EpochMs[];
  readonly traded: Traded;
  /** Highest share reached, by plan version. */
  readonly reached: Map<number, number>;
}

type Planned = Pick<TrackingPoint, 'target' | 'lower' | 'upper'>;

function targetOf(order: TrackedOrder, plan: PlanVersion, moment: Moment): Planned | null {
  const { shape } = plan;
  const { discretion, alphaTilt, profiles, activatedAt, inactive } = order;
  const orderQty = Dec.min(plan.orderQty, order.orderQty);
  const { instant, index, traded, reached } = moment;
  if (shape.kind === 'participation') {
    const all = traded.all[index] ?? null;
    const own = traded.executedBase[index] ?? ZERO;
    const executed = traded.executed[index] ?? ZERO;
    if (all === null) return null;
    const others = Dec.max(ZERO, new Dec(all).sub(own));
    const since = Dec.max(ZERO, others.sub(shape.volumeBefore));
    const rate = new Dec(shape.rate);
    const base = participationTarget(new Dec(Infinity), rate, since).add(shape.baseBefore);
    const price = order.sizing === 'base' || own.isZero() ? null : executed.div(own);
    const target = Dec.min(orderQty, Dec.max(plan.x0, price === null ? base : base.mul(price)));
    return { target, ...participationBand(orderQty, target, discretion, leastMinimum(order)) };
  }
  if (shape.kind !== 'volume') {
    const input = { ...order, plans: [plan] as const };
    const { target, lower, upper } = pointAt(input, instant, order.until);
    return { target, lower, upper };
  }
  const u = Math.min(1, Math.max(plan.u0, activeMs(activatedAt, instant, inactive) / plan.durationMs));
  const from = moment.at.findIndex((one) => one >= shape.from);
  const [before, now] = [traded.all[Math.max(0, from)] ?? null, traded.all[index] ?? null];
  const volume = before === null || now === null ? null : Math.max(0, now - before);
  const profile = profiles.get(shape.profileId) ?? null;
  const curve = untiltedCurve(plan, profile, { u, volume, highest: reached.get(plan.version) ?? 0 });
  if (curve === null) return null;
  reached.set(plan.version, curve(u));
  const target = targetAt(plan, tilted(curve, alphaTilt.toNumber()), u);
  return { target, ...band(orderQty, target, discretion, exactShare(u)) };
}

/** m of algorithms.md 1 in the target token, the least of its venues, at the price the order began at. */
function leastMinimum({ rules, sizing, start, arrival }: CostedOrder): Decimal {
  const price = start ?? arrival;
  if (sizing === 'quote' && price === null) return ZERO;
  const values = rules.map((rule): Decimal => minimumChild(rule, price).mul(sizing === 'base' ? 1 : (price ?? 1)));
  return (
    values.reduce<Decimal | null>((least, value) => (least === null ? value : Dec.min(least, value)), null) ?? ZERO
  );
}

/** Counts are known with samples at the beginning of each stretch; one that is missing takes the one before. */
export function tradedBy(
  order: CostedOrder,
  fills: WholeFills<ExecutedFill & { readonly at: EpochMs }>,
  samples: SamplesOf,
): Traded {
  const { at, dt } = gridOf(order);
  const inOrder = fills.all.toSorted((a, b) => a.fill.at - b.fill.at);
  let [next, quote, base] = [0, 0n, 0n];
  const executed: Decimal[] = [];
  const executedBase: Decimal[] = [];
  const all: (number | null)[] = [];
  let sum: number | null = null;
  let last = null as { readonly end: number; readonly count: number } | null;
  for (const [index, instant] of at.entries()) {
    for (let one = inOrder[next]; one !== undefined && one.fill.at <= instant; one = inOrder[next]) {
      quote += one.notional;
      base += one.qty;
      next += 1;
    }
    executedBase.push(fills.toBase(base));
    executed.push(order.sizing === 'base' ? fills.toBase(base) : fills.toQuote(quote));
    const count: number | null = publicCount(order, samples, instant) ?? last?.count ?? null;
    if (count !== null) {
      sum = (sum ?? 0) + (last !== null && last.end === instant ? Math.max(0, count - last.count) : 0);
      last = { end: instant + (dt[index] ?? 0), count };
    }
    all.push(sum);
  }
  return { all, executed, executedBase };
}

/** Over all instruments; null where one of them is not known. */
function publicCount({ instruments }: CostedOrder, samples: SamplesOf, instant: EpochMs): number | null {
  let sum = 0;
  for (const instrument of instruments) {
    const count = samples.get(instrument)?.get(sampleSecond(instant))?.cumBase ?? null;
    if (count === null) return null;
    sum += count.toNumber();
  }
  return sum;
}
