import { describe, expect, it } from '@jest/globals';
import type { Refusal } from '../floor/refusal.js';
import { OrderCounts } from './order-counts.js';
import { RequestLimits, SPOT_LIMITS, USDM_LIMITS } from './request-limits.js';

const MINUTE_START = 1_700_000_040_000;

function refusalOf(action: () => void): Refusal | null {
  try {
    action();
    return null;
  } catch (error) {
    return error as Refusal;
  }
}

describe('request limits', () => {
  it('VE-C48 refuses the 6,001st weight of a minute, then bans after ten more calls', () => {
    const limits = new RequestLimits({ ...SPOT_LIMITS });
    const now = MINUTE_START + 12_500;
    for (let i = 0; i < 300; i += 1) limits.admit('a', 20, now);
    expect(limits.usedWeight('a', now)).toBe(6_000);
    expect(refusalOf(() => limits.admit('a', 1, now))).toMatchObject({ status: 429, code: -1003, retryAfterSec: 48 });
    for (let i = 0; i < 9; i += 1) expect(refusalOf(() => limits.admit('a', 1, now))).toMatchObject({ status: 429 });
    expect(refusalOf(() => limits.admit('a', 1, now))).toMatchObject({ status: 418, retryAfterSec: 120 });
    expect(refusalOf(() => limits.admit('b', 1, now))).toBeNull();
    expect(refusalOf(() => limits.admit('a', 1, now + 119_999))).toMatchObject({ status: 418 });
    expect(refusalOf(() => limits.admit('a', 1, now + 120_000))).toBeNull();
  });

  it('doubles the ban of a repeater, up to three days', () => {
    const limits = new RequestLimits({ ...SPOT_LIMITS, weightPerMinute: 1 });
    let now = MINUTE_START;
    const bans: number[] = [];
    for (let round = 0; round < 13; round += 1) {
      limits.admit('a', 1, now);
      let refusal = refusalOf(() => limits.admit('a', 1, now));
      while (refusal?.status === 429) refusal = refusalOf(() => limits.admit('a', 1, now));
      bans.push(refusal?.retryAfterSec ?? 0);
      now += (refusal?.retryAfterSec ?? 0) * 1_000 + 60_000;
    }
    expect(bans.slice(0, 3)).toEqual([120, 240, 480]);
    expect(bans.at(-1)).toBe(3 * 86_400);
  });

  it('opens again with the next clock minute', () => {
    const limits = new RequestLimits({ ...SPOT_LIMITS, weightPerMinute: 10 });
    limits.admit('a', 10, MINUTE_START + 59_000);
    expect(refusalOf(() => limits.admit('a', 1, MINUTE_START + 59_500))).toMatchObject({ retryAfterSec: 1 });
    expect(refusalOf(() => limits.admit('a', 10, MINUTE_START + 60_500))).toBeNull();
  });
});

it('forgets addresses that are idle, but none that was banned lately', () => {
  const limits = new RequestLimits({ ...SPOT_LIMITS, weightPerMinute: 1 });
  let now = MINUTE_START;
  for (let i = 0; i < 12; i += 1) refusalOf(() => limits.admit('banned', 1, now));
  for (let i = 0; i < 1_000; i += 1) limits.admit(`idle ${i}`, 1, now);
  now += 400_000;
  limits.admit('banned', 1, now);
  limits.admitConnection('new', now);
  expect(limits.usedWeight('asked about', now)).toBe(0);
  expect(limits.addresses).toBe(2);
  let refusal: Refusal | null = null;
  while (refusal?.status !== 418) refusal = refusalOf(() => limits.admit('banned', 1, now));
  expect(refusal.retryAfterSec).toBe(240);
});

it('gives weight back to the minute that bore it, and to no other', () => {
  const limits = new RequestLimits({ ...SPOT_LIMITS });
  const now = MINUTE_START + 59_000;
  limits.admit('a', 5, now);
  limits.refund('a', 2, now);
  expect(limits.usedWeight('a', now)).toBe(3);
  limits.admit('a', 4, now + 1_000);
  limits.refund('a', 3, now);
  expect(limits.usedWeight('a', now + 1_000)).toBe(4);
});

/** Of spot: in ten seconds, and in the day. */
const used = (counts: OrderCounts, now: number): number[] => counts.counts(1, now).map(({ count }) => count);

describe('unfilled orders', () => {
  it('VE-C47 counts placements, takes five off for a maker and one for a taker, and never goes below zero', () => {
    const counts = new OrderCounts({ ...SPOT_LIMITS });
    const now = MINUTE_START;
    for (let i = 0; i < 5; i += 1) counts.placed(1, now);
    expect(used(counts, now)).toEqual([5, 5]);
    counts.firstFill(1, true, now);
    expect(used(counts, now)).toEqual([0, 0]);
    counts.placed(1, now);
    counts.placed(1, now);
    counts.firstFill(1, false, now);
    expect(used(counts, now)).toEqual([1, 1]);
    counts.firstFill(1, true, now);
    expect(used(counts, now)).toEqual([0, 0]);
  });

  it('VE-C47 refuses the 101st in 10 s with Retry-After, and takes it in the next ten', () => {
    const counts = new OrderCounts({ ...SPOT_LIMITS });
    const now = MINUTE_START + 4_000;
    for (let i = 0; i < 100; i += 1) {
      counts.check(1, now);
      counts.placed(1, now);
    }
    expect(refusalOf(() => counts.check(1, now))).toMatchObject({ status: 429, code: -1015, retryAfterSec: 6 });
    expect(refusalOf(() => counts.check(2, now))).toBeNull();
    expect(refusalOf(() => counts.check(1, now + 6_000))).toBeNull();
    expect(used(counts, now + 6_000)).toEqual([0, 100]);
  });

  it('VE-C47 gives a place back to the span that it was taken from, and to no other', () => {
    const counts = new OrderCounts({ ...SPOT_LIMITS, ordersPer10Seconds: 2 });
    const now = MINUTE_START;
    const release = counts.reserve(1, now);
    counts.reserve(1, now);
    expect(refusalOf(() => counts.reserve(1, now))).toMatchObject({ code: -1015 });
    release();
    expect(used(counts, now)).toEqual([1, 1]);
    const late = counts.reserve(1, now);
    counts.reserve(1, now + 10_000);
    late();
    expect(used(counts, now + 10_000)).toEqual([1, 2]);
  });

  it('counts per minute and ten seconds on USD-M, n at a time for a batch', () => {
    const counts = new OrderCounts({ ...USDM_LIMITS });
    const now = MINUTE_START;
    counts.placed(1, now, 299);
    expect(refusalOf(() => counts.check(1, now, 2))).toMatchObject({ status: 429, code: -1015, retryAfterSec: 10 });
    expect(refusalOf(() => counts.check(1, now))).toBeNull();
    for (let i = 1; i < 4; i += 1) counts.placed(1, now + i * 10_000, 300);
    expect(refusalOf(() => counts.check(1, now + 40_000, 2))).toMatchObject({ code: -1015, retryAfterSec: 20 });
    expect(counts.counts(1, now + 40_000).map(({ suffix, count }) => [suffix, count])).toEqual([
      ['10S', 0],
      ['1M', 1_199],
    ]);
  });
});
