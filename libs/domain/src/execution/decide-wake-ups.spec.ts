import { describe, expect, it } from '@jest/globals';
import { at, briefs, decideAt, filled, PLAN, under } from '../../../../test/support/planned-order.js';
import { childOrder, close, market, parentOrder } from '../../../../test/support/simulated-order.js';
import { price, quantity } from '../numeric/decimal.js';
import type { ExecutionChild, ExecutionParent } from './contract.js';
import { decide } from './decide.js';
import { draw } from './draw.js';

const HOUR_MS = 3_600_000;
const SEEDS = Array.from({ length: 20 }, (_, n) => `seed-${n}`);

/** An order of 100 over an hour, in slices of 30 s, of which this much is filled; one clip rests where it should. */
const hour = (seconds: number, executed: string, children: readonly ExecutionChild[] = []): ExecutionParent =>
  under(
    executed,
    seconds,
    { plans: [{ ...PLAN, durationMs: HOUR_MS }], children: [filled(0, executed), ...children] },
    { durationMs: HOUR_MS, passiveOnly: true },
  );
const wakeMs = (parent: ExecutionParent, seconds: number, seed: string, loadFactor = 1): number =>
  (decide(parent, { ...market(at(seconds)), loadFactor }, at(seconds), seed).nextWakeAt ?? Infinity) - at(0);
const onGrid = (ms: number): number => Math.ceil(ms / 50) * 50;
const phaseOf = (seed: string): number => draw(seed, 'phase', 0) * 250;

describe('decide: heartbeats and slices', () => {
  it.each([
    [3_000, 30_000],
    [3_240, 30_000],
    [3_300, 10_000],
    [3_540, 10_000],
  ])('beats at %d s of an hour after %d ms, shifted by the phase of the order', (seconds, beatMs) => {
    const ahead = (100 * (seconds + 45)) / 3_600; // nothing is due until after the beat
    const resting = childOrder({ sequence: 1, orderQty: quantity('0.1'), createdAt: at(seconds) });
    const parent = hour(seconds, ahead.toFixed(3), [resting]);
    const beats = SEEDS.map((seed) => wakeMs(parent, seconds, seed));
    expect(beats).toEqual(SEEDS.map((seed) => onGrid(seconds * 1_000 + beatMs + phaseOf(seed))));
    expect(new Set(beats).size).toBeGreaterThan(3);
  });

  it('wakes for room at a slice’s beginning, jittered and shifted by the phase of the order', () => {
    // the upper edge leaves room for a child from 585 s on; slice 20 begins at 600 s, a quarter of an interval more or less
    const parent = hour(580, '24.2');
    const expected = SEEDS.map((seed) => 600_000 + 7_500 * (2 * draw(seed, 'time', 20) - 1) + phaseOf(seed));
    expect(SEEDS.map((seed) => wakeMs(parent, 580, seed))).toEqual(expected.map((ms) => onGrid(Math.ceil(ms))));
  });
});

describe('decide: under load', () => {
  const leftBehind = (seconds: number, change: Partial<ExecutionChild> = {}) => {
    const left = childOrder({ sequence: 1, price: price('99.5'), createdAt: at(seconds - 3), ...change });
    return under('0', seconds, { children: [filled(0, '52'), left], nextSequence: 2 });
  };

  it.each([
    [0.5, 250],
    [1, 250],
    [3, 750],
    [8, 2_000],
  ])('a load factor of %d leaves %d ms between decisions', (loadFactor, gapMs) => {
    // a child that the venue dropped at 10 s comes back a second later
    const dropped = close(childOrder({ purpose: 'limit', timeInForce: 'gtc' }), 'expired', '', at(10));
    const parent = parentOrder(
      { algorithm: 'limit', children: [dropped], nextSequence: 1 },
      { durationMs: null, limitPrice: price('99.9') },
    );
    expect(wakeMs(parent, 10.95, parent.id, loadFactor) - 10_950).toBe(gapMs);
  });

  it('lets a child rest for so much longer, and wakes when that is over', () => {
    const parent = leftBehind(50);
    const decision = (loadFactor: number) => decide(parent, { ...market(at(50)), loadFactor }, at(50), parent.id);
    expect(briefs(decision(1))).toEqual(['cancel 1 re_peg']);
    expect(briefs(decision(1.5))).toEqual(['cancel 1 re_peg']);
    expect(briefs(decision(1.6))).toEqual([]);
    expect(decision(1.6).nextWakeAt).toBe(at(50.4)); // 47 s + 1.6 * 2 s, not before 1.6 * 250 ms
    expect(decision(2).nextWakeAt).toBe(at(51));
    expect(briefs(decideAt(leftBehind(50, { createdAt: at(48.01) }), 50))).toEqual([]);
  });
});
