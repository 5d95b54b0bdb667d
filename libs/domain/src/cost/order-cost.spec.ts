import { describe, expect, it } from '@jest/globals';
import type { MarketSample } from '../market-data/market-samples.js';
import { decimal, notional, price, quantity, ZERO } from '../numeric/decimal.js';
import { addMs, epochMs } from '../time/clock.js';
import { firstPlan, rebase } from '../trajectory/plan.js';
import type { CostedOrder } from './costed-order.js';
import { NEVER_HELD, trackHeld } from './held-times.js';
import { orderCost, orderCostInSteps, samplesWanted } from './order-cost.js';

const T0 = epochMs(1_700_000_000_000);
const at = (seconds: number) => addMs(T0, seconds * 1_000);
const second = (seconds: number) => T0 / 1_000 + seconds;

/** A market whose mid rises by one a second, with a spread of two, and that trades one base unit a second at 100. */
const sample = (n: number): MarketSample => ({
  bid: price(String(99 + n)),
  ask: price(String(101 + n)),
  cumBase: quantity(String(1_000 + n)),
  cumQuote: notional(String(100_000 + 100 * n)),
});
const market = (from: number, to: number, without: readonly number[] = []) => {
  const seconds = Array.from({ length: to - from }, (_, n) => from + n).filter((n) => !without.includes(n));
  return new Map([['BTCUSDT.sim', new Map(seconds.map((n) => [second(n), sample(n)]))]]);
};
const fill = (seconds: number, px: string, qty: string, role: 'maker' | 'taker' = 'maker') => ({
  instrument: 'BTCUSDT.sim',
  price: price(px),
  qty: quantity(qty),
  role,
  feeQuote: decimal('0.1'),
  otherFee: null,
  at: at(seconds),
});
/** Ten base units over 20 s: half of it is due, and 4 are bought, when it is paused for 10 s. */
const plan = firstPlan(decimal('10'), 20_000, T0);
const order: CostedOrder = {
  side: 'buy',
  sizing: 'base',
  orderQty: decimal('10'),
  instruments: ['BTCUSDT.sim'],
  activatedAt: T0,
  until: at(30),
  finisherFrom: null,
  inactive: [{ from: at(10), to: at(20) }],
  arrival: price('100'),
  decision: null,
  start: price('100'),
  end: price('130'),
  marketBase: decimal('20'),
  marketQuote: decimal('2300'),
  othersBase: decimal('10'),
  fills: [fill(2.5, '101', '4'), fill(25.5, '126', '6', 'taker')],
  plans: [plan],
  profiles: new Map(),
  alphaTilt: ZERO,
  rules: [],
  discretion: decimal('0.08'),
  sent: [
    { dueAt: at(2), sentAt: addMs(at(2), 30) },
    { dueAt: at(25), sentAt: addMs(at(25), 10) },
  ],
  held: { ...NEVER_HELD, budget: 1_500 },
};

