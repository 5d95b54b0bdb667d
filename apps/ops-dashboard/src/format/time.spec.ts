import { describe, expect, it } from '@jest/globals';
import { readDuration, readTime, showClock, showClockMs, showDayClock, showSpan } from './time.js';

const at = Date.UTC(2026, 2, 2, 10, 15, 2, 310);

describe('times on screen', () => {
  it('reads the microseconds of the API', () => {
    expect(readTime('2026-03-02T10:15:02.310044Z')).toBe(at);
    expect(readTime(null)).toBeNull();
    expect(readTime('yesterday')).toBeNull();
  });

  it('shows UTC, and the day only where it is another', () => {
    expect(showClock(at)).toBe('10:15:02');
    expect(showClockMs(at)).toBe('10:15:02.310');
    expect(showDayClock(at, at + 1000)).toBe('10:15:02');
    expect(showDayClock(at, at + 86_400_000)).toBe('03-02 10:15');
  });

  it.each([
    [-5, '0:00'],
    [999, '0:00'],
    [65_000, '1:05'],
    [3_845_000, '1:04:05'],
    [176_645_000, '2d 01:04'],
  ])('shows %i ms as %s', (ms, shown) => {
    expect(showSpan(ms)).toBe(shown);
  });

  it.each([
    ['90', 90],
    ['10m', 600],
    [' 1h 30m ', 5400],
    ['2:30', 150],
    ['1:00:00', 3600],
    ['1d', 86_400],
    ['', null],
    ['-5', null],
    ['5x', null],
    ['1.5m', null],
    ['2:75', null],
    ['ten', null],
  ])('reads a duration of %p as %p', (text, seconds) => {
    expect(readDuration(text)).toBe(seconds);
  });
});
