import { describe, expect, it } from '@jest/globals';
import { DepthAccumulator } from './market-data.js';

describe('what the difference streams have not told yet', () => {
  it('reaches the slow stream through the fast one, each level once and no id left out', () => {
    const slow = new DepthAccumulator();
    const fast = new DepthAccumulator(slow);
    fast.note('BUY', 100, 5, 11);
    fast.note('SELL', 101, 7, 12);
    fast.note('BUY', 100, 6, 13);
    expect(fast.take(13)).toEqual({ firstUpdateId: 11, lastUpdateId: 13, bids: [[100, 6]], asks: [[101, 7]] });
    fast.note('BUY', 100, 0, 14);
    fast.note('BUY', 99, 2, 15);
    expect(fast.take(15)).toMatchObject({ firstUpdateId: 14, lastUpdateId: 15 });
    expect(fast.take(15)).toBeNull();
    expect(slow.take(15)).toEqual({
      firstUpdateId: 11,
      lastUpdateId: 15,
      bids: [
        [100, 0],
        [99, 2],
      ],
      asks: [[101, 7]],
    });
    expect(slow.take(15)).toBeNull();
    fast.note('SELL', 101, 0, 16);
    fast.take(16);
    expect(slow.take(16)).toMatchObject({ firstUpdateId: 16, bids: [], asks: [[101, 0]] });
  });
});
