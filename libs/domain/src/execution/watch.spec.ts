import { describe, expect, it } from '@jest/globals';
import { at, decideAt, find, under } from '../../../../test/support/planned-order.js';
import { level, parentOrder } from '../../../../test/support/simulated-order.js';
import { price } from '../numeric/decimal.js';
import type { Decision } from './contract.js';

const edges = (decision: Decision) => {
  const watch = find(decision, 'watch');
  return [watch?.bidBelow?.toFixed() ?? null, watch?.askAbove?.toFixed() ?? null];
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
    ['buy', '100.5', null, '102'],
    ['sell', '99.5', '98', null],
  ] as const)('inside a wide spread names where the mid leaves it: %s', (side, limit, bidBelow, askAbove) => {
    const found = edges(decideAt(inside(limit, side), 50, wide));
    expect(found).toEqual([bidBelow, askAbove]);
  });

  it.each([
    ['buy', '99.5', '98'],
    ['sell', '100.5', '102'],
  ] as const)('inside a wide spread names where the mid comes back: %s', (side, limit, edge) => {
    expect(edges(decideAt(outside(limit, side), 50, wide))[side === 'buy' ? 0 : 1]).toBe(edge);
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
