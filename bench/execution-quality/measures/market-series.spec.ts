import { expect, it } from '@jest/globals';
import { MarketSeries } from './market-series.js';

const series = new MarketSeries();
series.quote(0, 99, 101);
series.trade(5, 101, 2);
series.quote(10, 99, 101);
series.quote(20, 109, 111);
series.trade(20, 109, 6);
series.quote(40, 118, 122);

it('the time-weighted mid is the area under the mid over its time', () => {
  expect(series.timeWeightedMid(0, 40)).toBe((20 * 100 + 20 * 110) / 40);
  expect(series.timeWeightedMid(10, 30)).toBe(105);
  expect(series.timeWeightedMid(35, 45)).toBe(115);
  expect(series.timeWeightedMid(-5, 10)).toBeNull();
  expect([series.midAt(-1), series.midAt(19), series.midAt(20)]).toEqual([null, 100, 110]);
});

it('the volume-weighted price counts trades from the first instant up to and without the last', () => {
  expect(series.volumeWeightedPrice(0, 30)).toBe((101 * 2 + 109 * 6) / 8);
  expect(series.volumeWeightedPrice(5, 20)).toBe(101);
  expect(series.volumeWeightedPrice(6, 20)).toBeNull();
  expect([series.tradedLots(0, 21), series.tradedLots(5, 20), series.tradedLots(6, 20)]).toEqual([8, 2, 0]);
});

it('the half-spread is weighted by time, in bps of the mid', () => {
  const [first, second] = [(1 / 100) * 10_000, (1 / 110) * 10_000];
  expect(series.halfSpreadBps(0, 40)).toBeCloseTo((first + second) / 2, 9);
});

it('sigma is the sample deviation of one-second log returns', () => {
  const moving = new MarketSeries();
  for (const [second, mid] of [100, 101, 100, 101].entries()) moving.quote(second * 1_000_000, mid - 1, mid + 1);
  const up = Math.log(1.01);
  const mean = up / 3;
  const expected = Math.sqrt((2 * (up - mean) ** 2 + (-up - mean) ** 2) / 2) * 10_000;
  expect(moving.sigma1Bps(0, 4_000_000)).toBeCloseTo(expected, 9);
});
