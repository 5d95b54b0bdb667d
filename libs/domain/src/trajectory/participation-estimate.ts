import type { EpochMs } from '../time/clock.js';
import { expectedVolume } from './plan-curve.js';
import { LEAST_PROFILE_BARS, type VolumeProfile } from './volume-profile.js';
import { volumeOutlook } from './vwap.js';

/** What is known of the volume that a POV order follows; base units. */
export interface ParticipationMarket {
  /** Public volume, our own included, in the order's active time; null when unknown. */
  readonly marketVolume: number | null;
  /** Mean volume of others per millisecond over the last 15 minutes; null when unknown. */
  readonly othersPerMs: number | null;
  readonly profile: VolumeProfile | null;
}

const BISECTION_STEPS = 40;
/** An estimate shorter than this says nothing about a grid of slices. */
const SHORTEST_MS = 1_000;

/**
 * How fast others are expected to trade now, in base units per millisecond: what the last 15 minutes did, else the
 * profile at the pace of the market so far; 0 when neither is known.
 */
export function expectedOthersPerMs(market: ParticipationMarket, activeMs: number, now: EpochMs): number {
  if (market.othersPerMs !== null) return market.othersPerMs;
  const profile = usable(market.profile);
  return profile === null
    ? 0
    : (paceOf(market, profile, activeMs, now) * expectedVolume(profile, now, now + 60_000)) / 60_000;
}

/**
 * Estimated total active time of a POV order (algorithms.md 2.5): until the profile, at sqrt(rho) of its pace, or else
 * the 15-minute mean rate has delivered the volume `needed`; at most `ceilingMs`, which is also the answer when nothing is
 * known. It ends nothing.
 */
export function estimatedDurationMs(
  market: ParticipationMarket,
  order: { readonly needed: number; readonly activeMs: number; readonly ceilingMs: number; readonly now: EpochMs },
): number {
  const { needed, activeMs, ceilingMs, now } = order;
  const left = Math.max(0, ceilingMs - activeMs);
  return Math.min(
    ceilingMs,
    Math.max(SHORTEST_MS, activeMs + Math.min(left, msUntil(market, needed, left, activeMs, now))),
  );
}

function msUntil(market: ParticipationMarket, needed: number, left: number, activeMs: number, now: EpochMs): number {
  if (needed <= 0) return 0;
  const profile = usable(market.profile);
  if (profile === null)
    return market.othersPerMs !== null && market.othersPerMs > 0 ? needed / market.othersPerMs : left;
  const pace = paceOf(market, profile, activeMs, now);
  const delivered = (ms: number): number => pace * expectedVolume(profile, now, now + ms);
  if (delivered(left) < needed) return left;
  let [before, after] = [0, left];
  for (let step = 0; step < BISECTION_STEPS; step += 1) {
    const middle = (before + after) / 2;
    if (delivered(middle) < needed) before = middle;
    else after = middle;
  }
  return after;
}

function usable(profile: VolumeProfile | null): VolumeProfile | null {
  return profile !== null && profile.bars >= LEAST_PROFILE_BARS ? profile : null;
}

/** sqrt(rho): the market so far against its profile. */
function paceOf(market: ParticipationMarket, profile: VolumeProfile, activeMs: number, now: EpochMs): number {
  if (market.marketVolume === null) return 1;
  return volumeOutlook({
    volumeSoFar: market.marketVolume,
    expectedSoFar: expectedVolume(profile, now - activeMs, now),
    expectedRemaining: 0,
  }).pace;
}
