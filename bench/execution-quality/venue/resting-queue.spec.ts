import { beforeEach, describe, expect, it } from '@jest/globals';
import { RestingQueue, type Resting } from './resting-queue.js';

interface Child extends Resting {
  readonly name: string;
}

let fills: [name: string, lots: number][];
let bids: RestingQueue<Child>;

const child = (name: string, ticks: number, openLots: number): Child => ({ name, ticks, openLots, aheadLots: 0 });

beforeEach(() => {
  fills = [];
  bids = new RestingQueue<Child>(true, ({ name }, lots) => fills.push([name, lots]));
});

describe('a resting child', () => {
  it('joins behind what is displayed, is reached by trades at its price and filled by what passes the queue', () => {
    const one = child('one', 100, 5);
    bids.join(one, 10);
    bids.trade(100, 7, true);
    expect([one.aheadLots, fills]).toEqual([3, []]);
    bids.trade(100, 5, true);
    expect([one.aheadLots, one.openLots, fills]).toEqual([0, 3, [['one', 2]]]);
    bids.trade(100, 9, true);
    expect([one.openLots, fills]).toEqual([
      0,
      [
        ['one', 2],
        ['one', 3],
      ],
    ]);
    bids.trade(100, 9, true);
    expect(fills).toHaveLength(2);
  });

  it('never stands behind more than is displayed, and not in front of more when the level grows again', () => {
    const one = child('one', 100, 5);
    bids.join(one, 10);
    bids.displayed(100, 12);
    expect(one.aheadLots).toBe(10);
    bids.displayed(100, 4);
    bids.displayed(100, 9);
    expect(one.aheadLots).toBe(4);
    bids.displayed(101, 1);
    expect(one.aheadLots).toBe(4);
  });

  it('is filled whole by a trade through its price, whatever stood before it', () => {
    bids.join(child('one', 100, 5), 1_000);
    bids.join(child('deeper', 98, 5), 0);
    bids.trade(99, 1, true);
    expect(fills).toEqual([['one', 5]]);
  });

  it('is filled whole by an opposing quote that reaches its price, and not by one above it', () => {
    bids.join(child('one', 100, 5), 1_000);
    bids.opposite(101);
    bids.opposite(undefined);
    expect(fills).toEqual([]);
    bids.opposite(100);
    expect(fills).toEqual([['one', 5]]);
  });

  it('is not moved by trades of the other side at its price', () => {
    const one = child('one', 100, 5);
    bids.join(one, 10);
    bids.trade(100, 50, false);
    expect([one.aheadLots, fills]).toEqual([10, []]);
  });

  it('does not see the children of other orders: each is filled as if it were alone', () => {
    bids.join(child('one', 100, 5), 2);
    bids.join(child('two', 100, 5), 2);
    bids.trade(100, 4, true);
    expect(fills).toEqual([
      ['one', 2],
      ['two', 2],
    ]);
  });

  it('is not filled any more once it has left', () => {
    const one = child('one', 100, 5);
    bids.join(one, 0);
    expect(bids.leave(one)).toBe(true);
    bids.trade(100, 4, true);
    bids.opposite(99);
    expect(fills).toEqual([]);
    expect(bids.leave(one)).toBe(false);
  });

  it('of the ask side is reached from below', () => {
    const asks = new RestingQueue<Child>(false, ({ name }, lots) => fills.push([name, lots]));
    asks.join(child('one', 100, 5), 10);
    asks.opposite(99);
    asks.trade(99, 5, true);
    expect(fills).toEqual([]);
    asks.trade(101, 1, true);
    expect(fills).toEqual([['one', 5]]);
  });
});
