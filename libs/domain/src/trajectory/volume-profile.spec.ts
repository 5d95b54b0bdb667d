import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { epochMs } from '../time/clock.js';
import { volumeProfile, type MinuteVolume } from './volume-profile.js';
import { cumulativeVolume, liveShare, staticShare, volumeRatio } from './vwap.js';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const TODAY = 20_000 * DAY;
const asOf = (minuteOfToday: number) => epochMs(TODAY + minuteOfToday * MINUTE);
const minutes = (from: number, to: number, volume: (minute: number) => number): MinuteVolume[] =>
  Array.from({ length: to - from }, (_, index) => ({
    minute: asOf(from + index),
    volume: volume((((from + index) % 1_440) + 1_440) % 1_440),
  }));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('volume profile', () => {
  it('needs twelve hours of distinct minutes', () => {
    const bars = minutes(-720, 0, () => 2);
    expect(volumeProfile(bars.slice(1), asOf(0))).toBeNull();
    expect(volumeProfile([...bars.slice(1), ...bars.slice(1)], asOf(0))).toBeNull();
    expect(volumeProfile(bars, asOf(0))).toMatchObject({ bars: 720 });
    expect(
      volumeProfile(
        minutes(-1_440, 0, () => 0),
        asOf(0),
      ),
    ).toBeNull();
  });

  it('between twelve hours and a day fills unknown minutes with the mean of the known ones', () => {
    const profile = volumeProfile(
      minutes(-360, 360, () => 2),
      asOf(360),
    );
    expect(profile).toMatchObject({ bars: 720, meanDailyVolume: 2_880 });
    for (const share of profile?.shares ?? []) expect(share).toBeCloseTo(1 / 1_440, 12);
  });

  it('takes whole days without the running one, a gap from the same minute of other days', () => {
    const shape = (minute: number): number => (minute < 720 ? 3 : 1);
    const [older, newer] = [minutes(-2_880, -1_440, shape), minutes(-1_440, 0, shape)];
    const running = minutes(0, 300, () => 1_000);
    const whole = volumeProfile([...older, ...newer], asOf(0));
    const withGap = volumeProfile([...older, ...newer.slice(0, 300), ...newer.slice(500), ...running], asOf(300));
    expect(whole?.meanDailyVolume).toBe(2_880);
    expect(withGap?.shares).toEqual(whole?.shares);
    expect(withGap).toMatchObject({ meanDailyVolume: 2_880, bars: 2_880 - 200 + 300 });
    expect((whole?.shares[100] ?? 0) / (whole?.shares[1_000] ?? 1)).toBeGreaterThan(2.5);
  });

  it('weighs a day by its age, skips one without volume, forgets those before the fourteenth', () => {
    const morning = (minute: number): number => (minute < 720 ? 1 : 0);
    const evening = (minute: number): number => (minute < 720 ? 0 : 1);
    const empty = minutes(-1_440, 0, () => 0);
    const aged = (days: number) => minutes(-days * 1_440, (1 - days) * 1_440, evening);
    const share = (bars: readonly MinuteVolume[]) => sum(volumeProfile(bars, asOf(0))?.shares.slice(0, 720) ?? []);
    const fresh = minutes(-2_880, -1_440, morning);
    expect(share([...empty, ...fresh, ...aged(9)])).toBeCloseTo(0.95 * (2 / 3) + 0.025, 2);
    expect(share([...fresh, ...aged(15)])).toBeCloseTo(0.975, 2);
  });

  it('is named by its content, whatever the order of the bars', () => {
    const bars = minutes(-1_500, 0, (minute) => minute);
    const profile = volumeProfile(bars, asOf(0));
    expect(volumeProfile([...bars].reverse(), asOf(0))).toEqual(profile);
    expect(
      volumeProfile(
        minutes(-1_500, 0, (minute) => minute + 1),
        asOf(0),
      )?.id,
    ).not.toBe(profile?.id);
  });

  it('has 1440 shares that add up to 1, none empty', () => {
    const volumes = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 30, maxLength: 90 });
    fc.assert(
      fc.property(volumes, fc.integer({ min: 720, max: 4_000 }), (pattern, length) => {
        const profile = volumeProfile(
          minutes(-length, 0, (minute) => pattern[minute % pattern.length] ?? 0),
          asOf(0),
        );
        if (profile === null) return;
        expect(profile.shares).toHaveLength(1_440);
        expect(sum(profile.shares)).toBeCloseTo(1, 10);
        expect(Math.min(...profile.shares)).toBeGreaterThanOrEqual(0.05 / 1_440);
      }),
      { numRuns: 25 },
    );
  });
});

describe('VWAP share', () => {
  const shares = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 3, maxLength: 12 });
  const unit = fc.double({ min: 0, max: 1, noNaN: true });

  it('I6 rises from 0 to 1 over any window, across midnight too', () => {
    fc.assert(
      fc.property(shares, fc.double({ min: 0, max: 40, noNaN: true }), unit, unit, (profile, from, at, more) => {
        const volume = cumulativeVolume(profile);
        const to = from + 1 + at * 30;
        const here = from + more * (to - from);
        const [now, next] = [staticShare(volume, from, to, here), staticShare(volume, from, to, here + 0.01)];
        expect(now >= 0 && next <= 1 && next >= now).toBe(true);
        expect([staticShare(volume, from, to, from), staticShare(volume, from, to, to)]).toEqual([0, 1]);
      }),
    );
  });

  it('I6 never falls below the share it once had and ends at 1, whatever the market trades', () => {
    const amount = fc.double({ min: 0, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(
        unit,
        unit,
        amount,
        amount,
        amount,
        unit,
        (u, fixed, volumeSoFar, expectedSoFar, expectedRemaining, before) => {
          const live = { u, staticShare: fixed, volumeSoFar, expectedSoFar, expectedRemaining };
          const share = liveShare(live, before);
          expect(share >= before && share <= 1).toBe(true);
          expect(liveShare({ ...live, u: 1 }, before)).toBe(1);
        },
      ),
    );
    expect([volumeRatio(0, 0), volumeRatio(9, 1), volumeRatio(0, 1), volumeRatio(3, 2)]).toEqual([1, 4, 0.25, 1.5]);
  });
});
