import { seededRandom } from '../../../test/support/simulated-order.js';

export interface Estimate {
  readonly mean: number;
  /** 95 % interval; null with fewer than two values. */
  readonly low: number | null;
  readonly high: number | null;
}

const RESAMPLES = 2_000;
const SEED = 20_240_808;
const TAIL = 0.025;

/**
 * Mean of a series and the 95 % interval of it by a circular block bootstrap: series of the same length are put
 * together of blocks of neighbours drawn with replacement, since windows that overlap are not independent. The seed is
 * fixed: the same series always gives the same interval.
 */
export function blockBootstrap(values: readonly number[], blockLength: number): Estimate {
  const count = values.length;
  if (count === 0) throw new RangeError('A mean needs at least one value');
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, low: null, high: null };
  const random = seededRandom(SEED);
  const means = Float64Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let taken = 0; taken < count;) {
      const from = Math.floor(random() * count);
      for (let i = 0; i < blockLength && taken < count; i += 1, taken += 1) sum += values[(from + i) % count] as number;
    }
    return sum / count;
  }).sort();
  const at = (share: number): number => means[Math.round(share * (RESAMPLES - 1))] as number;
  return { mean, low: at(TAIL), high: at(1 - TAIL) };
}

const FEWEST_BLOCKS = 3;

export interface BlockChoice {
  readonly length: number;
  /** The series is too short for blocks of the wanted length: its intervals are narrower than they should be. */
  readonly isShortened: boolean;
}

/**
 * Block length of a series of `count` starts for windows that span `perWindow` of them. A block as long as the series
 * would always give the same mean and claim certainty, so at least three fit.
 */
export function blockLength(count: number, perWindow: number): BlockChoice {
  const longest = Math.max(1, Math.floor(count / FEWEST_BLOCKS));
  return { length: Math.min(perWindow, longest), isShortened: perWindow > longest };
}
