import { describe, expect, it } from '@jest/globals';
import { sweepLevels } from './sweep-levels.js';

const asks = [
  { ticks: 101, lots: 3 },
  { ticks: 102, lots: 4 },
  { ticks: 105, lots: 9 },
];
const bids = [
  { ticks: 100, lots: 3 },
  { ticks: 98, lots: 4 },
];

describe('a taker', () => {
  it('takes the touch and then deeper levels, as much as is displayed there', () => {
    expect(sweepLevels(asks, true, 2, null)).toEqual([{ ticks: 101, lots: 2 }]);
    expect(sweepLevels(asks, true, 8, null)).toEqual([
      { ticks: 101, lots: 3 },
      { ticks: 102, lots: 4 },
      { ticks: 105, lots: 1 },
    ]);
  });

  it('takes nothing beyond its limit, and what is at it', () => {
    expect(sweepLevels(asks, true, 100, 102)).toEqual(asks.slice(0, 2));
    expect(sweepLevels(asks, true, 100, 100)).toEqual([]);
    expect(sweepLevels(bids, false, 100, 98)).toEqual(bids);
    expect(sweepLevels(bids, false, 100, 99)).toEqual(bids.slice(0, 1));
  });

  it('gets no more than there is', () => {
    expect(sweepLevels(asks, true, 100, null)).toEqual(asks);
    expect(sweepLevels([], true, 1, null)).toEqual([]);
  });
});
