import { expect, it } from '@jest/globals';
import { level } from '../../../test/support/simulated-order.js';
import { withOwnOrders } from './with-own-orders.js';

const bids = [level('100', '4'), level('98', '2')];
const asks = [level('101', '4'), level('103', '2')];

it.each([
  ['at a level that is there', '100', ['100 5', '98 2']],
  ['in front of all', '100.5', ['100.5 1', '100 4', '98 2']],
  ['between two', '99', ['100 4', '99 1', '98 2']],
  ['behind all', '97', ['100 4', '98 2', '97 1']],
])('a child of ours shows %s', (_where, px, expected) => {
  const shown = withOwnOrders('buy', bids, [level(px, '1')]);
  expect(shown.map(({ price, qty }) => `${price.toFixed()} ${qty.toFixed()}`)).toEqual(expected);
});

it('asks rise, and a book without children of ours stays what it is', () => {
  const shown = withOwnOrders('sell', asks, [level('102', '1')]);
  expect(shown.map(({ price }) => price.toFixed())).toEqual(['101', '102', '103']);
  expect(withOwnOrders('sell', asks, [])).toBe(asks);
});
