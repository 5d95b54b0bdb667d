import { hash } from 'node:crypto';
import { exp } from '../numeric/elementary.js';
import type { EpochMs } from '../time/clock.js';

/** When in the day (UTC) an instrument trades, and how much. Not money: shares of a forecast. */
export interface VolumeProfile {
  /** Derived from the content: the same bars give the same profile and the same id. */
  readonly id: string;
  /** 1440 shares of the day's volume, one per minute from midnight; none is zero, their sum is 1. */
  readonly shares: readonly number[];
  /** Mean volume of the days behind it, in base units. */
  readonly meanDailyVolume: number;
  /** Distinct minutes behind it; fewer than 720 are too few to trade by. */
  readonly bars: number;
}

/** Volume of one minute that was recorded whole, zero included. A minute that is not known is left out. */
export interface MinuteVolume {
  /** Begin of the minute, UTC. */
  readonly minute: EpochMs;
  /** Base units, summed over the venues in question. */
  readonly volume: number;
}

/** Days of the profile, at most. */
export const PROFILE_DAYS = 14;
/** Fewer distinct minutes give no profile: VWAP falls back to TWAP (algorithms.md 2.2). */
export const LEAST_PROFILE_BARS = 720;
export const MINUTES_PER_DAY = 1_440;
const SMOOTHED_MINUTES = 5;
const MINUTE = 60_000;
const DAY = MINUTE * MINUTES_PER_DAY;
const WEEK_DAYS = 7;
const LN_2 = 0.6931471805599453;
const FROM_DATA = 0.95;

type Day = readonly (number | null)[];

/**
 * The profile of the newest 14 days that are over at `asOf`; null below 720 distinct minutes. While the days that
 * are over hold less than one whole day, all that is known makes one day.
 */
export function volumeProfile(minutes: readonly MinuteVolume[], asOf: EpochMs): VolumeProfile | null {
  const today = Math.floor(asOf / DAY);
  const days = new Map<number, (number | null)[]>();
  for (const { minute, volume } of minutes) {
    const day = Math.floor(minute / DAY);
    if (minute >= asOf || day < today - PROFILE_DAYS) continue;
    const known = days.get(day) ?? Array.from({ length: MINUTES_PER_DAY }, () => null);
    known[Math.floor((minute - day * DAY) / MINUTE)] = volume;
    days.set(day, known);
  }
  const bars = [...days.values()].reduce((sum, day) => sum + knownMinutes(day), 0);
  if (bars < LEAST_PROFILE_BARS) return null;
  const over = Array.from({ length: PROFILE_DAYS }, (_, index) => days.get(today - 1 - index) ?? []);
  const whole = over.reduce((sum, day) => sum + knownMinutes(day), 0) >= MINUTES_PER_DAY;
  const filled = withoutGaps(whole ? over : [meanDay([...days.values()])]);
  const volumes = filled.map((day) => day.reduce((sum, volume) => sum + volume, 0)).filter((volume) => volume > 0);
  if (volumes.length === 0) return null;
  const shares = profileShares(filled, SMOOTHED_MINUTES);
  const meanDailyVolume = volumes.reduce((sum, volume) => sum + volume, 0) / volumes.length;
  return { id: profileId(shares, meanDailyVolume, bars), shares, meanDailyVolume, bars };
}

/**
 * P of algorithms.md 2.2, steps 1 to 4: the days' shares weighted by age (index 0 is the newest and a day seven days
 * older weighs half), smoothed over `smooth` minutes round the clock, with a twentieth spread evenly. Days without
 * volume are skipped. Days are of one length, which the vectors choose short.
 */
export function profileShares(daysNewestFirst: readonly (readonly number[])[], smooth: number): readonly number[] {
  const length = daysNewestFirst.find((day) => day.length > 0)?.length ?? 0;
  const sums = new Array<number>(length).fill(0);
  let weights = 0;
  for (const [age, day] of daysNewestFirst.entries()) {
    const total = day.reduce((sum, volume) => sum + volume, 0);
    if (total <= 0) continue;
    const weight = exp((-age / WEEK_DAYS) * LN_2);
    weights += weight;
    for (const [minute, volume] of day.entries()) sums[minute] = (sums[minute] ?? 0) + (weight * volume) / total;
  }
  if (weights === 0) throw new RangeError('A volume profile needs a day with volume, had none');
  const reach = (smooth - 1) / 2;
  return sums.map((_, minute) => {
    let window = 0;
    for (let step = -reach; step <= reach; step += 1) window += sums[(minute + step + length) % length] ?? 0;
    return (FROM_DATA * window) / (smooth * weights) + (1 - FROM_DATA) / length;
  });
}

/** A minute that a day lacks takes its mean over the other days, else the mean of the day's known minutes. */
function withoutGaps(days: readonly Day[]): number[][] {
  const means = meanDay(days);
  return days.map((day) => {
    const known = day.filter((volume) => volume !== null);
    if (known.length === 0) return [];
    const usual = known.reduce((sum, volume) => sum + volume, 0) / known.length;
    return means.map((mean, minute) => day[minute] ?? mean ?? usual);
  });
}

/** Each minute's mean over the days that know it; null where none does. */
function meanDay(days: readonly Day[]): Day {
  return Array.from({ length: MINUTES_PER_DAY }, (_, minute) => {
    let [sum, count] = [0, 0];
    for (const day of days) {
      const volume = day[minute] ?? null;
      if (volume !== null) [sum, count] = [sum + volume, count + 1];
    }
    return count === 0 ? null : sum / count;
  });
}

function knownMinutes(day: Day): number {
  return day.reduce<number>((count, volume) => (volume === null ? count : count + 1), 0);
}

function profileId(shares: readonly number[], meanDailyVolume: number, bars: number): string {
  return hash('sha256', [bars, meanDailyVolume, ...shares].join(' '), 'hex').slice(0, 32);
}
