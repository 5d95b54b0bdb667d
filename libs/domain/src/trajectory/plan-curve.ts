import type { PlanVersion } from '../execution/contract.js';
import { arrivalPriceCurve } from './arrival-price.js';
import { twapCurve, type Curve } from './curve.js';
import type { PlanShape } from './shape.js';
import { targetTimeCurve } from './target-time.js';
import { tilted } from './tilt.js';
import type { VolumeProfile } from './volume-profile.js';
import { blendedShare, cumulativeVolume, staticShare, volumeOutlook } from './vwap.js';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

/** What a VWAP plan knows of its market by one moment. */
export interface LiveMarket {
  /** The moment, as a share of the plan's duration. */
  readonly u: number;
  /** Base units traded since the window's beginning; null when unknown. */
  readonly volume: number | null;
  /** The highest share before the tilt that the version has reached. */
  readonly highest: number;
}

/**
 * F of a plan version before the tilt; null for POV, whose target is no function of time. A VWAP plan takes the profile
 * that it names, and time alone without it. With `live` its curve is the one in force at that moment and, later, the one
 * to expect if the market goes on at the pace it is expected to.
 */
export function untiltedCurve(plan: PlanVersion, profile: VolumeProfile | null, live: LiveMarket | null): Curve | null {
  const { shape } = plan;
  switch (shape.kind) {
    case 'even':
      return twapCurve;
    case 'arrival_price':
      return arrivalPriceCurve(shape.urgency);
    case 'target_time':
      return targetTimeCurve;
    case 'volume':
      return volumeCurve(plan, shape, profile?.id === shape.profileId ? profile : null, live);
    case 'participation':
      return null;
  }
}

/** F of a plan version as it was planned: with its tilt, without what the market did since. */
export function plannedCurve(plan: PlanVersion, alphaTilt: number, profile: VolumeProfile | null): Curve | null {
  const curve = untiltedCurve(plan, profile, null);
  return curve === null ? null : tilted(curve, alphaTilt);
}

/** Base units that a profile expects in a window of wall time, in milliseconds since the epoch. */
export function expectedVolume(profile: VolumeProfile, from: number, to: number): number {
  const volume = cumulativeVolume(profile.shares);
  const midnight = Math.floor(from / DAY) * DAY;
  return profile.meanDailyVolume * (volume((to - midnight) / MINUTE) - volume((from - midnight) / MINUTE));
}

function volumeCurve(
  plan: PlanVersion,
  shape: Extract<PlanShape, { kind: 'volume' }>,
  profile: VolumeProfile | null,
  live: LiveMarket | null,
): Curve {
  const { u0, durationMs } = plan;
  const highest = live?.highest ?? 0;
  const within = (u: number): number => (u >= 1 ? 1 : (u - u0) / (1 - u0));
  const bounded = (share: (u: number) => number): Curve => {
    return (u) => (u >= 1 ? 1 : u <= u0 ? 0 : Math.min(1, Math.max(highest, share(u))));
  };
  if (profile === null) return bounded(within);
  const volume = cumulativeVolume(profile.shares);
  // minutes count from the midnight before the window, where doubles are fine enough
  const into = shape.from - Math.floor(shape.from / DAY) * DAY;
  const minute = (u: number): number => (into + (u - u0) * durationMs) / MINUTE;
  const [from, to] = [minute(u0), minute(1)];
  const fixed = (u: number): number => staticShare(volume, from, to, minute(u));
  if (live === null || live.volume === null) return bounded(fixed);
  const soFar = live.volume;
  const [start, here, end] = [volume(from), volume(minute(live.u)), volume(to)];
  const daily = profile.meanDailyVolume;
  const outlook = volumeOutlook({
    volumeSoFar: soFar,
    expectedSoFar: daily * (here - start),
    expectedRemaining: daily * (end - here),
  });
  return bounded((u) => {
    const byThen = soFar + outlook.pace * daily * (volume(minute(u)) - here);
    return blendedShare(within(u), fixed(u), byThen, outlook);
  });
}
