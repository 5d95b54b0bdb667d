import { describe, expect, it } from '@jest/globals';
import { at, decideAt, filled, find, under } from '../../../../test/support/planned-order.js';
import { childOrder, level, parentOrder } from '../../../../test/support/simulated-order.js';
import { price } from '../numeric/decimal.js';
import type { Decision } from './contract.js';

const edges = (decision: Decision) => {
  const watch = find(decision, 'watch');
  return [watch?.bidBelow?.toFixed() ?? null, watch?.askAbove?.toFixed() ?? null];
};

const mids = (decision: Decision) => {
  const watch = find(decision, 'watch');
  return [watch?.midBelow?.toFixed() ?? null, watch?.midAbove?.toFixed() ?? null];
};

describe('decide: watches of a limit price', () => {
  const wide = { bids: [level('99', '50')], asks: [level('101', '50')] };
  const inside = (limit: string, side: 'buy' | 'sell', isReverseLimit = false) =>
    under('54', 50, { side }, { limitPrice: price(limit), isReverseLimit });
  const outside = (limit: string, side: 'buy' | 'sell', isReverseLimit = false) => ({
    ...inside(limit, side, isReverseLimit),
    outOfLimit: [{ from: at(40), to: null }],
  });

  it('names the quote that has yet to cross it', () => {
    expect(edges(decideAt(outside('99', 'buy'), 50))[0]).toBe('99');
    expect(edges(decideAt(outside('101', 'sell'), 50))[1]).toBe('101');
  });

  it.each([
    ['buy', '100.5', null, '100.5025'],
    ['buy', '100.503', null, '100.5025'],
    ['sell', '99.5', '99.4975', null],
    ['sell', '99.497', '99.4975', null],
  ] as const)('inside a wide spread names the mid that leaves it: %s, %s', (side, limit, midBelow, midAbove) => {
    const decision = decideAt(inside(limit, side), 50, wide);
    expect([edges(decision), mids(decision)]).toEqual([
      [null, null],
      [midBelow, midAbove],
    ]);
  });

  it.each([
    ['buy', '99', '99.0025', null],
    ['sell', '101', null, '100.9975'],
  ] as const)('inside a wide spread names the mid that comes back: %s', (side, limit, midBelow, midAbove) => {
    const decision = decideAt(outside(limit, side), 50, { bids: [level('98', '50')], asks: [level('102', '50')] });
    expect([edges(decision), mids(decision)]).toEqual([
      [null, null],
      [midBelow, midAbove],
    ]);
  });

  it('inside a wide spread tells what of the book is its own, which is no part of the mid', () => {
    const clip = childOrder({ sequence: 1, price: price('99.5'), createdAt: at(49) });
    const resting = { ...outside('99.5', 'buy'), children: [filled(0, '54'), clip], nextSequence: 2 };
    const book = { bids: [level('99.5', '0.25'), level('99', '50')], asks: [level('101', '50')] };
    const watch = find(decideAt(resting, 50, book), 'watch');
    expect(watch?.midBelow?.toFixed()).toBe('99.5025');
    expect(watch?.own.map(({ price: px, qty }) => [px.toFixed(), qty.toFixed()])).toEqual([['99.5', '0.25']]);
  });

  it('during the second after the return names the way out again', () => {
    const found = edges(decideAt(outside('101', 'buy'), 50));
    expect(found).toEqual([null, '101']);
  });

  it.each(['limit', 'iceberg'] as const)('of a reverse limit wakes a %s order where it may rest again', (algorithm) => {
    const order = (side: 'buy' | 'sell', limit: string) =>
      parentOrder(
        { algorithm, side },
        { durationMs: null, limitPrice: price(limit), isReverseLimit: true, orderSlices: 2 },
      );
    expect(edges(decideAt(order('buy', '101'), 0))).toEqual([null, '101']);
    expect(edges(decideAt(order('sell', '99'), 0))).toEqual(['99', null]);
    // it rests inside the spread: nothing is waited for, and no tick is news
    expect(edges(decideAt(order('buy', '100.5'), 0, wide))).toEqual([null, null]);
  });
});
