import { expect, it } from '@jest/globals';
import type { StoredChildOrder } from '#persistence';
import { inBatches } from './cancel-batches.js';

const child = (sequence: number, symbol = 'ETHUSDT', isKnown = true) =>
  ({
    sequence,
    symbol,
    order: { state: isKnown ? { status: 'working', venueOrderId: String(sequence) } : { status: 'claimed' } },
  }) as unknown as StoredChildOrder;
const places = (batches: StoredChildOrder[][]) => batches.map((batch) => batch.map(({ sequence }) => sequence));
const range = (from: number, to: number, symbol?: string) =>
  Array.from({ length: to - from }, (_, i) => child(from + i, symbol));

it('VE-B34 cancels of a halt go out together where the venue takes several at once', () => {
  expect(places(inBatches(range(0, 8), 4))).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
  ]);
});

it('what is less than half a call goes one by one', () => {
  expect(places(inBatches(range(0, 5), 4))).toEqual([[0, 1, 2, 3], [4]]);
  expect(places(inBatches(range(0, 6), 4))).toEqual([
    [0, 1, 2, 3],
    [4, 5],
  ]);
});

it('orders of two symbols never share a call', () => {
  expect(places(inBatches([...range(0, 2), ...range(2, 4, 'BTCUSDT')], 4))).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

it('an order whose id at the venue is not known goes alone, after the others', () => {
  expect(places(inBatches([child(0, 'ETHUSDT', false), ...range(1, 3)], 4))).toEqual([[1, 2], [0]]);
});

it('each goes alone where the venue takes one at a time', () => {
  expect(places(inBatches(range(0, 3), 0))).toEqual([[0], [1], [2]]);
});
