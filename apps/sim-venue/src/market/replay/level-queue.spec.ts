import { describe, expect, it } from '@jest/globals';
import { LevelQueue, TRADE_LAG_MICROS, type QueueMode } from './level-queue.js';

interface Resting {
  openLots: number;
}
const MS = 1_000;

/** A level that shows `recorded` lots, with one order of `lots` that joined at its back. */
function queued(recorded: number, lots: number, mode: QueueMode = 'prorata') {
  const queue = new LevelQueue<Resting>(recorded, mode);
  const order = { openLots: lots };
  queue.sync([{ order, front: recorded }]);
  return { queue, order };
}

describe('the queue of a level (venues.md C7)', () => {
  it('an order that rests has the recorded quantity ahead, and earlier orders as well', () => {
    const { queue, order } = queued(10, 2);
    queue.sync([
      { order, front: 10 },
      { order: { openLots: 5 }, front: 10 },
    ]);
    expect(queue.aheads).toEqual([10, 10]);
    // 10 ahead of both, then 2 of the first, and only then the second.
    expect(queue.trade(13, 0).map(({ lots }) => lots)).toEqual([2, 1]);
  });

  it('an order at a price the record does not know has nothing ahead', () => {
    const { queue } = queued(0, 3);
    expect(queue.trade(2, 0)).toMatchObject([{ lots: 2 }]);
  });

  it('a trade eats what is ahead, then fills in order, up to its quantity', () => {
    const { queue, order } = queued(10, 2);
    expect(queue.trade(6, 0)).toEqual([]);
    expect(queue.aheads).toEqual([4]);
    expect(queue.trade(5, 0)).toEqual([{ order, lots: 1 }]);
  });

  it.each([
    ['prorata', 2],
    ['back', 2],
  ] as const)(
    'VE-C49 10 shown, we rest 2; 6 trade, 2 of the 4 left cancel, 3 trade: %s, ahead 2, we fill 1',
    (mode, ahead) => {
      const { queue } = queued(10, 2, mode);
      queue.trade(6, 0);
      queue.set(2, 'depth', 0);
      expect(queue.aheads).toEqual([ahead]);
      expect(queue.trade(3, 0)).toMatchObject([{ lots: 1 }]);
    },
  );

  it.each([
    ['prorata', 7],
    ['back', 10],
  ] as const)('cancels are shared by the mode: %s leaves %d of 10 ahead when 20 become 14', (mode, ahead) => {
    const { queue } = queued(10, 2, mode);
    queue.set(20, 'depth', 0); // ten more joined behind us
    expect(queue.aheads).toEqual([10]);
    queue.set(14, 'depth', 0);
    expect(queue.aheads).toEqual([ahead]);
  });

  it('rounds a share up: nobody moves further ahead than the share says', () => {
    const { queue } = queued(10, 2);
    queue.set(7, 'depth', 0);
    queue.set(5, 'depth', 0);
    expect(queue.aheads).toEqual([5]);
    const three = queued(3, 2).queue;
    three.set(10, 'depth', 0);
    three.set(9, 'depth', 0); // 2.7
    expect(three.aheads).toEqual([3]);
  });

  it('what a trade took off is not cancelled again when the record shows it, before or after new quantity', () => {
    const { queue } = queued(10, 2);
    queue.trade(6, 0);
    queue.set(4, 'ticker', 0);
    queue.set(9, 'ticker', 0);
    queue.set(9, 'depth', 0);
    expect(queue.aheads).toEqual([4]);
  });

  it('a fall that the ticker shows before its trade moves the queue once', () => {
    const { queue } = queued(10, 2);
    queue.set(20, 'depth', 0);
    queue.set(14, 'ticker', MS);
    expect(queue.trade(6, 2 * MS)).toEqual([]);
    expect(queue.aheads).toEqual([4]);
    expect(queue.arrange(14)).toEqual([4, 10]);
  });

  it('a level swept before its trades are told fills nobody who stood behind it', () => {
    const { queue } = queued(10, 2);
    queue.set(0, 'ticker', MS);
    expect(queue.trade(7, 2 * MS)).toEqual([]);
    expect(queue.trade(3, 3 * MS)).toEqual([]);
    expect(queue.aheads).toEqual([0]);
  });

  it('without a trade in time it was cancelled', () => {
    const { queue } = queued(10, 2);
    queue.set(5, 'ticker', 0);
    expect(queue.aheads).toEqual([10]);
    expect(queue.trade(6, TRADE_LAG_MICROS + 1)).toMatchObject([{ lots: 1 }]);
  });

  it('one who joins between a fall and its trade is not moved by that trade', () => {
    const queue = new LevelQueue<Resting>(4, 'prorata', { lots: 6, at: 0 });
    queue.sync([{ order: { openLots: 2 }, front: 4 }]);
    expect(queue.trade(6, MS)).toEqual([]);
    expect(queue.trade(5, 2 * MS)).toMatchObject([{ lots: 1 }]);
  });

  it('what takers ate before us is not ahead any more; what they ate behind us does not matter', () => {
    const { queue, order } = queued(10, 2);
    queue.arrange(15);
    queue.sync([{ order, front: 7 }]);
    expect(queue.aheads).toEqual([7]);
  });

  it('the book shows no more ahead than there is, and the rest behind', () => {
    const { queue, order } = queued(10, 2);
    queue.sync([
      { order, front: 10 },
      { order: { openLots: 1 }, front: 14 },
    ]);
    expect(queue.arrange(20)).toEqual([10, 4, 6]);
    expect(queue.arrange(12)).toEqual([10, 2, 0]);
    expect(queue.arrange(0)).toEqual([0, 0, 0]);
  });
});