describe('orderCost', () => {
  it('asks for the market around each fill and for that of each active second', () => {
    const wanted = samplesWanted(order)
      .get('BTCUSDT.sim')
      ?.map((n) => n - second(0));
    expect(wanted).toEqual(expect.arrayContaining([0, 9, 20, 29, 2, 4, 8, 33, 25, 27, 31, 56]));
    expect(wanted?.filter((n) => n > 10 && n < 20)).toEqual([]);
  });

  it('values a fee in another asset at the mid that it had before the fill, or says what is missing', () => {
    const otherFee = { amount: decimal('0.02'), asset: 'BNB', instrument: 'BNBUSDT.sim' };
    const [first, last] = order.fills;
    if (first === undefined || last === undefined) throw new Error('two fills');
    const paid = { ...order, fills: [first, { ...last, feeQuote: null, otherFee }] };
    expect(samplesWanted(paid).get('BNBUSDT.sim')).toEqual([second(25)]);
    const bnb = { ...sample(0), bid: price('599'), ask: price('601') };
    const known = new Map([...market(0, 70), ['BNBUSDT.sim', new Map([[second(25), bnb]])] as const]);
    expect(orderCost(paid, known).cost.shortfall.fees.value?.toFixed()).toBe('12.1');
    const { fees, total } = orderCost(paid, market(0, 70)).cost.shortfall;
    expect([fees.missing, total.missing]).toEqual(Array(2).fill('no mid of BNB at a fill'));
    const nowhere = { ...paid, fills: [{ ...first, feeQuote: null, otherFee: { ...otherFee, instrument: null } }] };
    expect(orderCost(nowhere, known).cost.feeBps).toEqual({ value: null, missing: 'no mid of BNB at a fill' });
  });

  it('takes quotes from before a fill, and mids from after it', () => {
    const { cost } = orderCost(order, market(0, 70));
    // Mids at 2 and 25 s are 102 and 125: a unit under, at half a spread of one, and one over.
    const captured = decimal('404').sub('756').div('1160');
    expect(cost.spreadCapture.value?.toFixed(20)).toBe(captured.toFixed(20));
    expect(cost.markoutBps.maker[1].value?.toFixed(2)).toBe(decimal('101').div('104').ln().mul(10_000).toFixed(2));
    expect(cost.markoutBps.taker[30].value?.toFixed(2)).toBe(decimal('126').div('156').ln().mul(10_000).toFixed(2));
    expect(cost.participation.value?.toFixed()).toBe('0.5');
    expect(orderCost(order, market(0, 56)).cost.markoutBps.taker[30].missing).toBe('no quote 30 s after a fill');
  });

  it('weighs mids by active time, and leaves out the market of a pause', () => {
    const { marketTwap, marketVwap, activeMs, cost } = orderCost(order, market(0, 70));
    expect(activeMs).toBe(20_000);
    // 100 to 109 and 120 to 129.
    expect(marketTwap.value?.toFixed()).toBe('114.5');
    expect(marketVwap.value?.toFixed()).toBe('115');
    expect(cost.othersVwapBps.value?.toFixed(4)).toBe(decimal('116').div('114').ln().mul(10_000).toFixed(4));
    expect(orderCost(order, market(0, 70, [1, 2])).marketTwap.value?.toFixed()).toBe('114.35');
    expect(orderCost(order, market(0, 70, [1, 2, 3])).marketTwap.missing).toMatch(/a tenth of the time/);
    expect(orderCost({ ...order, marketBase: null }, market(0, 70)).marketVwap.missing).toBe('no public volume');
  });

  it('gives no volume, VWAP or participation of a market that lacks trades of our own', () => {
    const lacking = orderCost({ ...order, marketBase: decimal('9.9'), othersBase: ZERO }, market(0, 70));
    const { marketBase, marketQuote, othersBase, marketVwap, cost } = lacking;
    for (const figure of [marketBase, marketQuote, othersBase, marketVwap])
      expect(figure).toEqual({ value: null, missing: 'the public volume lacks trades of our own' });
    expect([cost.vwapBps.value, cost.othersVwapBps.value, cost.participation.value]).toEqual([null, null, null]);
    const whole = orderCost({ ...order, marketBase: decimal('10'), othersBase: ZERO }, market(0, 70));
    expect([whole.marketBase.value?.toFixed(), whole.cost.participation.value?.toFixed()]).toEqual(['10', '1']);
  });

  it('compares what was executed with the plan over its active time', () => {
    const { tracking, planTracking } = orderCost(order, market(0, 70));
    // Nothing for three seconds, four of ten from then on and until 26 s: at 25 s 7.5 were due.
    expect(tracking.max.value?.toFixed()).toBe('0.35');
    expect(planTracking.max.value?.toFixed()).toBe('0.35');
    const rebased = rebase(plan, { u0: 0.5, x0: decimal('4'), reason: 'outage', at: at(20) });
    const after = orderCost({ ...order, plans: [plan, rebased] }, market(0, 70));
    expect(after.tracking.max.value?.toFixed()).toBe('0.3');
    expect(after.planTracking.max.value?.toFixed()).toBe('0.35');
    expect(orderCost({ ...order, plans: [] }, market(0, 70)).tracking.max).toEqual({ value: null, missing: 'no plan' });
  });

  it('follows the volume that was recorded, for a plan that does', () => {
    const shape = { kind: 'participation', rate: '0.5', volumeBefore: '0', baseBefore: '0' } as const;
    const pov = { ...order, plans: [{ ...plan, shape }], fills: [fill(4.5, '104', '2')] };
    const { tracking } = orderCost(pov, market(0, 70));
    // One base unit a second, from 5 s on two of them ours: at 29 s of 30 the others have traded 17 of 19.
    expect(tracking.max.value?.toFixed(2)).toBe('0.80');
    expect(orderCost(pov, new Map()).tracking.max.missing).toBe('no public volume');
  });

  it('gives a plan that follows volume the room of a minimum child at the price it began at', () => {
    const shape = { kind: 'participation', rate: '0.5', volumeBefore: '0', baseBefore: '0' } as const;
    const late = { ...order, plans: [{ ...plan, shape }], fills: [fill(29.5, '104', '2')], discretion: decimal('1') };
    const outside = (over: Partial<CostedOrder>) =>
      orderCost({ ...late, ...over }, market(0, 70)).tracking.outside.value?.toFixed();
    // T rises by one a second from 0 to 10: below its lower edge, 3/4 of T less m, in 15 of 20 seconds with m of 3.
    const three = { lot: quantity('1'), minQty: quantity('1'), minNotional: notional('285') };
    const more = { ...three, minQty: quantity('5') };
    expect([outside({}), outside({ rules: [more, three] })]).toEqual(['0.95', '0.75']);
  });

  it('tells lateness and what held the order back', () => {
    const { latenessMeanMs, latenessMaxMs, held } = orderCost(order, new Map());
    expect([latenessMeanMs.value?.toFixed(), latenessMaxMs.value?.toFixed()]).toEqual(['20', '30']);
    expect(held.budget).toBe(1_500);
    expect(orderCost({ ...order, sent: [] }, new Map()).latenessMaxMs.missing).toBe('nothing was sent');
  });
});

