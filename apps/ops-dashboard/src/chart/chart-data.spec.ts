import { describe, expect, it } from '@jest/globals';
import type { Fill, FullOrder, Placement, Trajectory } from '../api/types.js';
import { chartOf, valuesAt } from './chart-data.js';

const at = (second: number): string => new Date(Date.UTC(2026, 2, 2, 10, 0, second)).toISOString();
const ms = (second: number): number => Date.UTC(2026, 2, 2, 10, 0, second);
const s = (second: number): number => ms(second) / 1000;

const fill = (second: number, qty: string, role: 'MAKE' | 'TAKE', notional = '0'): Fill => ({
  id: `${second}`,
  trade_id: `${second}`,
  timestamp: at(second),
  price: '3000.10',
  qty,
  notional,
  fee: '0',
  fee_token: 'ETH',
  role,
});
const order = (over: Partial<FullOrder> = {}): FullOrder =>
  ({
    buy_token: 'ETH',
    sell_token: 'USDT',
    target_token: 'ETH',
    created_at: at(0),
    time_start: at(0),
    time_end: at(100),
    fills: [],
    placements: [],
    ...over,
  }) as unknown as FullOrder;
const plan = {
  time_start: at(0),
  time_end: at(100),
  finisher_from: null,
  points: [
    { at: at(0), target: '0', lower: '0', upper: '1' },
    { at: at(50), target: '5', lower: '4', upper: '6' },
    { at: at(100), target: '10', lower: '10', upper: '10' },
  ],
} as unknown as Trajectory;
const fills = [fill(30, '0.2', 'TAKE'), fill(20, '0.1', 'MAKE')];

describe('the chart of an order', () => {
  it('sums fills in the order of time, without the errors of doubles', () => {
    const chart = chartOf(order({ fills }), plan, ms(60), null);
    expect(chart.fills.map((f) => f.cumulative.toFixed())).toEqual(['0.1', '0.3']);
    expect(chart.marks).toEqual([
      [s(20), s(30)],
      [0.1, null],
      [null, 0.3],
      [3000.1, null],
      [null, 3000.1],
    ]);
  });

  it('puts plan and execution on one axis, and leaves the future of the execution open', () => {
    const [xs, target, lower, upper, executed] = chartOf(order({ fills }), plan, ms(60), null).path;
    expect(xs).toEqual([0, 20, 30, 50, 60, 100].map(s));
    expect(target).toEqual([0, 2, 3, 5, 6, 10]);
    expect(lower.map((v) => v?.toFixed(3))).toEqual(['0.000', '1.600', '2.400', '4.000', '5.200', '10.000']);
    expect(upper.map((v) => v?.toFixed(3))).toEqual(['1.000', '3.000', '4.000', '6.000', '6.800', '10.000']);
    expect(executed).toEqual([0, 0.1, 0.3, 0.3, 0.3, null]);
  });

  it('counts a quote-sized order in quote', () => {
    const chart = chartOf(
      order({ target_token: 'USDT', fills: [fill(10, '0.1', 'MAKE', '300.01')] }),
      plan,
      ms(60),
      null,
    );
    expect(chart.fills[0]?.cumulative.toFixed()).toBe('300.01');
  });

  it('goes on beyond the plan in FINISHER, ends at the end, and shows late fills', () => {
    const late = chartOf(order({ fills: [fill(120, '1', 'TAKE')] }), plan, ms(300), ms(110));
    expect(late.now).toBeNull();
    const [xs, target, , , executed] = late.path;
    expect(xs.at(-1)).toBe(s(120));
    expect(target.at(-1)).toBeNull();
    expect(executed.at(-1)).toBe(1);
    expect(late.to).toBeGreaterThan(ms(120));
    expect(chartOf(order(), plan, ms(130), null).to).toBeGreaterThanOrEqual(ms(130));
  });

  it('draws an order without a plan, or without anything', () => {
    const chart = chartOf(order({ time_end: null, fills: [fill(1, '1', 'TAKE')] }), null, ms(2), ms(1));
    expect(chart.path.map((column) => column.length)).toEqual([2, 2, 2, 2, 2]);
    expect(chart.path[4]).toEqual([0, 1]);
    expect(chart.to - chart.from).toBeGreaterThanOrEqual(10_000);
    expect(valuesAt(chart, null, ms(1))).toMatchObject({ plan: null });
  });

  it('shows where children rested, and leaves out takers, whose price is a bound', () => {
    const child = (over: Partial<Placement>): Placement =>
      ({
        created_at: at(1),
        closed_at: null,
        time_in_force: 'GTX',
        price: '3000',
        status: 'working',
        fills: [],
        ...over,
      }) as Placement;
    const placements = [
      child({}),
      child({ closed_at: at(9), fills }),
      child({ time_in_force: 'IOC' }),
      child({ status: 'denied' }),
    ];
    expect(chartOf(order({ placements }), plan, ms(60), null).resting).toEqual([
      { from: ms(1), to: ms(60), price: '3000', hasFills: false },
      { from: ms(1), to: ms(9), price: '3000', hasFills: true },
    ]);
  });

  it('tells exact values at an instant: nothing executed before the start or in the future', () => {
    const chart = chartOf(order({ fills }), plan, ms(60), null);
    expect(valuesAt(chart, plan, ms(25)).executed?.toFixed()).toBe('0.1');
    expect(valuesAt(chart, plan, ms(25)).plan?.target.toFixed()).toBe('2.5');
    expect(valuesAt(chart, plan, ms(10)).executed?.toFixed()).toBe('0');
    expect(valuesAt(chart, plan, ms(-10)).executed).toBeNull();
    expect(valuesAt(chart, plan, ms(70))).toMatchObject({ executed: null, fill: null });
    expect(valuesAt(chart, plan, ms(31)).fill).toMatchObject({ isMaker: false, qty: '0.2' });
  });
});
