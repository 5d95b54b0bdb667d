import { describe, expect, it } from '@jest/globals';
import type { Fill, FullOrder, Placement, Trajectory } from '../api/types.js';
import { aheadOfPlan, endedAt, executedNotional, liveQty, makerRatio, planAt } from './order-figures.js';

const fill = (role: string, notional: string): Fill => ({ role, notional }) as Fill;
const at = (second: number): string => `2026-03-02T10:00:${String(second).padStart(2, '0')}.000000Z`;
const ms = (second: number): number => Date.parse(at(second));
const plan = {
  points: [
    { at: at(0), target: '0', lower: '0', upper: '0.4' },
    { at: at(10), target: '1', lower: '0.6', upper: '1.4' },
    { at: at(50), target: '5', lower: '5', upper: '5' },
  ],
} as unknown as Trajectory;
const order = (over: Partial<FullOrder>): FullOrder => ({ active: true, messages: [], ...over }) as FullOrder;

describe('figures of an order', () => {
  it('weighs makers by notional', () => {
    expect(makerRatio([])).toBeNull();
    expect(makerRatio([fill('MAKE', '75'), fill('TAKE', '25')])?.toFixed()).toBe('0.75');
    expect(makerRatio([fill('TAKE', '25')])?.toFixed()).toBe('0');
  });

  it('multiplies without doubles', () => {
    const found = executedNotional(
      order({ average_executed_price: '64000.123456789012345678', executed_buy_qty: '123456.789' }),
    );
    expect(found.toFixed()).toBe('7901249737.578751714678763907942');
    expect(executedNotional(order({ average_executed_price: null, executed_buy_qty: '0' })).toFixed()).toBe('0');
  });

  it('counts what is open at the venue', () => {
    const child = (qty: string, executed: string, closed: string | null): Placement =>
      ({ qty, executed_qty: executed, closed_at: closed }) as Placement;
    expect(liveQty([child('1', '0.25', null), child('2', '0', at(1)), child('0.5', '0', null)]).toFixed()).toBe('1.25');
  });

  it('draws straight lines between the points of the plan', () => {
    expect(planAt(plan, ms(5))?.target.toFixed()).toBe('0.5');
    expect(planAt(plan, ms(30))).toMatchObject({});
    expect(planAt(plan, ms(30))?.lower.toFixed()).toBe('2.8');
    expect(planAt(plan, ms(10))?.upper.toFixed()).toBe('1.4');
    expect(planAt(plan, ms(0) - 5_000)?.upper.toFixed()).toBe('0');
    expect(planAt(plan, ms(59))?.target.toFixed()).toBe('5');
    expect(planAt(null, ms(5))).toBeNull();
    expect(planAt({ points: [] } as unknown as Trajectory, ms(5))).toBeNull();
  });

  it('says how far ahead or behind an open order is', () => {
    expect(aheadOfPlan(order({ target_executed_qty: '0.3' }), plan, ms(5))?.toFixed()).toBe('-0.2');
    expect(aheadOfPlan(order({ target_executed_qty: '0.3', active: false }), plan, ms(5))).toBeNull();
  });

  it('takes the end from the message of the end, not from a late fill', () => {
    const messages = [{ type: 'order_completed', timestamp: at(40) }] as unknown as FullOrder['messages'];
    expect(endedAt(order({ active: false, updated_at: at(50), messages }))).toBe(ms(40));
    expect(endedAt(order({ active: false, updated_at: at(50) }))).toBe(ms(50));
    expect(endedAt(order({}))).toBeNull();
  });
});
