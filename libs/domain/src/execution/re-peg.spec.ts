import { describe, expect, it } from '@jest/globals';
import { at, briefs, decideAt, filled, under } from '../../../../test/support/planned-order.js';
import { accountMarket, childOrder, marketOf } from '../../../../test/support/simulated-order.js';
import { decimal, price } from '../numeric/decimal.js';
import type { ExecutionParams } from './contract.js';
import { decide } from './decide.js';

const NOW = 50;
/** Half-way with a clip that rests where `px` says. */
const resting = (px: string, createdAt: number, params: Partial<ExecutionParams> = {}) =>
  under(
    '0',
    NOW,
    { children: [filled(0, '50'), childOrder({ sequence: 1, price: price(px), createdAt: at(createdAt) })] },
    params,
  );
/** So lively that a move is worth it only from 0.25 on. */
const LIVELY = { sigmaBps: { s1: decimal('1.2'), s5: decimal('100'), s10: decimal('3.5') } };

describe('decide: moves of resting children', () => {
  it('moves a child that is deeper than the second level, however little that is, near the touch', () => {
    expect(briefs(decideAt(resting('99.97', 40), NOW, LIVELY))).toContain('cancel 1 re_peg');
    expect(briefs(decideAt(resting('99.98', 40), NOW, LIVELY))).not.toContain('cancel 1 re_peg');
    const passive = resting('99.97', 40, { passiveness: decimal('0.051') });
    expect(briefs(decideAt(passive, NOW, LIVELY))).not.toContain('cancel 1 re_peg');
  });

  it.each([
    [1, 48, 48.1],
    [4, 42, 42.1],
    [8, 34, 34.1],
  ])('lets it rest for as many times two seconds as the load is: %d', (loadFactor, old, young) => {
    const market = marketOf([accountMarket(at(NOW))], { loadFactor });
    const decideUnderLoad = (createdAt: number) => {
      const order = resting('99.9', createdAt);
      return briefs(decide(order, market, at(NOW), order.id));
    };
    expect(decideUnderLoad(old)).toContain('cancel 1 re_peg');
    expect(decideUnderLoad(young)).not.toContain('cancel 1 re_peg');
  });
});
