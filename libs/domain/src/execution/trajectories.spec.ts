import { describe, expect, it } from '@jest/globals';
import {
  accountMarket,
  childOrder,
  level,
  marketOf,
  parentOrder,
  START,
  step,
} from '../../../../test/support/simulated-order.js';
import { Dec, decimal, price, quantity } from '../numeric/decimal.js';
import type { PlanShape } from '../trajectory/shape.js';
import type { Decision, ExecutionParams, ExecutionParent } from './contract.js';
import {
  at,
  begun,
  decideAt,
  executed,
  find,
  holds,
  HOUR,
  lowerEdge,
  order,
  planOf,
  PROFILE,
  type Inputs,
} from '../../../../test/support/trajectory-orders.js';

describe('decide: shapes of plans', () => {
  it('IS freezes the urgency of the market it began in', () => {
    const known = { profile: PROFILE, hourlyVolatilityBps: 50 };
    // an hour of the profile is 1/24 of a million, so phi = 100 / 41667 and k is 6; at 20 times the size it is the balance
    expect(planOf(decideAt(order('is'), 0, known)).shape).toEqual({ kind: 'arrival_price', urgency: 6 });
    const large = planOf(decideAt(order('is', {}, '4000'), 0, known)).shape as Extract<
      PlanShape,
      { kind: 'arrival_price' }
    >;
    expect(large.urgency).toBeCloseTo(Math.sqrt((0.01 * 2_500) / (100 * (4_000 / (1_000_000 / 24)))), 1);
    for (const unknown of [
      { profile: PROFILE },
      { hourlyVolatilityBps: 50 },
      { ...known, profile: { ...PROFILE, bars: 719 } },
    ])
      expect(planOf(decideAt(order('is'), 0, unknown)).shape).toEqual({ kind: 'arrival_price', urgency: 2 });
    const quoted = { ...order('is', {}, '400000'), sizing: 'quote' as const };
    expect(planOf(decideAt(quoted, 0, known)).shape).toEqual({
      kind: 'arrival_price',
      urgency: expect.closeTo(large.urgency, 3),
    });
  });

  it('IS keeps its urgency over a pause and measures it anew after an amendment', () => {
    const parent = { ...begun(order('is')), children: executed('30'), nextSequence: 1 };
    const known = { profile: PROFILE, hourlyVolatilityBps: 50 };
    const paused = { ...parent, paused: [{ from: at(60_000), to: at(90_000) }] };
    expect(planOf(decideAt(paused, 90_000, known))).toMatchObject({ reason: 'resumed', shape: { urgency: 2 } });
    const amended = { ...parent, orderQty: decimal('120') };
    expect(planOf(decideAt(amended, 90_000, known))).toMatchObject({ reason: 'amended', shape: { urgency: 6 } });
  });

  it('IS is ahead of TWAP, and a tilt moves either', () => {
    const edge = (algorithm: 'is' | 'twap', alphaTilt = '0') =>
      lowerEdge(begun(order(algorithm, { alphaTilt: decimal(alphaTilt) })), HOUR / 4);
    expect(edge('twap')).toBeCloseTo(25 - 8, 1);
    expect(edge('is')).toBeCloseTo(41.291 - 8, 1);
    expect(edge('twap', '1')).toBeCloseTo(100 * (1 - 0.75 ** 3) - 8, 1);
    expect(edge('twap', '-0.5')).toBeCloseTo(0, 1);
  });

  it('VWAP follows the profile of its window, and falls back where less than twelve hours are known', () => {
    const parent = begun(order('vwap'), { profile: PROFILE });
    const [plan] = parent.plans;
    expect(plan?.shape).toEqual({ kind: 'volume', profileId: 'halves', from: START, volumeBefore: 0 });
    // START is at 22:13:20; the busy half of the hour is over at 22:30
    const busy = 30 * 60_000 - (START % HOUR);
    const share = (busy * 2) / (HOUR * 1.5);
    expect(lowerEdge(parent, busy, { profile: PROFILE })).toBeCloseTo(100 * share - 8, 1);
    const fallback = decideAt(order('vwap'), 0, { profile: { ...PROFILE, bars: 719 } });
    expect(planOf(fallback).shape).toEqual({ kind: 'even' });
    expect(find(fallback, 'fallback')).toEqual({ kind: 'fallback', reason: 'VWAP_FALLBACK_TWAP', bars: 719 });
    expect(find(decideAt(order('vwap'), 0), 'fallback')?.bars).toBe(0);
  });

  it('VWAP goes with a busy market and never back with a quiet one', () => {
    const parent = begun(order('vwap'), { profile: PROFILE });
    const live = (volume: string) => ({ profile: PROFILE, marketVolume: quantity(volume) });
    const half = HOUR / 2;
    const [quiet, usual, busy] = ['2000', '20000', '80000'].map((volume) => lowerEdge(parent, half, live(volume)));
    expect((quiet ?? 0) < (usual ?? 0) && (usual ?? 0) < (busy ?? 0)).toBe(true);
    const kept = find(decideAt({ ...parent, lastDecisionAt: at(half) }, half, live('80000')), 'share')?.highest ?? 0;
    expect(kept).toBeGreaterThan(0.5);
    const later = { ...parent, highestShare: kept, lastDecisionAt: at(half) };
    expect(lowerEdge(later, half, live('2000'))).toBeCloseTo(100 * kept - 8, 1);
    expect(find(decideAt(later, half, live('2000')), 'share')).toBeUndefined();
  });

  it('VWAP without the profile that its plan names goes on in time, never back', () => {
    const parent = { ...begun(order('vwap'), { profile: PROFILE }), highestShare: 0.4 };
    expect(lowerEdge(parent, HOUR / 4)).toBeCloseTo(40 - 8, 1);
    expect(lowerEdge(parent, HOUR * 0.6, { profile: { ...PROFILE, id: 'another' } })).toBeCloseTo(60 - 8, 1);
  });

  it('VWAP begins a window of its own after a pause, at the target of the pause', () => {
    const parent = begun(order('vwap'), { profile: PROFILE });
    const inputs = { profile: PROFILE, marketVolume: quantity('9000') };
    const before = decideAt({ ...parent, lastDecisionAt: at(600_000) }, 600_000, inputs);
    const kept = find(before, 'share')?.highest ?? 0;
    const paused = {
      ...parent,
      highestShare: kept,
      lastDecisionAt: at(4_200_000),
      paused: [{ from: at(600_000), to: at(4_200_000) }],
    };
    const resumed = decideAt(paused, 4_200_000, inputs);
    expect(planOf(resumed)).toMatchObject({ reason: 'resumed', u0: 600 / 3_600 });
    expect(planOf(resumed).shape).toEqual({
      kind: 'volume',
      profileId: 'halves',
      from: at(4_200_000),
      volumeBefore: 9_000,
    });
    expect(planOf(resumed).x0.toNumber()).toBeCloseTo(100 * kept, 6);
    expect(find(resumed, 'share')?.highest).toBe(0);
    const after = step(paused, marketOf([accountMarket(at(4_200_000))], inputs), at(4_200_000)).after;
    expect(lowerEdge(after, 4_200_000, inputs)).toBeCloseTo(100 * kept - 8, 1);
  });
});

