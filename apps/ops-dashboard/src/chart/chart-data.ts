import type { Fill, FullOrder, Placement, Trajectory } from '../api/types.js';
import { Dec, toPixels, type DecimalValue } from '../format/decimal.js';
import { readTime } from '../format/time.js';
import { planAt, type PlanAt } from '../order/order-figures.js';

/** One fill, with what was executed up to and with it, in the target token. */
export interface ChartFill {
  readonly at: number;
  readonly isMaker: boolean;
  readonly price: string;
  readonly qty: string;
  readonly cumulative: DecimalValue;
}

/** A child order that rested at the venue: from when to when, at which price. */
export interface RestingChild {
  readonly from: number;
  readonly to: number;
  readonly price: string;
  readonly hasFills: boolean;
}

type Column = (number | null)[];

/** Everything that the two charts of an order draw. Times in ms, columns in pixels' numbers, seconds first. */
export interface OrderChart {
  /** What the x axis shows unless somebody zooms. */
  readonly from: number;
  readonly to: number;
  /** Where the marker of the current time stands; null once the order has ended. */
  readonly now: number | null;
  /** x in seconds; target, lower, upper, executed. */
  readonly path: readonly [xs: number[], target: Column, lower: Column, upper: Column, executed: Column];
  /** x in seconds; cumulative at maker fills, at taker fills; price of maker fills, of taker fills. */
  readonly marks: readonly [xs: number[], makerQty: Column, takerQty: Column, makerPx: Column, takerPx: Column];
  readonly fills: readonly ChartFill[];
  readonly resting: readonly RestingChild[];
  readonly finisherFrom: number | null;
}

/** Never less than this on the x axis, in ms: an order that fills at once still has a picture. */
const SHORTEST_MS = 10_000;

/** @param end when the order stopped working; null while it works */
export function chartOf(order: FullOrder, plan: Trajectory | null, now: number, end: number | null): OrderChart {
  const fills = cumulate(order);
  const startAt = readTime(plan?.time_start) ?? readTime(order.time_start) ?? readTime(order.created_at) ?? now;
  const planEnd = readTime(plan?.time_end) ?? readTime(order.time_end) ?? startAt;
  const until = Math.max(startAt, end ?? now);
  const lastFill = fills.at(-1)?.at ?? startAt;
  const to = Math.max(planEnd, until, lastFill, startAt + SHORTEST_MS);
  const margin = (to - startAt) * 0.015;
  return {
    from: startAt - margin,
    to: to + margin,
    now: end === null ? now : null,
    path: pathColumns(plan, fills, startAt, Math.max(until, lastFill)),
    marks: markColumns(fills),
    fills,
    resting: restingOf(order.placements, now),
    finisherFrom: readTime(plan?.finisher_from),
  };
}

/** In the order of time, summed in the token that the order was sized in. */
function cumulate(order: FullOrder): ChartFill[] {
  const isBase = order.target_token === order.buy_token;
  let cumulative = new Dec(0);
  return [...order.fills].sort(byTime).map((fill) => {
    cumulative = cumulative.add(isBase ? fill.qty : fill.notional);
    return {
      at: readTime(fill.timestamp) ?? 0,
      isMaker: fill.role === 'MAKE',
      price: fill.price,
      qty: fill.qty,
      cumulative,
    };
  });
}

function byTime(a: Fill, b: Fill): number {
  return a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0;
}

