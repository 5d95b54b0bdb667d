import type { Interval, PlanVersion } from '../execution/contract.js';
import { Dec, type Decimal } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import { activeMs } from './active-time.js';
import { band } from './band.js';
import { exactShare } from './curve.js';
import { targetAt } from './plan.js';
import { plannedCurve } from './plan-curve.js';
import type { VolumeProfile } from './volume-profile.js';

/** All that the planned path of one order depends on; quantities in the target token. */
export interface PathInput {
  readonly activatedAt: EpochMs;
  /** Oldest first; at least one. */
  readonly plans: readonly [PlanVersion, ...PlanVersion[]];
  /** a of algorithms.md 2.6, in [-1, 1]. */
  readonly alphaTilt: Decimal;
  /** The profiles that VWAP plans name, by id; a plan whose profile is missing is shown even in time. */
  readonly profiles: ReadonlyMap<string, VolumeProfile>;
  readonly discretion: Decimal;
  /** As the order has it now; a plan is never worth more. */
  readonly orderQty: Decimal;
  /** Where active time stands still: pauses, and out-of-limit times under `ool_pause`. */
  readonly inactive: readonly Interval[];
}

/** What was planned to be executed by one instant of wall time, and how far it may stray. */
export interface PathPoint {
  readonly at: EpochMs;
  readonly target: Decimal;
  readonly lower: Decimal;
  readonly upper: Decimal;
}

/** Scale of `numeric(38,18)`. */
const SHOWN_PLACES = 18;

/**
 * The instant at which the active time reaches the duration of the newest plan; the window's end for Target Time. A pause that still lasts counts as
 * ending at `asOf`, so the answer is what would happen if trading went on now.
 */
export function plannedEnd({ activatedAt, plans, inactive }: PathInput, asOf: EpochMs): EpochMs {
  const plan = newest(plans);
  if (plan.shape.kind === 'target_time') return (plan.shape.from + Math.ceil(plan.durationMs)) as EpochMs;
  let left = plan.durationMs;
  let at: number = activatedAt;
  for (const gap of [...inactive].sort((a, b) => a.from - b.from)) {
    const [from, to] = [gap.from, gap.to ?? Math.max(asOf, gap.from)];
    if (to <= at) continue;
    if (from - at >= left) break;
    left -= Math.max(0, from - at);
    at = to;
  }
  return (at + Math.ceil(left)) as EpochMs;
}

/**
 * Target and band (algorithms.md 2.7, 3) over wall time from the activation to the planned end, by the curve and
 * band code that decides; what a live market made of a VWAP plan is not in it, and a POV order has no path, but the level
 * of its plans' beginnings: its target follows volume. Each instant is seen under the plan that was in force then: a rebase shows as the step it
 * was, a pause as level. At most `maxPoints` (at least 2), the ends included; instants are whole and rise strictly.
 */
export function plannedPath(input: PathInput, asOf: EpochMs, maxPoints: number): readonly PathPoint[] {
  if (!Number.isInteger(maxPoints) || maxPoints < 2)
    throw new RangeError(`A path needs a whole number of at least 2 points, was ${maxPoints}`);
  const end = plannedEnd(input, asOf);
  return instants(input, end, asOf, maxPoints).map((at) => pointAt(input, at, asOf));
}

/** Target and band at one instant. */
export function pointAt(input: PathInput, at: EpochMs, asOf: EpochMs): PathPoint {
  const plan = input.plans.findLast((candidate) => candidate.createdAt <= at) ?? input.plans[0];
  const u = Math.min(1, progress(input, plan, at, asOf) / plan.durationMs);
  const orderQty = Dec.min(plan.orderQty, input.orderQty);
  const profile = plan.shape.kind === 'volume' ? (input.profiles.get(plan.shape.profileId) ?? null) : null;
  const curve = plannedCurve(plan, input.alphaTilt.toNumber(), profile);
  const target = curve === null ? plan.x0 : targetAt(plan, curve, u);
  const { lower, upper } = band(orderQty, target, input.discretion, exactShare(u));
  return { at, target: shown(Dec.min(target, orderQty)), lower: shown(lower), upper: shown(upper) };
}

function progress({ activatedAt, inactive }: PathInput, { shape }: PlanVersion, at: EpochMs, asOf: EpochMs): number {
  if (shape.kind === 'target_time') return at - shape.from;
  return activeMs(
    activatedAt,
    at,
    inactive.map(({ from, to }) => ({ from, to: to ?? (Math.max(asOf, from) as EpochMs) })),
  );
}

/** Both ends, the corners of the path (newest first when there are too many), and an even grid with what is left. */
function instants(input: PathInput, end: EpochMs, asOf: EpochMs, maxPoints: number): EpochMs[] {
  const start = input.activatedAt;
  const taken = new Set<number>([start, end]);
  const corners = [
    ...input.plans.slice(1).flatMap(({ createdAt }) => [createdAt - 1, createdAt]),
    ...input.inactive.flatMap(({ from, to }) => [from, to ?? Math.max(asOf, from)]),
  ]
    .filter((at) => at > start && at < end)
    .sort((a, b) => b - a);
  const cornersAtMost = Math.floor((maxPoints - 2) / 2);
  for (const corner of corners) if (taken.size < cornersAtMost + 2) taken.add(corner);
  const steps = maxPoints - taken.size + 1;
  for (let step = 1; step < steps; step += 1) taken.add(start + Math.round(((end - start) * step) / steps));
  return [...taken].sort((a, b) => a - b) as EpochMs[];
}

function newest(plans: PathInput['plans']): PlanVersion {
  return plans.at(-1) ?? plans[0];
}

/** Rounding half to even keeps lower <= target <= upper. */
function shown(value: Decimal): Decimal {
  return value.toDecimalPlaces(SHOWN_PLACES, Dec.ROUND_HALF_EVEN);
}
