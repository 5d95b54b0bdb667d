import { sqrt } from '../numeric/elementary.js';

const LEAST_RATIO = 0.25;
const LARGEST_RATIO = 4;
const LARGEST_BLEND = 0.5;
const BLENDED_FROM = 0.1;

/** Running sum of a profile as a function of time in minutes: linear inside a minute, periodic over days. */
export type CumulativeVolume = (minute: number) => number;

const sums = new WeakMap<readonly number[], CumulativeVolume>();

/** C of algorithms.md 2.2; computed once per profile. Weights need not add up to 1. */
export function cumulativeVolume(shares: readonly number[]): CumulativeVolume {
  const known = sums.get(shares);
  if (known !== undefined) return known;
  const before = new Float64Array(shares.length + 1);
  for (const [minute, share] of shares.entries()) before[minute + 1] = (before[minute] ?? 0) + share;
  const perDay = before[shares.length] ?? 0;
  const at: CumulativeVolume = (minute) => {
    const day = Math.floor(minute / shares.length);
    const within = minute - day * shares.length;
    const whole = Math.floor(within);
    return day * perDay + (before[whole] ?? 0) + (within - whole) * (shares[whole] ?? 0);
  };
  sums.set(shares, at);
  return at;
}

/** F_s(t) = (C(t) - C(t_a)) / (C(t_b) - C(t_a)), in [0, 1]; times in minutes. */
export function staticShare(volume: CumulativeVolume, from: number, to: number, at: number): number {
  if (at <= from) return 0;
  if (at >= to) return 1;
  const start = volume(from);
  return Math.min(1, Math.max(0, (volume(at) - start) / (volume(to) - start)));
}

export interface LiveVolume {
  /** Share of the plan version's active time. */
  readonly u: number;
  readonly staticShare: number;
  /** V: what the market traded since the window's beginning, and E and R: what the profile expected by now and until the end. */
  readonly volumeSoFar: number;
  readonly expectedSoFar: number;
  readonly expectedRemaining: number;
}

/** rho = clamp(V/E, 0.25, 4), 1 while nothing was expected: how busy the market is against its profile. */
export function volumeRatio(volumeSoFar: number, expectedSoFar: number): number {
  if (expectedSoFar <= 0) return 1;
  return Math.min(LARGEST_RATIO, Math.max(LEAST_RATIO, volumeSoFar / expectedSoFar));
}

/** beta = 0.5 * min(1, u / 0.1): the weight of what the market does against what the profile says. */
export function liveWeight(u: number): number {
  return LARGEST_BLEND * Math.min(1, Math.max(0, u) / BLENDED_FROM);
}

/** What the live blend makes of the volume so far. */
export interface VolumeOutlook {
  /** sqrt(rho): how much faster than its profile the market is expected to go on. */
  readonly pace: number;
  /** V + R * sqrt(rho): the volume expected for the whole window. */
  readonly whole: number;
}

export function volumeOutlook({
  volumeSoFar,
  expectedSoFar,
  expectedRemaining,
}: Pick<LiveVolume, 'volumeSoFar' | 'expectedSoFar' | 'expectedRemaining'>): VolumeOutlook {
  const pace = sqrt(volumeRatio(volumeSoFar, expectedSoFar));
  return { pace, whole: volumeSoFar + expectedRemaining * pace };
}

/** (1-beta) * F_s + beta * F_l; F_s alone where the window has no volume at all. */
export function blendedShare(u: number, fixed: number, volumeSoFar: number, outlook: VolumeOutlook): number {
  if (u >= 1) return 1;
  const byMarket = outlook.whole > 0 ? Math.min(1, Math.max(0, volumeSoFar / outlook.whole)) : fixed;
  const weight = liveWeight(u);
  return (1 - weight) * fixed + weight * byMarket;
}

/** The share of the plan that the profile and the market together ask for (algorithms.md 2.2); never below `previous`. */
export function liveShare(live: LiveVolume, previous: number): number {
  const share = blendedShare(live.u, live.staticShare, live.volumeSoFar, volumeOutlook(live));
  return Math.min(1, Math.max(previous, share));
}
