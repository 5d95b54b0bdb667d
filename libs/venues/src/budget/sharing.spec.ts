import { expect, it } from '@jest/globals';
import type { SharingSettings } from './sharing-settings.js';
import { sharingOf } from './sharing.js';

const SETTINGS: SharingSettings = {
  directShare: 0.4,
  accounts: { a1: { weight: 2, directShare: 0.3 }, a2: { weight: 3 } },
  strategies: { s1: { weight: 4, directShare: 0.25 }, s2: { directShare: 0.2999 }, s3: {} },
};
const weightOf = (strategyId: string | undefined, accountId: string | undefined, settings = SETTINGS) =>
  sharingOf({ parentId: 'p', ...(strategyId !== undefined && { strategyId }) }, accountId, settings).parent?.weight;
const shareOf = (strategyId: string, accountId: string | undefined, settings: SharingSettings | undefined = SETTINGS) =>
  sharingOf({ parentId: 'p', strategyId, isDirect: true }, accountId, settings).direct?.share;

it('B6 a parent has the weight of its strategy, else of its account, else 1', () => {
  expect(weightOf('s1', 'a1')).toBe(4);
  expect(weightOf('s2', 'a1')).toBe(2);
  expect(weightOf('unknown', 'a2')).toBe(3);
  expect(weightOf(undefined, 'a1')).toBe(2);
  expect(weightOf('constructor', 'other')).toBe(1);
  expect(weightOf(undefined, undefined)).toBe(1);
  expect(sharingOf({ turnOf: 'venue-time', weight: 4 }, 'a1', SETTINGS).parent).toEqual({
    id: 'venue-time',
    weight: 4,
  });
});

it('B6 direct orders have the share of their strategy, else of its account, else of all, else half', () => {
  expect(shareOf('s1', 'a1')).toBe(250);
  expect(shareOf('s2', 'a1')).toBe(299);
  expect(shareOf('s3', 'a1')).toBe(300);
  expect(shareOf('s3', 'a2')).toBe(400);
  expect(shareOf('s3', 'a2', {})).toBe(500);
  expect(shareOf('s3', 'a2', { directShare: 0.0001 })).toBe(1);
});

it('only direct orders have a share: what algorithms place for a strategy has its weight alone', () => {
  expect(sharingOf({ parentId: 'p', strategyId: 's1' }, 'a1', SETTINGS)).toEqual({ parent: { id: 'p', weight: 4 } });
  expect(sharingOf({ parentId: 'p', isDirect: true }, 'a1', SETTINGS).direct).toBeUndefined();
});

it('says what a weight, a share and a name must be', () => {
  for (const weight of [0, 5, 1.5])
    expect(() => sharingOf({ parentId: 'p', weight })).toThrow(
      `Weight must be a whole number from 1 to 4, was ${weight}`,
    );
  expect(() => shareOf('s', undefined, { directShare: 1.5 })).toThrow(
    'directShare must be above 0 and at most 1, was 1.5',
  );
  expect(() => sharingOf({ parentId: '' })).toThrow('Whoever takes turns must have an id, was ""');
});
