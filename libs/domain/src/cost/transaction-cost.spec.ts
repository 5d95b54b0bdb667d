import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { Dec, decimal, price, quantity, ZERO, type Decimal } from '../numeric/decimal.js';
import { inBps, unknown, weightedMean } from './measure.js';
import type { CostFill } from './cost-fill.js';
import { transactionCost, type CostBenchmarks, type CostInput } from './transaction-cost.js';

const fillOf = (px: string, qty: string, fee: string | null, role: 'maker' | 'taker' = 'maker'): CostFill => ({
  price: price(px),
  qty: quantity(qty),
  role,
  feeQuote: fee === null ? null : decimal(fee),
  mid: price('100'),
  halfSpread: decimal('0.05'),
  midAfter: { 1: price('100'), 5: null, 30: null },
});

const benchmarks: CostBenchmarks = {
  arrival: price('99.9'),
  decision: price('99.9'),
  start: price('100'),
  end: price('100.4'),
  marketVwap: null,
  othersVwap: null,
  marketTwap: null,
  othersVolume: quantity('45'),
};
const order: CostInput = {
  side: 'buy',
  sizing: 'base',
  orderQty: decimal('10'),
  fills: [fillOf('100.05', '2', '0.1', 'taker'), fillOf('99.95', '3', '0.06')],
  benchmarks,
};

