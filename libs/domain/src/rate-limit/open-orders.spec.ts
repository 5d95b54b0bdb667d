import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasRoom, openOrderCap, type OpenOrderRule } from './open-orders.js';

const BY_PAIR: OpenOrderRule = { scope: ['account', 'pair'], limit: 60, tier: { intermediate: 80, pro: 225 } };
const BY_VOLUME: OpenOrderRule = {
  scope: ['address'],
  limit: 1_000,
  earned: { perUsdc: 5_000_000, most: 5_000, tradedBy: 'actions' },
};

describe('B3 open orders', () => {
  it.each([
    [undefined, 60],
    ['starter', 60],
    ['intermediate', 80],
    ['pro', 225],
  ])('are those of the tier %s: %i in each instrument', (tier, most) => {
    expect(openOrderCap(BY_PAIR, tier, null)).toEqual({ most, isPerSymbol: true });
  });

  it.each([
    [null, 1_000],
    [-1, 1_000],
    [4_999_999, 1_000],
    [5_000_000, 1_001],
    [52_000_000, 1_010],
    [19_999_999_999, 4_999],
    [20_000_000_000, 5_000],
    [900_000_000_000, 5_000],
  ])('grow with what was traded: %p USDC, %i in all', (traded, most) => {
    expect(openOrderCap(BY_VOLUME, undefined, traded)).toEqual({ most, isPerSymbol: false });
  });

  it('are never passed by a place, and hold up nothing that only shrinks a position', () => {
    const cap = { most: 60, isPerSymbol: true };
    expect([58, 59, 60, 61].map((open) => hasRoom(cap, open, false))).toEqual([true, true, false, false]);
    expect(hasRoom(cap, 1_000, true)).toBe(true);
  });

  it('earn no less for more, and no more than there is', () => {
    const traded = fc.integer({ min: 0, max: 40_000_000_000 });
    fc.assert(
      fc.property(traded, traded, (a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map(
          (usdc) => openOrderCap(BY_VOLUME, undefined, usdc).most,
        );
        expect(less).toBeGreaterThanOrEqual(1_000);
        expect(less).toBeLessThanOrEqual(more ?? 0);
        expect(more).toBeLessThanOrEqual(5_000);
      }),
    );
  });
});
