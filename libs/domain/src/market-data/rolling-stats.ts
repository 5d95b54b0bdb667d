import { Dec, type Price } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';

/** sigma_k of algorithms.md 1 looks back this far. */
export const SIGMA_WINDOW_SECONDS = 900;
export const MEDIAN_WINDOW_SECONDS = 60;
/** Fewer returns than this say nothing about volatility. */
export const MIN_RETURNS = 30;
export const SIGMA_HORIZONS = [1, 5, 10] as const;

export interface RollingStatsView {
  /** sigma_k in bps, as plain decimals with six digits; null with fewer than {@link MIN_RETURNS} returns. */
  readonly sigma1Bps: string | null;
  readonly sigma5Bps: string | null;
  readonly sigma10Bps: string | null;
  /** Median of the last 60 one-second mids; null without any. */
  readonly medianMid60: Price | null;
}

interface Sample {
  readonly mid: Price;
  /** Natural logarithm of `mid`. A statistic, not money: a double is exact enough. */
  readonly log: number;
}

/**
 * Volatility and median of one instrument's mid, from one sample a second: the mid at the first tick within
 * each second. A second without a tick or without a mid has no sample, and no return reaches across it.
 */
export class RollingStats {
  /** Oldest first, one entry per second up to `second`. */
  private samples: (Sample | null)[] = [];
  private second: number | null = null;
  private cached: RollingStatsView | null = null;

  /** Tells the mid at `at`, null while there is none; a second tick in the same second changes nothing. */
  tick(at: EpochMs, mid: Price | null): void {
    const second = Math.floor(at / 1_000);
    if (this.second !== null && second <= this.second) return;
    const missed = this.second === null ? 0 : Math.min(second - this.second - 1, KEPT);
    for (let i = 0; i < missed; i += 1) this.samples.push(null);
    this.samples.push(mid === null ? null : { mid, log: Math.log(mid.toNumber()) });
    if (this.samples.length > KEPT) this.samples.splice(0, this.samples.length - KEPT);
    this.second = second;
    this.cached = null;
  }

  view(): RollingStatsView {
    this.cached ??= {
      sigma1Bps: sigmaBps(this.samples, 1),
      sigma5Bps: sigmaBps(this.samples, 5),
      sigma10Bps: sigmaBps(this.samples, 10),
      medianMid60: median(this.samples.slice(-MEDIAN_WINDOW_SECONDS).flatMap((s) => (s === null ? [] : [s.mid]))),
    };
    return this.cached;
  }
}

/** The window's seconds, and as many before it as the longest return reaches back. */
const KEPT = SIGMA_WINDOW_SECONDS + Math.max(...SIGMA_HORIZONS);

/** Sample standard deviation (n - 1) of the overlapping k-second log returns that end within the window. */
function sigmaBps(samples: readonly (Sample | null)[], k: number): string | null {
  let count = 0;
  let mean = 0;
  let squares = 0; // Welford's sum of squared distances from the running mean
  for (let i = Math.max(k, samples.length - SIGMA_WINDOW_SECONDS); i < samples.length; i += 1) {
    const [from, to] = [samples[i - k], samples[i]];
    if (from === undefined || from === null || to === undefined || to === null) continue;
    const value = to.log - from.log;
    count += 1;
    const distance = value - mean;
    mean += distance / count;
    squares += distance * (value - mean);
  }
  if (count < MIN_RETURNS) return null;
  return (Math.sqrt(squares / (count - 1)) * 10_000).toFixed(6);
}

/** Middle value; the mean of the two middle ones of an even number. */
function median(mids: readonly Price[]): Price | null {
  const sorted = mids.toSorted((a, b) => a.cmp(b));
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (new Dec(upper).add(lower).div(2) as Price);
}
