import { expect, it } from '@jest/globals';
import { klineInterval, type KlineInterval } from './kline-interval.js';

const at = Date.UTC(2026, 1, 18, 13, 47, 31, 250); // a Wednesday

it.each([
  ['1s', Date.UTC(2026, 1, 18, 13, 47, 31), Date.UTC(2026, 1, 18, 13, 47, 32)],
  ['1m', Date.UTC(2026, 1, 18, 13, 47), Date.UTC(2026, 1, 18, 13, 48)],
  ['15m', Date.UTC(2026, 1, 18, 13, 45), Date.UTC(2026, 1, 18, 14)],
  ['4h', Date.UTC(2026, 1, 18, 12), Date.UTC(2026, 1, 18, 16)],
  ['1d', Date.UTC(2026, 1, 18), Date.UTC(2026, 1, 19)],
  ['1w', Date.UTC(2026, 1, 16), Date.UTC(2026, 1, 23)],
  ['1M', Date.UTC(2026, 1, 1), Date.UTC(2026, 2, 1)],
])('candle of %s', (name, openAt, nextAt) => {
  const interval = klineInterval(name) as KlineInterval;
  expect(interval.openOf(at)).toBe(openAt);
  expect(interval.nextOf(openAt)).toBe(nextAt);
  expect(interval.openOf(openAt)).toBe(openAt);
  expect(interval.openOf(nextAt)).toBe(nextAt);
});

it('days may begin elsewhere', () => {
  const interval = klineInterval('1d', 8 * 3_600_000) as KlineInterval;
  expect(interval.openOf(at)).toBe(Date.UTC(2026, 1, 17, 16));
  expect(interval.openOf(Date.UTC(2026, 1, 18, 16))).toBe(Date.UTC(2026, 1, 18, 16));
});

it('knows no other lengths', () => {
  for (const name of ['2m', '1y', '', '7d', '1h ']) expect(klineInterval(name)).toBeNull();
});