it('trackHeld counts from one decision to the next, for the first hindrance that there is', () => {
  let held = trackHeld(NEVER_HELD, null, ['BAND', 'BUDGET', 'STALE_DATA'], at(0));
  expect(held).toEqual({ ...NEVER_HELD, by: 'budget' });
  held = trackHeld(held, at(0), ['POV_LIMITED'], at(3));
  expect(held).toEqual({ ...NEVER_HELD, budget: 3_000, by: 'cap' });
  held = trackHeld(held, at(3), ['CEILING'], at(4));
  expect(trackHeld(held, at(4), [], at(9))).toEqual({
    budget: 3_000,
    feed: 0,
    cap: 1_000,
    by: null,
    unseen: 0,
    jumpedSince: null,
  });
  // Nobody decided for longer than anything is waited for.
  held = trackHeld(held, at(9), ['STALE_DATA'], at(10));
  expect(trackHeld(held, at(10), ['STALE_DATA'], at(130))).toMatchObject({ feed: 120_000, by: 'feed' });
  expect(trackHeld(held, at(10), ['STALE_DATA'], at(131))).toMatchObject({ feed: 0, by: 'feed' });
});

it('orderCostInSteps comes to the same, and stops between its parts', () => {
  const steps = orderCostInSteps(order, market(0, 70));
  let stops = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) stops += 1;
  expect(stops).toBe(4);
  expect(step.value).toEqual(orderCost(order, market(0, 70)));
});
