import { beforeEach, describe, expect, it } from '@jest/globals';
import { ComparisonPace } from './comparison-pace.js';

let now = 0;
let random = 0;
let pace: ComparisonPace;
const dueAt = (at: number) => {
  now = at;
  return pace.due(false);
};

beforeEach(() => {
  now = 1_000_000;
  random = 0;
  pace = new ComparisonPace(
    { doubtsMs: 2_000, openOrdersMs: 10_000, everythingMs: 60_000 },
    () => random,
    () => now,
  );
});

describe('what is due', () => {
  it('is everything first, then lists and everything again, each in its period', () => {
    expect(pace.due(false)).toBe('everything');
    pace.finished('everything', true, 5_000);
    const began = now;
    expect(dueAt(began + 10_000)).toBeNull();
    expect(dueAt(began + 10_001)).toBe('open_orders');
    pace.finished('open_orders', false);
    expect(dueAt(began + 20_001)).toBeNull();
    expect(dueAt(began + 60_001)).toBe('everything');
    expect(pace.due(true)).toBe('everything');
  });

  it('is a poll only as often as the limits allow, and none where everything comes soon anyway', () => {
    pace.finished('everything', true, 20_000);
    const began = now;
    pace.wantPoll();
    expect(dueAt(began + 9_999)).toBeNull();
    expect(dueAt(began + 20_000)).toBe('poll');
    pace.finished('poll', true, 20_000);
    expect(dueAt(began + 40_000)).toBe('open_orders'); // nobody wants a poll
    pace.finished('open_orders', false);
    pace.wantPoll();
    expect(dueAt(began + 45_000)).toBe('poll');
    pace.finished('poll', true, 20_000);
    pace.wantPoll();
    expect(dueAt(began + 55_001)).toBe('open_orders');
    expect(dueAt(began + 60_001)).toBe('everything'); // polls do not put it off
  });
});

describe('what did not come to its end', () => {
  it('is tried again ever later, up to 30 s and with jitter, until something succeeds', () => {
    const waits = Array.from({ length: 6 }, () => {
      pace.failed();
      const from = now;
      while (pace.isWaiting) now += 500;
      return now - from;
    });
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    random = 0.5;
    pace.failed();
    now += 22_500;
    expect(pace.isWaiting).toBe(false);
    pace.finished('everything', true);
    random = 0;
    pace.failed();
    now += 2_000;
    expect(pace.isWaiting).toBe(false);
  });

  it('waits for its budget as long as the limit says, which is no failure and ends with no connection', () => {
    pace.waits(7_000);
    now += 6_999;
    pace.retryNow();
    expect(pace.isWaiting).toBe(true);
    now += 1;
    expect(pace.isWaiting).toBe(false);
    pace.waits(0);
    expect(pace.isWaiting).toBe(true);
    now += 2_000;
    expect(pace.isWaiting).toBe(false);
    pace.waits(3_600_000);
    now += 30_000;
    expect(pace.isWaiting).toBe(false);
  });

  it('is tried at once when the venue is there again', () => {
    pace.failed();
    pace.failed();
    expect(pace.isWaiting).toBe(true);
    pace.retryNow();
    expect(pace.isWaiting).toBe(false);
  });
});
