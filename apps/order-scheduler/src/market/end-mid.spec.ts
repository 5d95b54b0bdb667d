import { expect, it } from '@jest/globals';
import { addMs, epochMs, price, type MarketSnapshot } from '#domain';
import { endMid } from './end-mid.js';

const ENDED = epochMs(1_000_000);
const seen = (told: number, looked: number, status = 'live'): string | null => {
  const snapshot = { mid: price('100'), at: addMs(ENDED, told), status } as MarketSnapshot;
  return endMid(snapshot, ENDED, addMs(ENDED, looked))?.toFixed() ?? null;
};

it('is that of a market fit to trade on', () => {
  expect([seen(0, 0), seen(-2_000, 0), seen(-2_001, 0), seen(0, 0, 'stale')]).toEqual(['100', '100', null, null]);
  expect(endMid(null, ENDED, ENDED)).toBeNull();
});

it('is of the end, not of long after it', () => {
  expect([seen(10_000, 10_000), seen(10_001, 10_001), seen(45_000, 45_000)]).toEqual(['100', null, null]);
});
