import { expect, it } from '@jest/globals';
import { newPublicId, slugOf } from './public-id.js';

it.each([
  ['Sol swings', 'sol-swings'],
  ['  --Élan / 5m!  ', 'elan-5m'],
  ['БТК', 'signaler'],
  ['x'.repeat(99), 'x'.repeat(40)],
  [`${'x'.repeat(39)} y`, 'x'.repeat(39)],
])('makes a word of the name %j', (name, slug) => {
  expect(slugOf(name)).toBe(slug);
  expect(newPublicId(name)).toMatch(new RegExp(`^${slug}-[a-z0-9]{4}$`));
});

it('makes another one each time, so that a name that many have still has room', () => {
  expect(new Set(Array.from({ length: 200 }, () => newPublicId('a'))).size).toBeGreaterThan(195);
});