/** One x for every point of the plan, every fill, and the end of what was executed. */
function pathColumns(
  plan: Trajectory | null,
  fills: readonly ChartFill[],
  startAt: number,
  until: number,
): OrderChart['path'] {
  const points = new Map((plan?.points ?? []).map((point) => [readTime(point.at) ?? 0, point] as const));
  const times = [...new Set([...points.keys(), ...fills.map((fill) => fill.at), startAt, until])].sort((a, b) => a - b);
  const planTimes = [...points.keys()].sort((a, b) => a - b);
  const firstPlanned = planTimes[0] ?? Infinity;
  const lastPlanned = planTimes.at(-1) ?? -Infinity;
  const columns: [number[], Column, Column, Column, Column] = [[], [], [], [], []];
  let filled = 0;
  let segment = 0;
  for (const at of times) {
    while (segment < planTimes.length - 2 && (planTimes[segment + 1] ?? Infinity) < at) segment += 1;
    const isPlanned = at >= firstPlanned && at <= lastPlanned;
    const planned = isPlanned ? between(points, planTimes[segment], planTimes[segment + 1], at) : null;
    while (filled < fills.length && (fills[filled]?.at ?? Infinity) <= at) filled += 1;
    const isExecuted = at >= startAt && at <= until;
    columns[0].push(at / 1000);
    columns[1].push(planned?.target ?? null);
    columns[2].push(planned?.lower ?? null);
    columns[3].push(planned?.upper ?? null);
    columns[4].push(isExecuted ? toPixels(fills[filled - 1]?.cumulative ?? new Dec(0)) : null);
  }
  return columns;
}

type PlanPoint = Trajectory['points'][number];

/** Pixels' accuracy is enough here; what the legend says comes from `valuesAt`. */
function between(
  points: ReadonlyMap<number, PlanPoint>,
  from: number | undefined,
  to: number | undefined,
  at: number,
): { target: number; lower: number; upper: number } | null {
  const a = points.get(from ?? Number.NaN);
  const b = points.get(to ?? Number.NaN) ?? a;
  if (a === undefined || b === undefined || from === undefined) return null;
  const share = to === undefined || to === from ? 0 : (at - from) / (to - from);
  const mix = (x: string, y: string): number => toPixels(x) + (toPixels(y) - toPixels(x)) * share;
  return { target: mix(a.target, b.target), lower: mix(a.lower, b.lower), upper: mix(a.upper, b.upper) };
}

function markColumns(fills: readonly ChartFill[]): OrderChart['marks'] {
  const column = (isMaker: boolean, read: (fill: ChartFill) => number): Column =>
    fills.map((fill) => (fill.isMaker === isMaker ? read(fill) : null));
  const qty = (fill: ChartFill): number => toPixels(fill.cumulative);
  const px = (fill: ChartFill): number => toPixels(fill.price);
  return [
    fills.map((fill) => fill.at / 1000),
    column(true, qty),
    column(false, qty),
    column(true, px),
    column(false, px),
  ];
}

/** Takers do not rest: their price is a bound, not an offer. */
function restingOf(placements: readonly Placement[], now: number): RestingChild[] {
  return placements
    .filter((child) => child.time_in_force !== 'IOC' && child.time_in_force !== 'FOK' && child.status !== 'denied')
    .map((child) => ({
      from: readTime(child.created_at) ?? now,
      to: readTime(child.closed_at) ?? now,
      price: child.price,
      hasFills: child.fills.length > 0,
    }));
}

/** What the legend says for one instant: exact, not read off pixels. */
export interface ChartValues {
  readonly at: number;
  readonly plan: PlanAt | null;
  /** In the target token; null before the start and in the future. */
  readonly executed: DecimalValue | null;
  /** The last fill up to then. */
  readonly fill: ChartFill | null;
}

export function valuesAt(chart: OrderChart, plan: Trajectory | null, at: number): ChartValues {
  const fill = chart.fills.findLast((candidate) => candidate.at <= at) ?? null;
  const isFuture = chart.now !== null && at > chart.now;
  const started = chart.path[0].find((_, i) => chart.path[4][i] !== null) ?? Infinity;
  const isBefore = at < started * 1000;
  return {
    at,
    plan: planAt(plan, at),
    executed: isFuture || isBefore ? null : (fill?.cumulative ?? new Dec(0)),
    fill: isFuture ? null : fill,
  };
}
