import { describe, expect, it } from '@jest/globals';
import { BudgetBench } from '../../../../test/support/budget-bench.js';
import { creditFill } from './credit-fill.js';
import type { LimitDefinition } from './limit-definition.js';
import { drawOf } from './limit-draw.js';

const START = 1_795_219_200_000;

describe('the first fill of an order', () => {
  const definition: LimitDefinition = {
    id: 'orders',
    venue: 'v',
    scope: ['account'],
    kind: 'fixed_window',
    params: { limit: 100, windowMs: 10_000, fillCredit: 1 },
    breach: [],
  };
  const orders = drawOf(definition, { scopes: { account: 'a' }, priority: 'place' }, { cost: 1 });
  const credit = (bench: BudgetBench, token: string, placedAt: number, filledAt: number) => {
    const { state, credited } = creditFill(bench.state, { token, placedAt, filledAt, draws: [orders] }, bench.now);
    bench.state = state;
    return credited;
  };

  it('gives one back, once, in the window that counted the order', () => {
    const bench = new BudgetBench(START + 2_000).warm([orders]);
    for (const token of ['a', 'b']) {
      bench.reserve(token, [orders]);
      bench.settle(token, [orders]);
    }
    expect(credit(bench, 'fill a', START + 2_000, START + 2_100)).toBe(true);
    expect(credit(bench, 'fill a', START + 2_000, START + 2_100)).toBe(false);
    expect(bench.used('orders:a', START)).toBe(1);
    expect(credit(bench, 'fill old', START - 1, START + 2_100)).toBe(false);
    expect(bench.used('orders:a', START)).toBe(1);
  });

  it('gives nothing back that a reading told already, or that is still on its way', () => {
    const bench = new BudgetBench(START + 2_000).warm([orders]);
    bench.reserve('in flight', [orders]);
    expect(credit(bench, 'early', START + 2_000, START + 2_100)).toBe(false);
    bench.now += 500;
    bench.settle('in flight', [orders], { readings: [{ name: orders.name, used: 3 }] });
    expect(credit(bench, 'told', START + 2_000, START + 2_500)).toBe(false);
    expect(credit(bench, 'later', START + 2_000, START + 2_600)).toBe(true);
    expect(bench.used('orders:a', START)).toBe(2);
  });
});
