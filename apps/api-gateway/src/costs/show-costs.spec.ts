import { expect, it } from '@jest/globals';
import { decimal } from '#domain';
import { jsonText } from '#order-intake';
import type { CostReport } from '#persistence';
import { showCostReport } from './show-costs.js';

const REPORT: CostReport = {
  orders: 12,
  pairs: 2,
  averageActiveMs: decimal('310500'),
  notional: decimal('602380'),
  makerNotional: decimal('376487.5'),
  fees: decimal('210.833'),
  feeBps: decimal('3.5'),
  departureBps: decimal('1.1'),
  arrivalBps: decimal('0.8'),
  vwapBps: decimal('0.6'),
  intervalReturnBps: decimal('-0.3'),
  participation: decimal('0.021'),
  byExchange: [{ exchange: 'MockExchange', notional: decimal('602380') }],
};
const shown = (over: Partial<CostReport> = {}): unknown => JSON.parse(jsonText(showCostReport({ ...REPORT, ...over })));

it('shows the example of the contract', () => {
  expect(shown()).toEqual({
    summary: {
      num_orders: 12,
      num_pairs: 2,
      avg_duration: 310.5,
      sum_notional: 602380,
      orders_value: '$602.38K',
      sum_fee: 210.833,
      exch_fee: '$210.83',
      fee_cost: 3.5,
      pov: 0.021,
      departure_cost: 1.1,
      arrival_cost: 0.8,
      vwap_cost: 0.6,
      interval_returns: -0.3,
    },
    breakdowns: {
      fill_role: { cutbys: ['All'], labels: ['MAKE', 'TAKE'], data: { MAKE: [62.5], TAKE: [37.5] } },
      fill_exchange: { cutbys: ['All'], labels: ['MockExchange'], data: { MockExchange: [100] } },
    },
  });
});

it('divides nothing by nothing', () => {
  const zero = decimal('0');
  const none = { averageActiveMs: null, feeBps: null, participation: null, arrivalBps: null, byExchange: [] };
  expect(shown({ ...none, orders: 0, notional: zero, makerNotional: zero, fees: zero })).toMatchObject({
    summary: { avg_duration: null, sum_notional: 0, orders_value: '$0.00', fee_cost: null, pov: null },
    breakdowns: { fill_role: { labels: [], data: {} }, fill_exchange: { labels: [], data: {} } },
  });
});

it.each([
  ['999.994', '$999.99'],
  ['1000', '$1.00K'],
  ['2500000', '$2.50M'],
  ['7125000000', '$7.12B'],
  ['-12.5', '-$12.50'],
  ['-0.001', '$0.00'],
])('writes %s as %s', (fees, text) => {
  expect(shown({ fees: decimal(fees) })).toMatchObject({ summary: { exch_fee: text } });
});