describe('decide: Target Time', () => {
  const target = (params: Partial<ExecutionParams> = {}) =>
    order('target_time', { durationMs: 100_000, targetTime: at(50_000), ...params });

  it('is half done at its time, in a window of wall time', () => {
    const parent = begun(target());
    expect(parent.plans[0]).toMatchObject({ u0: 0, shape: { kind: 'target_time', from: START } });
    expect(lowerEdge(parent, 50_000)).toBeCloseTo(50 - 8, 1);
    expect(lowerEdge(parent, 40_000)).toBeCloseTo(15.866 - 8, 1);
  });

  it('waits for its window, and does not spin while it waits', () => {
    const parent = begun(target({ targetTime: at(HOUR) }));
    const decision = decideAt(parent, 1_000);
    expect(decision.intents).toEqual([]);
    expect((decision.nextWakeAt ?? 0) - at(1_000)).toBeGreaterThanOrEqual(4_000);
  });

  it('that begins inside its window spreads the whole order over what is left', () => {
    const late = { ...target({ targetTime: at(10_000) }) };
    const parent = begun(late);
    const share = 0.8413447;
    expect(parent.plans[0]?.u0).toBeCloseTo(0.4, 12);
    expect(lowerEdge(parent, 20_000)).toBeCloseTo((100 * (share - 0.1586553)) / (1 - 0.1586553) - 8, 1);
  });

  it('whose window is over goes into FINISHER, or ends when it is strict', () => {
    const over = { targetTime: at(-200_000) };
    expect(find(decideAt(target(over), 0), 'finisher')).toBeDefined();
    expect(find(decideAt(target({ ...over, strictDuration: true }), 0), 'complete')?.reason).toBe('strict_end');
  });

  it('that begins where its curve is at its end goes into FINISHER as well, unless it is strict', () => {
    // nine tenths of the window are over, and with the tilt all but 3 * 10^-14 of the curve
    const spent = { targetTime: at(-40_000), alphaTilt: decimal('1') };
    expect(find(decideAt(target(spent), 0), 'finisher')?.at).toBe(START);
    const next = decideAt(begun(target(spent)), 1_000);
    expect([find(next, 'finisher'), find(next, 'complete')]).toEqual([undefined, undefined]);
    expect(find(decideAt(target({ ...spent, alphaTilt: decimal('0') }), 0), 'finisher')).toBeUndefined();
    expect(find(decideAt(target({ ...spent, strictDuration: true }), 0), 'finisher')).toBeUndefined();
    // with new time, which ends its FINISHER, it spreads what is left
    const longer = (strictDuration: boolean): ExecutionParent => {
      const { params } = target({ ...spent, strictDuration, durationMs: 200_000 });
      const inPlan = { status: 'ACTIVE', finisherFrom: null, children: executed('10'), nextSequence: 1 } as const;
      return { ...begun(target({ ...spent, strictDuration })), ...inPlan, params };
    };
    expect([false, true].map((one) => planOf(decideAt(longer(one), 5_000)).x0.toNumber())).toEqual([10, 100]);
  });

  it('out of its limit keeps its clock, and spreads what it missed over the rest', () => {
    const parent = begun(target({ oolPause: true, limitPrice: price('101') }));
    const out = {
      ...parent,
      outOfLimit: [{ from: at(40_000), to: at(50_000) }],
      children: executed('20'),
      nextSequence: 1,
    };
    const plan = planOf(decideAt(out, 50_000));
    expect(plan).toMatchObject({ reason: 'out_of_limit', u0: 0.5 });
    expect(plan.x0.toNumber()).toBeCloseTo(15.866, 2);
  });

  it('moves with an amended time', () => {
    const parent = begun(target());
    const amended = { ...parent, lastDecisionAt: at(50_000), params: { ...parent.params, targetTime: at(90_000) } };
    const plan = planOf(decideAt(amended, 50_000));
    expect(plan).toMatchObject({ reason: 'amended', u0: 0.1, shape: { from: at(40_000) } });
    expect(plan.x0.toNumber()).toBeCloseTo(50, 6);
  });
});

