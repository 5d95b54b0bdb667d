import { describe, expect, it } from '@jest/globals';
import { costOf } from './cost.js';
import type { LimitDefinition } from './limit-definition.js';
import { drawOf, figuresOf } from './limit-draw.js';

describe('the cost of a call', () => {
  const cancel = {
    byAge: [
      [5, 8],
      [10, 6],
      [15, 5],
      [45, 4],
      [90, 2],
      [300, 1],
    ],
    plus: 0,
  } as const;

  it('follows the steps of a parameter, and refuses what lies above the last', () => {
    const depth = { byParam: 'limit', fallback: 100, steps: [[100, 5] as const, [500, 25] as const] };
    expect([{}, { limit: 100 }, { limit: 101 }].map((params) => costOf(depth, { params }))).toEqual([5, 5, 25]);
    expect(() => costOf(depth, { params: { limit: 501 } })).toThrow('Parameter limit must be at most 500, was 501');
  });

  it('counts orders, whole parts of them, and their ages', () => {
    expect(costOf({ perOrder: 0.5, plus: 1 }, { orders: 3 })).toBe(2.5);
    expect([1, 39, 40, 41].map((orders) => costOf({ expr: 'floor_n', div: 40, plus: 1 }, { orders }))).toEqual([
      1, 1, 2, 2,
    ]);
    expect([0, 4_999, 5_000, 299_999, 300_000].map((age) => costOf(cancel, { agesMs: [age] }))).toEqual([
      8, 8, 6, 1, 0,
    ]);
    expect(costOf({ ...cancel, plus: 1 }, { agesMs: [4_900, 43_000, 400_000] })).toBe(1 + 8 + 4 + 0);
    expect(() => costOf({ perOrder: 1 }, { orders: 1.5 })).toThrow('whole number of at least 1, was 1.5');
  });

  it('takes an order of unknown age for a new one', () => {
    expect(costOf(cancel)).toBe(8);
    expect(costOf(cancel, { orders: 2, agesMs: [400_000] })).toBe(8);
    expect(costOf(cancel, { agesMs: [Number.NaN] })).toBe(8);
  });
});

describe('a limit as a call meets it', () => {
  const counter: LimitDefinition = {
    id: 'k.trading',
    venue: 'kraken',
    scope: ['account', 'pair'],
    kind: 'decaying_counter',
    params: { max: 60, decay: 1, resumeBelow: 50 },
    tier: { intermediate: { max: 125, decay: 2.34, resumeBelow: 115 } },
    ceilings: { place: 1000 },
    breach: [],
  };
  const scopes = { account: 'a', pair: 'XBT/USD' };

  it('is in millionths and thousandths a second where it has a level', () => {
    expect(figuresOf(counter)).toMatchObject({ limit: 60_000_000, rate: 1_000, resume: 50_000_000 });
    expect(figuresOf(counter, 'intermediate')).toMatchObject({ limit: 125_000_000, rate: 2_340 });
    expect(figuresOf(counter, 'no such tier')).toEqual(figuresOf(counter));
    expect(figuresOf({ ...counter, params: { max: 15, decay: 0.29 } })).toMatchObject({ rate: 290, resume: 7_500_000 });
  });

  it('holds the most that it may cost, under the ceiling of its priority', () => {
    const basis = { scopes, priority: 'place', orders: 3 } as const;
    const draw = drawOf(counter, basis, { cost: { perOrder: 0.5 }, onSuccess: 2, onFailure: 1 });
    expect(draw).toMatchObject({ name: 'k.trading:a/XBT/USD', ceiling: 1000, cost: 2_000_000 });
    expect(draw).toMatchObject({ onSuccess: 2_000_000, onFailure: 1_000_000 });
    expect(drawOf(counter, { scopes, priority: 'cancel' })).toMatchObject({ ceiling: 900, cost: 0 });
  });

  it('counts a batch pool as its base kind, and half an order as a whole one where counts are whole', () => {
    const pool: LimitDefinition = {
      ...counter,
      kind: 'batch_pool',
      params: { base: 'rolling_window', limit: 300, windowMs: 2_000 },
      tier: {},
    };
    const draw = drawOf(pool, { scopes, priority: 'place', orders: 3 }, { cost: { perOrder: 0.5 } });
    expect(draw).toMatchObject({ kind: 'rolling_window', limit: 300, windowMs: 2_000, cost: 2, onSuccess: 2 });
  });
});