describe('transactionCost', () => {
  it('gives the shortfall of worked example 11', () => {
    const { average, shortfall } = transactionCost(order);
    expect(average.value?.toFixed()).toBe('99.99');
    const parts = [shortfall.delay, shortfall.trading, shortfall.opportunity, shortfall.fees, shortfall.total];
    expect(parts.map(({ value }) => value?.toFixed())).toEqual(['0.5', '-0.05', '2.5', '0.16', '3.11']);
    expect(shortfall.basis.value?.toFixed()).toBe('999');
    expect(inBps(shortfall.total, shortfall.basis).value?.toFixed(2)).toBe('31.13');
  });

  it('measures participation, maker ratio, fee and all-in cost', () => {
    const cost = transactionCost(order);
    expect(cost.participation.value?.toFixed()).toBe('0.1');
    expect(cost.makerRatio.value?.toFixed(6)).toBe('0.599759');
    expect(cost.feeBps.value?.toFixed(6)).toBe('3.200320');
    const sum = cost.arrivalBps.value?.add(cost.feeBps.value ?? ZERO);
    expect(cost.allInBps.value?.toFixed()).toBe(sum?.toFixed());
  });

  it('says what is missing instead of giving a zero', () => {
    const cost = transactionCost({ ...order, benchmarks: { ...benchmarks, arrival: null, othersVolume: null } });
    expect(cost.arrivalBps).toEqual({ value: null, missing: 'no arrival price' });
    expect(cost.vwapBps).toEqual({ value: null, missing: 'no market VWAP' });
    expect(cost.participation).toEqual({ value: null, missing: 'no market volume' });
    const unpaid = transactionCost({ ...order, fills: [fillOf('100', '1', null)] });
    expect(unpaid.feeBps).toEqual({ value: null, missing: 'no mid of the asset of a fee at a fill' });
    expect(unpaid.shortfall.total.missing).toBe('no mid of the asset of a fee at a fill');
    expect(unpaid.arrivalBps.missing).toBeNull();
  });

  it('tells what the market did after our fills, per role and weighted by notional', () => {
    const after = (s1: string) => ({ 1: price(s1), 5: null, 30: price('100') });
    const fills = [
      { ...fillOf('100', '1', '0'), midAfter: after('100.1') },
      { ...fillOf('100', '3', '0'), midAfter: after('99.9') },
      { ...fillOf('100', '1', '0', 'taker'), midAfter: after('100.2') },
    ];
    const { markoutBps } = transactionCost({ ...order, fills });
    // A buy at 100: the mid at 100.1 is a gain of 9.995 bps, at 99.9 a loss of 10.005; one part and three parts.
    expect(markoutBps.maker[1].value?.toFixed(4)).toBe('5.0050');
    expect(markoutBps.taker[1].value?.toFixed(4)).toBe('-19.9800');
    expect(markoutBps.maker[5]).toEqual({ value: null, missing: 'no quote 5 s after a fill' });
    expect(markoutBps.maker[30].value?.toFixed()).toBe('0');
    const makersOnly = transactionCost({ ...order, fills: fills.slice(0, 2) }).markoutBps;
    expect(makersOnly.taker[1]).toEqual({ value: null, missing: 'no taker fills' });
  });

  it('measures against all trades and against those of others', () => {
    const prices = { marketVwap: price('99.99'), othersVwap: price('99.89') };
    const cost = transactionCost({ ...order, benchmarks: { ...benchmarks, ...prices } });
    expect(cost.vwapBps.value?.toFixed()).toBe('0');
    expect(cost.othersVwapBps.value?.toFixed(4)).toBe('10.0060');
  });

  it('weighs the figures of several orders by notional, and leaves out those that have none', () => {
    const [first, second] = [order, { ...order, fills: [fillOf('99.9', '5', '0')] }].map(transactionCost);
    const of = (cost: typeof first) => ({
      measure: cost?.arrivalBps ?? unknown('none'),
      notional: cost?.notional ?? ZERO,
    });
    const none = { measure: { value: null, missing: 'no arrival price' }, notional: decimal('1000') } as const;
    const mean = weightedMean([of(first), of(second), none]).value;
    const weighted = (first?.arrivalBps.value ?? ZERO).mul('499.95').div('999.45');
    expect(mean?.toFixed(20)).toBe(weighted.toFixed(20));
    expect(weightedMean([none])).toEqual({ value: null, missing: 'no arrival price' });
    expect(weightedMean([])).toEqual({ value: null, missing: 'nothing was executed' });
  });

  it('defines only opportunity and shortfall while nothing is executed', () => {
    const cost = transactionCost({ ...order, fills: [] });
    for (const key of ['average', 'arrivalBps', 'feeBps', 'makerRatio', 'participation', 'intervalReturnBps'] as const)
      expect(cost[key]).toEqual({ value: null, missing: 'nothing was executed' });
    expect(cost.shortfall.opportunity.value?.toFixed()).toBe('5');
    expect(cost.shortfall.total.value?.toFixed()).toBe('5');
  });

  it('counts a quote-sized order as Q / P_d base units', () => {
    const { shortfall } = transactionCost({ ...order, sizing: 'quote', orderQty: decimal('999') });
    expect(shortfall.total.value?.toFixed()).toBe('3.11');
  });

  it('I15 the components add up to the shortfall exactly', () => {
    const px = fc.integer({ min: 1, max: 10_000_000 }).map((ticks) => price(new Dec(ticks).mul('0.01').toFixed()));
    const qty = fc.integer({ min: 1, max: 1_000_000_000 }).map((lots) => quantity(new Dec(lots).mul('1e-8').toFixed()));
    const fills = fc.array(
      fc
        .record({ price: px, qty, fee: fc.integer({ min: -1_000, max: 100_000 }) })
        .map(({ fee, ...fill }): CostFill => ({
          ...fill,
          role: 'taker',
          feeQuote: new Dec(fee).mul('1e-6'),
          mid: null,
          halfSpread: null,
          midAfter: { 1: null, 5: null, 30: null },
        })),
      { maxLength: 20 },
    );
    const input = fc.record({
      side: fc.constantFrom('buy' as const, 'sell' as const),
      sizing: fc.constantFrom('base' as const, 'quote' as const),
      orderQty: qty,
      fills,
      benchmarks: fc.record({
        arrival: px,
        decision: px,
        start: px,
        end: px,
        marketVwap: px,
        othersVwap: px,
        marketTwap: px,
        othersVolume: qty,
      }),
    });
    let measured = 0;
    fc.assert(
      fc.property(input, (one) => {
        const { shortfall, executed, notional } = transactionCost(one);
        const { decision, end } = one.benchmarks;
        const whole =
          one.sizing === 'base' ? one.orderQty : one.orderQty.div(decision).toDecimalPlaces(18, Dec.ROUND_HALF_EVEN);
        const sign = one.side === 'buy' ? 1 : -1;
        const direct = notional.add(whole.sub(executed).mul(end)).sub(whole.mul(decision)).mul(sign);
        const fees = one.fills.reduce<Decimal>((sum, { feeQuote }) => sum.add(feeQuote ?? ZERO), ZERO);
        expect(shortfall.total.value?.toFixed()).toBe(direct.add(fees).toFixed());
        if (one.fills.length > 0) measured += 1;
      }),
      { numRuns: 300 },
    );
    expect(measured).toBeGreaterThan(150);
  });
});
