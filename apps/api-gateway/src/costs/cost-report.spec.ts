import { expect, it } from '@jest/globals';
import { decimal, epochMs, notional, price, quantity, type ParentOrderId, type VenueId } from '#domain';
import { REPORT_MEANS, type RunningCost, type StoredCosts } from '#persistence';
import { costReport } from './cost-report.js';

const mean = (value: string | null, weight: string) => ({
  mean: value === null ? null : decimal(value),
  notional: decimal(weight),
});
const STORED: StoredCosts = {
  orders: 1,
  pairs: ['ETH-USDT'],
  activeMs: decimal('300000'),
  notional: decimal('3000'),
  makerNotional: decimal('750'),
  fees: decimal('3'),
  means: Object.fromEntries(REPORT_MEANS.map((name) => [name, mean('10', '3000')])) as StoredCosts['means'],
};
/** Bought at 3,030 what was at 3,000 when it came, and of which others traded nine times as much at 3,030 as well. */
const RUNNING: RunningCost = {
  id: '7d430be0-b31b-46b5-ad35-c2fe9f3ba8ab' as ParentOrderId,
  venue: 'sim' as VenueId,
  symbol: 'BTCUSDT',
  pair: 'BTC-USDT',
  side: 'buy',
  activatedAt: epochMs(1_000_000),
  asOf: epochMs(1_100_000),
  isOpen: true,
  inactive: [{ from: epochMs(1_000_000), to: epochMs(1_020_000) }],
  cumBase: quantity('1'),
  cumQuote: notional('3030'),
  makerQuote: decimal('3030'),
  feeQuote: decimal('3.03'),
  arrivalPrice: price('3000'),
  endPrice: null,
  market: { base: decimal('10'), quote: decimal('30300') },
};
const report = (running: readonly RunningCost[], mid: string | null = '3030', stored = STORED) =>
  costReport(stored, running, [], () => (mid === null ? null : price(mid)));
const LN = Math.log(1.01) * 10_000;

it('weighs a running order with those that have ended', () => {
  const { arrivalBps, vwapBps, participation, departureBps, feeBps, ...sums } = report([RUNNING]);
  const whole = (live: number): number => (10 * 3_000 + live * 3_030) / 6_030;
  expect(sums).toMatchObject({ orders: 2, pairs: 2 });
  expect(sums.averageActiveMs?.toFixed()).toBe('190000');
  expect([sums.notional, sums.makerNotional, sums.fees].map((sum) => sum.toFixed())).toEqual(['6030', '3780', '6.03']);
  expect(Number(arrivalBps)).toBeCloseTo(whole(LN), 9);
  for (const none of [vwapBps, departureBps]) expect(Number(none)).toBeCloseTo(whole(0), 9);
  expect(Number(participation)).toBeCloseTo(whole(0.1), 9);
  expect(Number(feeBps)).toBe(10);
});

it('leaves out what is not known of a running order', () => {
  const blind = { ...RUNNING, feeQuote: null, arrivalPrice: null, market: null };
  const found = report([blind], null);
  for (const name of REPORT_MEANS) expect([name, found[name]?.toFixed()]).toEqual([name, '10']);
  expect(found.fees.toFixed()).toBe('3');
  const none = { ...STORED, means: Object.fromEntries(REPORT_MEANS.map((name) => [name, mean(null, '0')])) };
  for (const name of REPORT_MEANS) expect(report([blind], null, none as StoredCosts)[name]).toBeNull();
});

it('takes the end price of an order that has ended this moment, not the mid of now', () => {
  const ended = { ...RUNNING, isOpen: false, endPrice: price('3000') };
  const none = { ...STORED, means: Object.fromEntries(REPORT_MEANS.map((name) => [name, mean(null, '0')])) };
  const found = report([ended], '3030', none as StoredCosts);
  expect(Number(found.departureBps)).toBeCloseTo(LN, 9);
  expect(found.intervalReturnBps?.toFixed()).toBe('0');
});

it('has no mean duration of no orders', () => {
  expect(report([], null, { ...STORED, orders: 0 }).averageActiveMs).toBeNull();
});
