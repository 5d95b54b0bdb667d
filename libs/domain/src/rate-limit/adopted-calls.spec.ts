import { describe, expect, it } from '@jest/globals';
import { BudgetBench } from '../../../../test/support/budget-bench.js';
import { drawOf } from './limit-draw.js';

const MIDNIGHT = 1_795_219_200_000;
const params = { limit: 6_000, windowMs: 60_000 };
const WEIGHT = { id: 'weight', venue: 'v', scope: ['ip'], kind: 'fixed_window', params, breach: [] } as const;
const draw = () => drawOf(WEIGHT, { scopes: { ip: 'ip' }, priority: 'place' }, { cost: 1 });

describe('a state that was lost', () => {
  it('does not believe what an adopted call was told: what was settled in the lost state may be missing there', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000);
    bench.reserve('before', [draw()], { mode: 'adopt', at: bench.now - 500 });
    const told = (used: number) => ({ venueMs: bench.now, readings: [{ name: 'weight:ip', used }] });
    bench.now += 3_000;
    expect(bench.settle('before', [draw()], told(7))).toMatchObject({ kind: 'settled', corrections: [] });
    expect(bench.reserve('early', [draw()])).toMatchObject({ granted: false, reason: 'cold' });
    bench.reserve('probe', [draw()], { mode: 'probe' });
    bench.settle('probe', [draw()], told(300));
    expect(bench.used('weight:ip', MIDNIGHT)).toBe(300);
    expect(bench.reserve('t', [draw()])).toMatchObject({ granted: true });
  });
});
