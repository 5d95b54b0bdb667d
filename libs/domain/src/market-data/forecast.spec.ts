import { describe, expect, it } from '@jest/globals';
import { epochMs } from '../time/clock.js';
import { hourlyVolatility } from './hourly-volatility.js';
import { recordedMinutes, type RecordedBar } from './recorded-minutes.js';

const minute = (n: number) => epochMs(1_700_000_040_000 + n * 60_000);
const bar = (n: number, volume: number, complete = true): RecordedBar => ({ minute: minute(n), volume, complete });

describe('recordedMinutes', () => {
  it('takes a minute without a bar for quiet, unless what comes after it has a hole', () => {
    const known = recordedMinutes([[bar(0, 5, false), bar(2, 3), bar(5, 4, false), bar(6, 1)]]);
    expect(known).toEqual([
      { minute: minute(1), volume: 0 },
      { minute: minute(2), volume: 3 },
      { minute: minute(6), volume: 1 },
    ]);
  });

  it('adds up the instruments where each is known', () => {
    const known = recordedMinutes([
      [bar(0, 1), bar(1, 2), bar(2, 3)],
      [bar(1, 10), bar(3, 30)],
    ]);
    expect(known).toEqual([
      { minute: minute(1), volume: 12 },
      { minute: minute(2), volume: 3 },
    ]);
    expect(recordedMinutes([])).toEqual([]);
  });
});

describe('hourlyVolatility', () => {
  const closes = (hours: number, step: number) =>
    Array.from({ length: hours }, (_, n) => ({ hour: 999 - n, close: 100 * Math.exp(n % 2 === 0 ? 0 : step) }));

  it('is the deviation of the hourly returns of a day', () => {
    // Returns of +-10 bps in turn, twelve of each: sqrt(24 / 23) of 10 bps.
    expect(hourlyVolatility(closes(25, 0.001), 1_000)).toBeCloseTo(10 * Math.sqrt(24 / 23), 9);
    expect(
      hourlyVolatility([...closes(25, 0.001), { hour: 1_000, close: 500 }, { hour: 900, close: 1 }], 1_000),
    ).toBeCloseTo(10 * Math.sqrt(24 / 23), 9);
  });

  it('says nothing below twelve returns, and makes none over an hour that is missing', () => {
    expect(hourlyVolatility(closes(13, 0.001), 1_000)).not.toBeNull();
    expect(hourlyVolatility(closes(12, 0.001), 1_000)).toBeNull();
    expect(
      hourlyVolatility(
        closes(14, 0.001).filter(({ hour }) => hour !== 990),
        1_000,
      ),
    ).toBeNull();
  });
});