describe('decide: amendments', () => {
  it('a larger quantity or a longer time goes on from the target of the moment', () => {
    const parent = { ...begun(order('twap')), children: executed('26'), nextSequence: 1, lastDecisionAt: at(HOUR / 4) };
    const more = planOf(decideAt({ ...parent, orderQty: decimal('160') }, HOUR / 4));
    expect(more).toMatchObject({ version: 2, reason: 'amended', u0: 0.25, durationMs: HOUR });
    expect([more.x0.toNumber(), more.orderQty.toNumber()]).toEqual([25, 160]);
    const longer = planOf(decideAt({ ...parent, params: { ...parent.params, durationMs: 2 * HOUR } }, HOUR / 4));
    expect(longer).toMatchObject({ u0: 0.125, durationMs: 2 * HOUR });
    expect(longer.x0.toNumber()).toBe(25);
    expect(find(decideAt(parent, HOUR / 4), 'plan')).toBeUndefined();
  });

  it('a smaller quantity takes the target down with it, to the quantity at most', () => {
    const parent = { ...begun(order('twap')), children: executed('26'), nextSequence: 1, lastDecisionAt: at(HOUR / 2) };
    const plan = planOf(decideAt({ ...parent, orderQty: decimal('40') }, HOUR / 2));
    expect([plan.x0.toNumber(), plan.orderQty.toNumber()]).toEqual([40, 40]);
  });

  it('in FINISHER it goes on from what is executed', () => {
    const started = begun(order('twap'));
    const parent: ExecutionParent = {
      ...started,
      status: 'FINISHER',
      finisherFrom: at(HOUR),
      finisherX0: new Dec(90),
      children: executed('93'),
      nextSequence: 1,
      lastDecisionAt: at(HOUR + 5_000),
      orderQty: decimal('120'),
    };
    expect(planOf(decideAt(parent, HOUR + 5_000)).x0.toNumber()).toBe(93);
  });

  it('with new time after its end it spreads what is left, and sends none of it at once', () => {
    const started = begun(order('twap'));
    const parent: ExecutionParent = {
      ...started,
      children: executed('80'),
      nextSequence: 1,
      lastDecisionAt: at(HOUR + 5_000),
      params: { ...started.params, durationMs: 2 * HOUR },
    };
    const decision = decideAt(parent, HOUR + 6_000);
    expect([planOf(decision).x0.toNumber(), planOf(decision).durationMs]).toEqual([80, 2 * HOUR]);
    const sent = decision.intents.flatMap((one) => (one.kind === 'place' ? [one.timeInForce] : []));
    expect(sent).not.toContain('ioc');
  });

  it('a resume and an amendment between two decisions make two versions, each with its number', () => {
    const started = begun(order('twap'));
    const parent = {
      ...started,
      lastDecisionAt: at(1_000_000),
      orderQty: decimal('160'),
      paused: [{ from: at(900_000), to: at(1_000_000) }],
    };
    const plans = decideAt(parent, 1_000_000).annotations.flatMap((one) => (one.kind === 'plan' ? [one.plan] : []));
    expect(plans.map(({ version, reason }) => [version, reason])).toEqual([
      [2, 'resumed'],
      [3, 'amended'],
    ]);
    expect(plans.map(({ x0 }) => x0.toNumber())).toEqual([25, 25]);
  });
});

