import { Dec } from '../numeric/decimal.js';
import { approximateParticipationBand, participationBand } from '../trajectory/band.js';
import { exactShare } from '../trajectory/curve.js';
import { othersVolumeNeeded } from '../trajectory/participation.js';
import { estimatedDurationMs, expectedOthersPerMs } from '../trajectory/participation-estimate.js';
import { currentSlice, evenSlice, nextSlice, sliceGrid, sliceStartMs } from '../trajectory/slice-grid.js';
import type { PlanVersion } from './contract.js';
import {
  participationAt,
  participationMarketOf,
  type ParticipationShape,
  type ParticipationTarget,
} from './participation.js';
import { midOf } from './passive-price.js';
import type { Outlook, Stage } from './stage.js';
import type { View } from './view.js';

const ONE = new Dec(1);

/** T of a POV order; `kept` is the highest T/Q that was stored of this plan version. */
export function volumeTarget(
  view: View,
  plan: PlanVersion,
  shape: ParticipationShape,
  kept: number,
): ParticipationTarget {
  return participationAt(view, shape, Dec.min(plan.orderQty, view.parent.orderQty), plan.x0, kept);
}

/**
 * A pace to wait by while none is expected: as if the volume came over all the time that the order may take. The instants
 * that follow from it are late; the volumes to watch for are right at any pace.
 */
function slowestPerMs(needed: number, leftMs: number): number {
  return leftMs > 0 ? needed / leftMs : 0;
}

/**
 * A POV order: the target moves with the others' volume, the grid is dealt over the quantity and as long as the order is
 * expected to take (algorithms.md 4.1).
 */
export function stageByVolume(
  view: View,
  plan: PlanVersion,
  shape: ParticipationShape,
  kept: number,
  tau: number,
): Stage {
  const { parent, seed, minimumValue: minimum, now } = view;
  const orderQty = Dec.min(plan.orderQty, parent.orderQty);
  const { discretion } = parent.params;
  const { target, byVolume, highestShare, perVolume } = volumeTarget(view, plan, shape, kept);
  const market = participationMarketOf(view);
  const price = parent.sizing === 'quote' && view.touch !== null ? midOf(view.touch) : ONE;
  const needed = othersVolumeNeeded(orderQty.div(price), new Dec(shape.rate), target.div(price)).toNumber();
  const estimate = { needed, activeMs: Math.max(0, tau), ceilingMs: plan.durationMs, now };
  const grid = sliceGrid(estimatedDurationMs(market, estimate), orderQty, minimum);
  const done = orderQty.isZero() ? 1 : target.div(orderQty).toNumber();
  const slice = currentSlice(grid, seed, done * grid.durationMs);
  const boundary = (index: number): number => sliceStartMs(grid, seed, index) / grid.durationMs;
  // once the whole order is due no later slice makes room for its rest
  const sampled = done >= 1 ? target : Dec.min(target, orderQty.mul(exactShare(boundary(slice))));
  const perMs = expectedOthersPerMs(market, estimate.activeMs, now) || slowestPerMs(needed, plan.durationMs - tau);
  const gained = perVolume.toNumber() * perMs;
  const step = done >= 1 ? 0 : Math.min(1, (gained * grid.intervalMs) / orderQty.toNumber());
  const outlook = (): Outlook => {
    const [whole, here, fromVolume] = [orderQty.toNumber(), target.toNumber(), byVolume?.toNumber() ?? 0];
    const d = discretion.toNumber();
    const expected = (u: number): number =>
      Math.min(whole, Math.max(here, fromVolume + gained * (u * plan.durationMs - tau)));
    return {
      target: expected,
      width: Math.min(whole * d, here / 4 + minimum.toNumber()),
      ...approximateParticipationBand(whole, expected, d, minimum.toNumber()),
    };
  };
  return {
    plan,
    grid,
    tau,
    u: Math.min(1, tau / plan.durationMs),
    orderQty,
    target,
    ...participationBand(orderQty, target, discretion, minimum),
    nominalSlice: Dec.max(evenSlice(orderQty, grid), orderQty.mul(exactShare(step)), minimum),
    sampledUpper: participationBand(orderQty, sampled, discretion, minimum).upper,
    isSpent: false,
    highestShare,
    outlook,
    volumeUntil: (share) => perMs * (share * plan.durationMs - tau),
    sliceAfter: (share) => {
      const whole = orderQty.toNumber();
      const reached = outlook().target(share) / whole;
      const next = boundary(nextSlice(grid, seed, slice, reached * grid.durationMs));
      const missing = next * whole - (byVolume?.toNumber() ?? 0);
      return gained > 0 ? Math.ceil(Math.max(share * plan.durationMs, tau + missing / gained)) : plan.durationMs;
    },
  };
}
