import { MINUTES_PER_DAY, type Instrument, type VolumeProfile } from '#domain';
import type { Tape } from './tape/tape.js';

const MICROS_PER_DAY = 86_400_000_000;

/**
 * The volume profile that VWAP plans by: the tape's mean volume in every minute. A few minutes hold no time of day, and
 * the mean is known to every strategy already, because the quantities are a share of it.
 */
export function flatProfile({ tradedLots, firstAt, lastAt }: Tape, { lot }: Instrument): VolumeProfile {
  return {
    id: 'flat',
    shares: Array.from({ length: MINUTES_PER_DAY }, () => 1 / MINUTES_PER_DAY),
    meanDailyVolume: (lot.toNumber() * tradedLots * MICROS_PER_DAY) / (lastAt - firstAt),
    bars: MINUTES_PER_DAY,
  };
}
