import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BudgetWorld } from '../../../../test/support/budget-world.js';
import { addCounts, noCounts, type WorldCounts } from '../../../../test/support/world-counts.js';
import { KEPT_SEEDS, PRESSING_SEEDS, SKEWED_SEEDS } from '../../../../test/support/kept-seeds.js';
import { COUNTED_KINDS } from '../../../../test/support/model-rules.js';

describe.each(COUNTED_KINDS)('a budget with a %s against a venue with a clock of its own', (kind) => {
  const run = (seed: number, commands: number): WorldCounts => {
    const world = new BudgetWorld(kind, seed);
    const counts = world.run(commands);
    expect(world.excesses).toEqual([]); // P1
    return counts;
  };

  it('P1 P2 P3 P4 P6 hold in the worlds in which they once did not', () => {
    for (const seed of KEPT_SEEDS[kind]) run(seed, 1_000);
  });

  it('P1 P2 P3 P4 P6 hold in worlds of all sorts', () => {
    const sum = noCounts();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seed) => {
        const counts = run(seed, 400);
        addCounts(sum, counts);
      }),
      { numRuns: 8, seed: 5, endOnFailure: true }, // other worlds each night
    );
    expect(sum.granted).toBeGreaterThan(50);
    expect(sum.denied).toBeGreaterThan(200);
    expect(sum.foreign).toBeGreaterThan(100);
    expect(sum.lost).toBeGreaterThan(5);
  });
});

describe.each(COUNTED_KINDS)('a budget with a %s, always wanted more of', (kind) => {
  it('P1 holds while calls come late and then at once, and servers take over with older copies', () => {
    for (const seed of PRESSING_SEEDS[kind]) {
      const world = new BudgetWorld(kind, seed, 'pressing');
      const { granted } = world.run(400);
      expect([seed, world.excesses]).toEqual([seed, []]);
      expect(granted).toBeGreaterThan(5);
    }
  }, 60_000);
});

it('P1 holds at the edges of windows while all that is known of the venue’s clock is off as far as it can be', () => {
  for (const seed of SKEWED_SEEDS) {
    const world = new BudgetWorld('fixed_window', seed, 'skewed');
    const { granted } = world.run(1_000);
    expect([seed, world.excesses]).toEqual([seed, []]);
    expect(granted).toBeGreaterThan(50);
  }
}, 60_000);

// A budget for life has no throughput.
describe.each(COUNTED_KINDS.filter((kind) => kind !== 'lifetime_budget'))('a budget with a %s', (kind) => {
  it('P7 is used to at least 60 % by a steady backlog while answers take less than 100 ms', () => {
    for (const seed of [1, 2, 3]) {
      const world = new BudgetWorld(kind, seed, 'steady');
      world.run(1_000);
      expect(world.excesses).toEqual([]);
      expect([seed, world.use > 0.6, world.use]).toEqual([seed, true, world.use]);
    }
  });
});