describe('decide: POV', () => {
  const pov = (params: Partial<ExecutionParams> = {}) =>
    order('pov', { durationMs: null, povTarget: decimal('0.1'), ...params });
  const others = (volume: string, change: Inputs = {}): Inputs => ({
    othersVolume: quantity(volume),
    othersPerMs: 0.01,
    ...change,
  });
  const after = (qty: string, ms: number): ExecutionParent => ({
    ...begun(pov(), { othersVolume: quantity('0') }),
    children: executed(qty),
    nextSequence: 1,
    lastDecisionAt: at(ms),
  });

  it('keeps its share of the volume that others trade', () => {
    const parent = begun(pov(), { othersVolume: quantity('0') });
    expect(parent.plans[0]).toMatchObject({ durationMs: 7 * 24 * HOUR });
    // T = 0.1 * 450 / 0.9 = 50; the band is 8 wide, as d says, and at T = 10 a quarter of it and a minimum child
    expect(lowerEdge(parent, 60_000, others('450'))).toBeCloseTo(42, 1);
    expect(lowerEdge(parent, 60_000, others('90'))).toBeCloseTo(10 - 2.5 - 0.053, 1);
    expect(holds(decideAt(after('58.1', 60_000), 60_000, others('450')))).toContain('BAND');
  });

  it('is worked by rate whatever the strategy was called', () => {
    const plan = planOf(decideAt(order('twap', { povTarget: decimal('0.25'), durationMs: HOUR }), 0, others('0')));
    expect(plan).toMatchObject({ durationMs: HOUR, shape: { kind: 'participation', rate: '0.25' } });
  });

  it('says how long it is expected to take, and leaves the others alone', () => {
    const rate = { ...others('0'), othersPerMs: 0.001 };
    // a quarter of the market for 100 is 300 of others, and they trade one a second
    const asked = { povTarget: decimal('0.25'), durationMs: HOUR };
    expect(find(decideAt(order('twap', asked), 0, rate), 'estimate')?.durationMs).toBe(300_000);
    const unknown = { ...rate, othersPerMs: null };
    expect(find(decideAt(order('twap', asked), 0, unknown), 'estimate')?.durationMs).toBe(HOUR);
    expect(find(decideAt(order('twap'), 0, rate), 'estimate')).toBeUndefined();
  });

  it('is not pushed while nobody knows what others trade', () => {
    const parent = { ...after('1', 60_000), highestShare: 0.5 };
    const decision = decideAt(parent, 60_000);
    expect(decision.intents).toEqual([]);
    expect(holds(decision)).toContain('NO_VOLUME');
  });

  it('keeps its target when prints are busted', () => {
    const parent = after('30', 60_000);
    const kept = find(decideAt(parent, 60_000, others('450')), 'share')?.highest;
    expect(kept).toBe(0.5);
    expect(lowerEdge({ ...parent, highestShare: 0.5 }, 60_000, others('90'))).toBeCloseTo(42, 1);
  });

  it('wakes when the expected volume has moved the band past it', () => {
    // T = 50 with X = 45: the warning zone, below 44, reaches it after 9 base units more, which take 0.9 s
    const parent = {
      ...after('45', 60_000),
      children: [...executed('45'), childOrder({ sequence: 1, createdAt: at(59_900) })],
    };
    const wake = decideAt({ ...parent, nextSequence: 2 }, 60_000, others('450')).nextWakeAt ?? 0;
    expect(wake - at(60_000)).toBeGreaterThanOrEqual(850);
    expect(wake - at(60_000)).toBeLessThanOrEqual(1_000);
    // and should the volume come sooner, that is watched
    const book = { tradedBase: quantity('5000') };
    const watched = decideAt({ ...parent, nextSequence: 2 }, 60_000, others('450', { book }));
    expect(find(watched, 'watch')?.volumeAtLeast?.toNumber()).toBeCloseTo(5_009, 3);
  });

  it('watches for the volume that makes room also while no pace is known', () => {
    const parent = after('12.6', 60_000);
    for (const othersPerMs of [null, 0]) {
      const book = { tradedBase: quantity('5000') };
      const decision = decideAt(parent, 60_000, others('90', { othersPerMs, book }));
      expect(decision.intents).toEqual([]);
      // upper is 1.25 T + m: room for m at T = 10.08 with 0.72 of others more, and the slice after that within another 1.5
      const watched = find(decision, 'watch')?.volumeAtLeast?.toNumber() ?? 0;
      expect(watched).toBeGreaterThan(5_000.72);
      expect(watched).toBeLessThan(5_002.3);
      expect((decision.nextWakeAt ?? 0) - at(60_000)).toBeGreaterThan(10_000);
    }
  });

  it.each(['0.08', '1.5'])('works a last %s when the whole order is due, and does not spin over it', (rest) => {
    const parent = after(decimal('100').sub(rest).toFixed(), 60_000);
    const params = { ...parent.params, discretion: decimal('0.02'), passiveOnly: true };
    const decision = decideAt({ ...parent, params }, 60_000, others('900'));
    expect(decision.intents).toMatchObject([{ kind: 'place', purpose: 'clip' }]);
    expect(holds(decision)).not.toContain('CEILING');
  });

  it('that was amended to a higher rate does not catch up what the lower one left', () => {
    const parent = after('50', 60_000);
    const amended = { ...parent, params: { ...parent.params, povTarget: decimal('0.5') } };
    const decision = decideAt(amended, 60_000, others('450'));
    expect(planOf(decision)).toMatchObject({
      reason: 'amended',
      shape: { rate: '0.5', volumeBefore: '450', baseBefore: '50' },
    });
    const next = step(amended, marketOf([accountMarket(at(60_000))], others('450')), at(60_000)).after;
    expect(lowerEdge(next, 60_000, others('460'))).toBeCloseTo(60 - 8, 1);
  });

  it('ends after its duration or seven days, without FINISHER', () => {
    const expired = (params: Partial<ExecutionParams>, ms: number) =>
      find(decideAt(begun(pov(params), { othersVolume: quantity('0') }), ms, others('9')), 'complete')?.reason;
    expect(expired({ durationMs: HOUR }, HOUR)).toBe('pov_expired');
    expect(expired({ durationMs: HOUR }, HOUR - 1)).toBeUndefined();
    expect(expired({}, 7 * 24 * HOUR)).toBe('pov_expired');
  });

  it('says how long it is expected to take, as far as that is known', () => {
    const estimate = (inputs: Inputs) => find(decideAt(after('50', 60_000), 60_000, inputs), 'estimate')?.durationMs;
    expect(estimate(others('450'))).toBe(60_000 + 45_000);
    expect(estimate(others('450', { othersPerMs: null }))).toBe(7 * 24 * HOUR);
    // the profile brings 1000/90 a second in the busy half of the hour; the market was at its pace
    const paced = others('450', { othersPerMs: null, profile: PROFILE, marketVolume: quantity('900') });
    expect(estimate(paced)).toBeGreaterThan(60_000 + 20_000);
    expect(estimate(paced)).toBeLessThan(60_000 + 60_000);
    expect(estimate({})).toBeUndefined();
  });

  it('counts base units behind a target in quote', () => {
    const quoted = { ...pov(), sizing: 'quote' as const, orderQty: decimal('10000') };
    const parent = { ...begun(quoted, { othersVolume: quantity('0') }), children: executed('30'), nextSequence: 1 };
    // 50 base due, 30 done for 3000: 20 behind at the mid of 99.995
    const kept = find(decideAt({ ...parent, lastDecisionAt: at(60_000) }, 60_000, others('450')), 'share')?.highest;
    expect(kept).toBeCloseTo((3_000 + 20 * 99.995) / 10_000, 10);
  });

  it('has a grid as long as its volume is expected to take', () => {
    // 450 base of others are still needed: 45 s at 0.01 per ms beside the minute behind us, in 40 slices; in one
    // of them, 2.625 s, the market brings 2.9167 and three times that may be taken
    const deep = { book: { asks: [level('100', '500')] } };
    const decision = decideAt(after('1', 60_000), 60_000, others('450', deep));
    expect(decision.intents).toMatchObject([{ kind: 'place', purpose: 'catch_up' }]);
    const [taker] = decision.intents;
    expect(taker?.kind === 'place' && taker.orderQty.toNumber()).toBe(8.75);
  });
});

