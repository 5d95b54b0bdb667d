import { expect, it } from '@jest/globals';
import { ClientIds } from './client-ids.js';

interface Order {
  readonly name: string;
  isOpen: boolean;
}

const order = (name: string): Order => ({ name, isOpen: true });

it('finds open orders before closed ones, and the latest among equals', () => {
  const ids = new ClientIds<Order>();
  const [first, second] = [order('first'), order('second')];
  ids.add('A', 'x', first);
  ids.add('A', 'x', second);
  expect(ids.find('A', 'x')).toBe(second);
  second.isOpen = false;
  expect(ids.find('A', 'x')).toBe(first);
  first.isOpen = false;
  expect(ids.find('A', 'x')).toBe(second);
  const third = order('third');
  ids.add('A', 'x', third);
  third.isOpen = false;
  expect(ids.find('A', 'x')).toBe(third);
});

it('keeps the others when one goes by another id', () => {
  const ids = new ClientIds<Order>();
  const [first, second] = [order('first'), order('second')];
  ids.add('A', 'x', first);
  ids.add('A', 'x', second);
  ids.remove('A', 'x', second);
  expect(ids.find('A', 'x')).toBe(first);
  ids.remove('A', 'x', second);
  expect(ids.find('A', 'x')).toBe(first);
  ids.remove('A', 'x', first);
  expect(ids.find('A', 'x')).toBeUndefined();
});

it('tells symbols apart, and knows no id that it was not told', () => {
  const ids = new ClientIds<Order>();
  const only = order('only');
  ids.add('A', 'x', only);
  ids.remove('B', 'x', only);
  expect(ids.find('A', 'x')).toBe(only);
  expect(ids.find('B', 'x')).toBeUndefined();
  expect(ids.find('A', 'y')).toBeUndefined();
});
