import { expect, it } from '@jest/globals';
import { quantity, type ParentOrderId } from '#domain';
import { EndedOrders } from './ended-orders.js';

const key = { parentOrderId: 'p' as ParentOrderId, sequence: 1 };
const facts = (cumQty: string, fills: unknown[] = []) => ({ view: { cumQty: quantity(cumQty) }, fills });

it('what is told again of an end that was booked needs no look', () => {
  const ended = new EndedOrders();
  expect(ended.covers(key, facts('0'))).toBe(false);
  ended.note(key, facts('1.5'));
  expect(ended.covers(key, facts('1.5'))).toBe(true);
  expect(ended.covers({ ...key, sequence: 2 }, facts('1.5'))).toBe(false);
});

it('a fill, more filled than was booked, or no state is looked at', () => {
  const ended = new EndedOrders();
  ended.note(key, facts('1.5'));
  expect(ended.covers(key, facts('1.6'))).toBe(false);
  expect(ended.covers(key, facts('1.5', [{}]))).toBe(false);
  expect(ended.covers(key, { view: null, fills: [] })).toBe(false);
});

it('an order whose booked fills change is looked at again', () => {
  const ended = new EndedOrders();
  ended.note(key, facts('1.5'));
  ended.forget(key);
  expect(ended.covers(key, facts('1.5'))).toBe(false);
});

it('remembers the newest ten thousand', () => {
  const ended = new EndedOrders();
  for (let sequence = 0; sequence <= 10_000; sequence += 1) ended.note({ ...key, sequence }, facts('1'));
  expect(ended.covers({ ...key, sequence: 0 }, facts('1'))).toBe(false);
  expect(ended.covers({ ...key, sequence: 1 }, facts('1'))).toBe(true);
});
