import { expect, it } from '@jest/globals';
import { OrderRefusal } from './order-refusal.js';

it('says the first text of the first field, and tells the place of a fault in a condition as a number', () => {
  const { code, message, errors, extra, retryAfterSeconds } = OrderRefusal.ofFields({ side: ['a', 'b'], pair: ['c'] });
  expect([code, message, errors, extra, retryAfterSeconds]).toEqual([
    ...['invalid', 'a'],
    { side: ['a', 'b'], pair: ['c'] },
    ...[{}, null],
  ]);
  expect(OrderRefusal.ofFields({ order_condition: ['order_condition: unknown name at 7'] }).extra).toEqual({
    position: 7,
  });
  expect(OrderRefusal.ofFields({ notes: ['seen at 7'] }).extra).toEqual({});
});
