import { expect, it } from '@jest/globals';
import { decimal, epochMs, firstPlan, type PlanShape, type PlanVersion, type VolumeProfile } from '#domain';
import { plannedShare } from './planned-share.js';

const START = epochMs(1_723_161_254_000);
const profile: VolumeProfile = {
  id: 'flat',
  shares: Array.from({ length: 1_440 }, () => 1 / 1_440),
  meanDailyVolume: 1_440 * 10,
  bars: 1_440,
};

function shareOf(shape: PlanShape, traded: (u: number) => number, more: PlanVersion[] = []): (u: number) => number {
  const first = { ...firstPlan(decimal('4'), 60_000, START), shape };
  return plannedShare({ plans: [first, ...more], activatedAt: START, orderQty: decimal('4') }, profile, traded);
}

it('an even plan is a straight line', () => {
  const share = shareOf({ kind: 'even' }, () => 0);
  expect([0, 0.25, 1].map(share)).toEqual([0, 0.25, 1]);
});

it('an arrival-price plan is ahead of it', () => {
  expect(shareOf({ kind: 'arrival_price', urgency: 2 }, () => 0)(0.25)).toBeCloseTo(0.41291, 5);
});

it('a volume plan follows a busy market forward and never goes back', () => {
  const shape: PlanShape = { kind: 'volume', profileId: 'flat', from: START, volumeBefore: 0 };
  const usual = shareOf(shape, (u) => 10 * u);
  expect(usual(0.5)).toBeCloseTo(0.5, 6);
  const busy = shareOf(shape, (u) => (u < 0.5 ? 40 * u : 20));
  const early = busy(0.45);
  expect(early).toBeGreaterThan(0.5);
  expect(busy(0.46)).toBeGreaterThanOrEqual(early);
});

it('a rebased plan goes on from where it was', () => {
  const half = { ...firstPlan(decimal('4'), 60_000, START), version: 2, u0: 0.5, x0: decimal('1') };
  const rebased = { ...half, reason: 'outage' as const, createdAt: epochMs(START + 30_000) };
  const share = shareOf({ kind: 'even' }, () => 0, [rebased]);
  expect([0.4, 0.5, 0.75, 1].map(share)).toEqual([0.4, 0.25, 0.625, 1]);
});
