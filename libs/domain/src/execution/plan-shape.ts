import { sqrt } from '../numeric/elementary.js';
import type { Decimal } from '../numeric/decimal.js';
import { DEFAULT_URGENCY, urgencyOf } from '../trajectory/arrival-price.js';
import { expectedVolume } from '../trajectory/plan-curve.js';
import { EVEN, type PlanShape } from '../trajectory/shape.js';
import { targetWindowStart } from '../trajectory/target-time.js';
import { LEAST_PROFILE_BARS } from '../trajectory/volume-profile.js';
import type { EpochMs } from '../time/clock.js';
import type { PlanVersion } from './contract.js';
import type { Draft } from './draft.js';
import { executedBase } from './participation.js';
import { midOf } from './passive-price.js';
import type { View } from './view.js';

const HOUR = 3_600_000;
/** A POV order without a duration ends after this much active time (algorithms.md 2.5). */
const LONGEST_PARTICIPATION_MS = 7 * 24 * HOUR;

/** Planned active time as the order has it now; the ceiling of a POV order. @throws RangeError without one */
export function orderedDurationMs({ parent }: View): number {
  const { durationMs, povTarget } = parent.params;
  if (durationMs !== null) return durationMs;
  if (povTarget !== null) return LONGEST_PARTICIPATION_MS;
  throw new RangeError(`Order ${parent.id}: ${parent.algorithm} needs a duration, had none`);
}

/** What a new version is to be shaped for. */
export interface ShapeFor {
  readonly orderQty: Decimal;
  readonly durationMs: number;
  /** Where it begins: when, and its target there. */
  readonly from: EpochMs;
  readonly x0: Decimal;
  /** The version before, if its shape may be kept. */
  readonly kept: PlanShape | null;
}

/** The shape of a new plan version; a fallback is annotated. */
export function shapeFor(view: View, draft: Draft, plan: ShapeFor): PlanShape {
  const { parent, market } = view;
  if (parent.params.povTarget !== null) return participationFrom(view, parent.params.povTarget, plan.x0);
  switch (parent.algorithm) {
    case 'is':
      return plan.kept?.kind === 'arrival_price' ? plan.kept : { kind: 'arrival_price', urgency: urgency(view, plan) };
    case 'target_time':
      return { kind: 'target_time', from: windowStart(view, plan.durationMs) };
    case 'vwap': {
      const { profile, marketVolume } = market;
      if (profile !== null && profile.bars >= LEAST_PROFILE_BARS) {
        // counted in the order's active time: at its beginning it is zero, whether it is known yet or not
        const volumeBefore = parent.plans.length === 0 ? 0 : (marketVolume?.toNumber() ?? null);
        return { kind: 'volume', profileId: profile.id, from: plan.from, volumeBefore };
      }
      draft.annotate({ kind: 'fallback', reason: 'VWAP_FALLBACK_TWAP', bars: profile?.bars ?? 0 });
      return EVEN;
    }
    case 'pov':
      throw new RangeError(`Order ${parent.id}: pov needs a rate, had none`);
    default:
      return EVEN;
  }
}

/** True when the client changed what the shape was made from. */
export function isShapeStale({ parent }: View, plan: PlanVersion, durationMs: number): boolean {
  const { shape } = plan;
  const { targetTime, povTarget } = parent.params;
  if (shape.kind === 'target_time')
    return targetTime !== null && shape.from !== targetWindowStart(targetTime, durationMs);
  return shape.kind === 'participation' && povTarget !== null && !povTarget.eq(shape.rate);
}

/** Target Time: where the window begins. @throws RangeError without a target time */
function windowStart({ parent }: View, durationMs: number): EpochMs {
  const { targetTime } = parent.params;
  if (targetTime === null) throw new RangeError(`Order ${parent.id}: target_time needs a target time, had none`);
  return targetWindowStart(targetTime, durationMs);
}

/** k of algorithms.md 2.3 for the quantity and duration of the plan. */
function urgency(view: View, { orderQty, durationMs, from }: ShapeFor): number {
  const { profile, hourlyVolatilityBps } = view.market;
  if (profile === null || profile.bars < LEAST_PROFILE_BARS || hourlyVolatilityBps === null) return DEFAULT_URGENCY;
  const base = toBase(view, orderQty);
  const volume = expectedVolume(profile, from, from + durationMs);
  if (base === null || volume <= 0) return DEFAULT_URGENCY;
  return urgencyOf({ sigmaBps: hourlyVolatilityBps * sqrt(durationMs / HOUR), participation: base / volume });
}

function toBase({ parent, touch }: View, value: Decimal): number | null {
  if (parent.sizing === 'base') return value.toNumber();
  return touch === null ? null : value.div(midOf(touch)).toNumber();
}

/** POV from now on, on top of the target `x0`. Without volume the old version goes on; it is not asked then. */
function participationFrom(view: View, rate: Decimal, x0: Decimal): PlanShape {
  const { parent, market, position, touch } = view;
  const isFirst = parent.plans.length === 0;
  const ahead = x0.sub(position.executed);
  const base =
    parent.sizing === 'base' || isFirst || touch === null
      ? x0
      : executedBase(view)
          .add(ahead.div(midOf(touch)))
          .toDecimalPlaces(18);
  return {
    kind: 'participation',
    rate: rate.toFixed(),
    volumeBefore: isFirst ? '0' : (market.othersVolume?.toFixed() ?? '0'),
    baseBefore: base.toFixed(),
  };
}
