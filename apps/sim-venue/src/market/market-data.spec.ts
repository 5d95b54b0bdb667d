import { describe, expect, it } from '@jest/globals';
import { Book } from '../matching/book.js';
import { MarketOrder } from '../floor/symbol-market.js';
import { ChangedLevels, DepthAccumulator, type DepthChange } from './market-data.js';

describe('what the difference streams have not told yet', () => {
  it('reaches a slow reader through a fast one, each level once and no id left out', () => {
    const slow = new DepthAccumulator();
    const fast = new ChangedLevels();
    const pass = (lastUpdateId: number): DepthChange | null => {
      const change = fast.take(lastUpdateId);
      if (change !== null) slow.add(change);
      return change;
    };
    let id = 10;
    const book = new Book((_side, _ticks, _lots, level) => fast.note(level, (id += 1)));
    const bid = new MarketOrder('BUY', 100, 5);
    book.add(bid);
    book.add(new MarketOrder('SELL', 101, 7));
    book.grow(bid, 1);
    expect(pass(13)).toEqual({ firstUpdateId: 11, lastUpdateId: 13, bids: [[100, 6]], asks: [[101, 7]] });
    book.remove(bid);
    book.add(new MarketOrder('BUY', 99, 2));
    expect(pass(15)).toEqual({
      firstUpdateId: 14,
      lastUpdateId: 15,
      bids: [
        [100, 0],
        [99, 2],
      ],
      asks: [],
    });
    expect(pass(15)).toBeNull();
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
  });

  it('tells the level that stands at a price by now, not those that stood there before', () => {
    const fast = new ChangedLevels();
    const book = new Book((_side, _ticks, _lots, level) => fast.note(level, 1));
    const orders = [5, 6, 7].map((lots) => new MarketOrder('SELL', 101, lots));
    for (const order of orders) {
      book.add(order);
      if (order !== orders[2]) book.remove(order);
    }
    expect(fast.take(1)?.asks).toEqual([[101, 7]]);
    for (const order of [orders[2] as MarketOrder, new MarketOrder('SELL', 101, 1)]) {
      if (order.level === null) book.add(order);
      book.remove(order);
    }
    expect(fast.take(1)?.asks).toEqual([[101, 0]]);
  });

  it('begins anew after what nobody wants to know', () => {
    const fast = new ChangedLevels();
    let id = 0;
    const book = new Book((_side, _ticks, _lots, level) => fast.note(level, (id += 1)));
    const bid = new MarketOrder('BUY', 100, 5);
    book.add(bid);
    fast.forget();
    expect(fast.take(id)).toBeNull();
    book.grow(bid, 2);
    expect(fast.take(id)).toEqual({ firstUpdateId: 2, lastUpdateId: 2, bids: [[100, 7]], asks: [] });
  });
});
