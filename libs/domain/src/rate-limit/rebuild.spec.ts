import { expect, it } from '@jest/globals';
import { BudgetBench } from '../../../../test/support/budget-bench.js';
import type { LimitDraw } from './limit-draw.js';
import { bookedSpanMs, rebuild } from './rebuild.js';
import { usageOf } from './usage.js';

const HOUR = 3_600_000;
const NOON = 1_795_219_200_000;
const draw = (more: Partial<LimitDraw>): LimitDraw => ({
  name: 'requests:a',
  id: 'requests',
  scope: 'a',
  kind: 'rolling_window',
  limit: 480,
  windowMs: HOUR,
  rate: 0,
  resume: 0,
  blocks: 0,
  ceiling: 1_000,
  cost: 3,
  onSuccess: 3,
  onFailure: 3,
  ...more,
});

/** A budget that was lost at twenty to one, and what was booked in the hour before and in this one. */
function rebuilt(limit: LimitDraw, before: number, since: number) {
  const bench = new BudgetBench(NOON + 40 * 60_000);
  const { needed } = rebuild(bench.state, { draw: limit, booked: [] }, bench.now).result;
  const booked = needed.map((start) => ({ start, used: start === NOON ? since : before }));
  const { state, result } = rebuild(bench.state, { draw: limit, booked }, bench.now);
  bench.state = state;
  return { bench, needed, result, used: () => usageOf(bench.state, limit, bench.now).used };
}

it('an hour that rolls is known at once: all that was booked since the hour before counts, for as long as it may', () => {
  const limit = draw({});
  const { bench, needed, result, used } = rebuilt(limit, 300, 60);
  expect([needed, result.cold, used()]).toEqual([[NOON - HOUR, NOON], false, 360]);
  expect(bench.reserve('t', [limit])).toMatchObject({ granted: true });
  bench.release('t');
  bench.now = NOON + HOUR; // of the hour before the last call was at noon, as late as its clock may be
  expect(used()).toBe(360);
  bench.now += 80_000; // and a fiftieth of the hour, in which costs are kept as one
  expect(used()).toBe(60);
  bench.now = NOON + 100 * 60_000 + 80_000;
  expect(used()).toBe(0);
});

it('is full where so much was booked', () => {
  const { bench } = rebuilt(draw({}), 470, 9);
  expect(bench.reserve('t', [draw({})])).toMatchObject({ granted: false, reason: 'exhausted' });
});

it('a bucket that takes an hour to fill is missing all that was booked, and fills from then on', () => {
  const MICRO = 1_000_000;
  const bucket = draw({ kind: 'token_bucket', limit: 360 * MICRO, rate: 100, windowMs: 0, cost: MICRO });
  expect(bookedSpanMs(bucket)).toBe(HOUR);
  const { bench, used } = rebuilt(bucket, 100 * MICRO, 80 * MICRO);
  expect(used()).toBe(180);
  bench.now += HOUR / 4;
  expect(used()).toBe(90);
});

it.each(['lifetime_budget', 'per_block'] as const)('nothing that was booked tells how a %s stands', (kind) => {
  const limit = draw({ kind, blocks: 1 });
  expect(bookedSpanMs(limit)).toBe(0);
  const bench = new BudgetBench(NOON);
  const { result } = rebuild(bench.state, { draw: limit, booked: [{ start: NOON, used: 1 }] }, NOON);
  expect(result).toEqual({ cold: true, needed: [] });
});