describe('decide: pov_limit', () => {
  /** Half an hour in, far from the next slice. */
  const MIDWAY = HOUR / 2 - 11_000;
  const capped = (params: Partial<ExecutionParams> = {}) => order('twap', { povLimit: decimal('0.1'), ...params });
  const volume = (others: string | null, change: Inputs = {}): Inputs => ({
    othersVolume: others === null ? null : quantity(others),
    othersPerMs: 0.001,
    ...change,
  });
  const sizes = (decision: Decision) =>
    decision.intents.flatMap((intent) => (intent.kind === 'place' ? [intent.orderQty.toNumber()] : []));

  it('sends nothing before others have traded, nor while nobody knows what', () => {
    for (const others of ['0', null]) {
      const decision = decideAt(capped(), 0, volume(others));
      expect([decision.intents, holds(decision)]).toEqual([[], expect.arrayContaining(['POV_LIMITED'])]);
    }
    expect(decideAt(capped({ povLimit: decimal('1') }), 0, volume(null)).intents).toHaveLength(1);
  });

  it('bounds a clip and a taker by what is left, to the lot', () => {
    // 0.1 * 0.9 = 0.9 * 0.1, and later 0.1 * 9 = 0.9 * 1: exactly 0.1 and 1 may have been sent
    const parent = { ...begun(capped()), lastDecisionAt: at(60_000), nextSequence: 2 };
    expect(sizes(decideAt(parent, 60_000, volume('0.9')))).toEqual([0.1]);
    const late = { ...parent, lastDecisionAt: at(HOUR / 2), children: executed('0.3') };
    expect(sizes(decideAt(late, HOUR / 2, volume('9')))).toEqual([0.7]);
    const resting = childOrder({ sequence: 1, orderQty: quantity('0.333'), createdAt: at(59_000) });
    const beside = { ...late, children: [...late.children, resting] };
    expect(sizes(decideAt(beside, HOUR / 2, volume('9')))).toEqual([0.367]);
    expect(sizes(decideAt(late, HOUR / 2, volume('8.1')))).toEqual([0.6]);
  });

  it('waits below the minimum child, until the volume for one is expected', () => {
    const parent = { ...begun(capped()), lastDecisionAt: at(MIDWAY), children: executed('1'), nextSequence: 1 };
    const decision = decideAt(parent, MIDWAY, volume('9.45'));
    expect([decision.intents, holds(decision)]).toEqual([[], expect.arrayContaining(['POV_LIMITED'])]);
    // m is 0.053: 0.9 * 1.053 / 0.1 = 9.477, so 27 ms at 0.001 per ms; the least gap is 250
    expect((decision.nextWakeAt ?? 0) - at(MIDWAY)).toBeLessThanOrEqual(300);
    const slow = decideAt(parent, MIDWAY, volume('9.45', { othersPerMs: 0.00001 }));
    expect((slow.nextWakeAt ?? 0) - at(MIDWAY)).toBeGreaterThanOrEqual(2_700);
    expect((slow.nextWakeAt ?? 0) - at(MIDWAY)).toBeLessThanOrEqual(2_750);
    const watched = decideAt(parent, MIDWAY, volume('9.45', { book: { tradedBase: quantity('100') } }));
    expect(find(watched, 'watch')?.volumeAtLeast?.toFixed()).toBe('100.027');
  });

  it('cancels what stands above it when prints are busted, the newest first', () => {
    const older = childOrder({ sequence: 1, orderQty: quantity('0.4'), createdAt: at(50_000) });
    const newer = childOrder({ sequence: 2, orderQty: quantity('0.3'), createdAt: at(55_000) });
    const children = [...executed('0.3'), older, newer];
    const parent = { ...begun(capped()), lastDecisionAt: at(60_000), children, nextSequence: 3 };
    const cancels = (others: string | null) =>
      decideAt(parent, 60_000, volume(others)).intents.filter(
        (intent) => intent.kind === 'cancel' && intent.reason === 'pov_limit',
      );
    expect(cancels('9')).toEqual([]);
    expect(cancels('8')).toMatchObject([{ sequence: 2, necessary: true }]);
    expect(cancels('1')).toMatchObject([{ sequence: 2 }, { sequence: 1 }]);
    expect(cancels(null)).toEqual([]);
  });

  it('holds in FINISHER too, and is what an order ends with that it held back', () => {
    const late = HOUR + 360_000;
    const finishing = (children: ExecutionParent['children'], ms: number, params: Partial<ExecutionParams> = {}) => {
      const parent: ExecutionParent = {
        ...begun(capped(params)),
        children,
        nextSequence: 1,
        lastDecisionAt: at(ms - 1_000),
      };
      return { ...parent, status: 'FINISHER' as const, finisherFrom: at(HOUR), finisherX0: new Dec(1) };
    };
    expect(sizes(decideAt(finishing(executed('1'), late - 36_000), late - 36_000, volume('18')))).toEqual([1]);
    const end = (others: string, params: Partial<ExecutionParams> = {}) =>
      find(decideAt(finishing(executed('1'), late, params), late, volume(others)), 'complete')?.reason;
    expect(end('18')).toBe('pov_limited');
    expect(end('900')).toBe('finisher_end');
    expect(end('899.9')).toBe('pov_limited');
    expect(end('18', { passiveOnly: true })).toBe('pov_limited');
    const strict = { ...begun(capped({ strictDuration: true })), children: executed('1'), lastDecisionAt: at(HOUR) };
    expect(find(decideAt(strict, HOUR, volume('18')), 'complete')?.reason).toBe('strict_end');
  });

  it('counts base units of an order that is sized in quote', () => {
    const quoted = { ...capped(), sizing: 'quote' as const, orderQty: decimal('10000') };
    const parent = { ...begun(quoted), children: executed('0.3'), nextSequence: 1, lastDecisionAt: at(HOUR / 2) };
    expect(sizes(decideAt(parent, HOUR / 2, volume('9')))).toEqual([0.7]);
  });

  it('is ignored by orders that follow no plan', () => {
    const simple = parentOrder({ algorithm: 'market' }, { durationMs: null, povLimit: decimal('0.1') });
    expect(decideAt(simple, 0, volume('0')).intents).toHaveLength(1);
  });
});
