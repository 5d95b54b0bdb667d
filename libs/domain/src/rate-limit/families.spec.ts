import { describe, expect, it } from '@jest/globals';
import { BudgetBench } from '../../../../test/support/budget-bench.js';
import type { CallCost, CostBasis } from './cost.js';
import { FREE_OF_CANCELS_CEILINGS, type LimitDefinition, type LimitParams, type Priority } from './limit-definition.js';
import { drawOf, scaleOf, type LimitDraw } from './limit-draw.js';
import { freeShare, usageOf } from './usage.js';

const START = 1_795_219_200_000;
const MICRO = 1_000_000;

type Kind = Exclude<LimitDefinition['kind'], 'ban'>;

/** A limit for tests in the scope `a`, free of ceilings unless said otherwise. */
function limit<K extends Kind>(
  kind: K,
  params: LimitParams[K],
  more: { id?: string; ceilings?: LimitDefinition['ceilings']; scope?: LimitDefinition['scope'] } = {},
): LimitDefinition {
  const definition = {
    id: kind,
    venue: 'v',
    scope: ['account'],
    kind,
    params,
    ceilings: { query: 1000, place: 1000, reduce: 1000, cancel: 1000 },
    breach: [],
    ...more,
  };
  return definition as unknown as LimitDefinition;
}

function draw(
  definition: LimitDefinition,
  cost: CallCost['cost'] | Omit<CallCost, 'limit'> = 1,
  { priority = 'place', symbol = 's', ...basis }: CostBasis & { priority?: Priority; symbol?: string } = {},
): LimitDraw {
  const call = typeof cost === 'object' && 'cost' in cost ? cost : { cost };
  const scopes = { account: 'a', key: 'k', symbol, pair: symbol, ip: 'i', address: 'x' };
  return drawOf(definition, { scopes, priority, ...basis }, call);
}

/** Reserves, and settles at once as answered now. */
function call(bench: BudgetBench, token: string, draws: readonly LimitDraw[]): boolean {
  if (!bench.reserve(token, draws).granted) return false;
  bench.settle(token, draws);
  return true;
}

function count(most: number, attempt: (i: number) => boolean): number {
  for (let i = 0; i < most; i += 1) if (!attempt(i)) return i;
  return most;
}

const used = (bench: BudgetBench, d: LimitDraw) => usageOf(bench.state, d, bench.now).used;

describe('a rolling window', () => {
  const ten = draw(limit('rolling_window', { limit: 10, windowMs: 1_000 }));

  it('counts a call until one window after its answer, whatever the venue clock says', () => {
    const bench = new BudgetBench(START + 990).warm([ten], 5_000);
    expect(bench.reserve('slow', [{ ...ten, cost: 10, onSuccess: 10, onFailure: 10 }]).granted).toBe(true);
    bench.now += 700;
    bench.settle('slow', [{ ...ten, cost: 10, onSuccess: 10, onFailure: 10 }]);
    const denied = bench.reserve('t', [ten]);
    expect(denied).toMatchObject({ granted: false, reason: 'exhausted' });
    const retryAt = denied.granted ? 0 : denied.retryAt;
    expect(retryAt).toBeGreaterThan(bench.now + 1_000);
    expect(retryAt).toBeLessThanOrEqual(bench.now + 1_000 + 21);
    bench.now = retryAt - 1;
    expect(bench.reserve('t', [ten]).granted).toBe(false);
    bench.now = retryAt;
    expect(bench.reserve('t', [ten]).granted).toBe(true);
  });

  it('waits for as many calls to leave as it needs room for', () => {
    const bench = new BudgetBench(START).warm([ten]);
    for (let i = 0; i < 10; i += 1) {
      expect(call(bench, `t${i}`, [ten])).toBe(true);
      bench.now += 60;
    }
    const wait = (cost: number) => {
      const answer = bench.reserve(`w${cost}`, [{ ...ten, cost }]);
      return answer.granted ? 0 : answer.retryAt - START;
    };
    expect([1, 5].map(wait)).toEqual([1_001, 1_241]);
  });

  it('asks again soon while only unanswered calls are in the way, and spends them at their hold end', () => {
    const bench = new BudgetBench(START).warm([ten]);
    const all = { ...ten, cost: 10 };
    bench.reserve('lost', [all], { holdMs: 2_000 });
    expect(bench.reserve('t', [ten])).toMatchObject({ granted: false, retryAt: START + 100 });
    bench.now += 2_500;
    expect(bench.reserve('t', [ten])).toMatchObject({ granted: false, retryAt: START + 3_001 });
    expect(bench.state.tokens['lost']?.phase).toBe('spent');
    bench.now = START + 3_001;
    expect(bench.reserve('t', [ten]).granted).toBe(true);
  });

  it('follows the count that the venue tells, keeping what it cannot have seen', () => {
    const bench = new BudgetBench(START).warm([ten]);
    for (let i = 0; i < 4; i += 1) call(bench, `t${i}`, [ten]);
    bench.reserve('reading', [ten]);
    bench.reserve('in flight', [ten]);
    call(bench, 'after', [ten]);
    bench.now += 10;
    const told = bench.settle('reading', [ten], { readings: [{ name: ten.name, used: 2 }] });
    expect(told.corrections).toEqual([{ limit: ten.id, scope: 'a', delta: -3 }]);
    expect(used(bench, ten)).toBe(2 + 1 + 1);
    bench.settle('in flight', [ten], { readings: [{ name: ten.name, used: 9 }] });
    expect(used(bench, ten)).toBe(9 + 2); // both others were answered since it was reserved
  });

  it('ignores a reading of a call that was sent before the last one that told', () => {
    const bench = new BudgetBench(START).warm([ten]);
    bench.reserve('first', [ten]);
    bench.now += 5;
    bench.reserve('second', [ten]);
    bench.settle('second', [ten], { readings: [{ name: ten.name, used: 7 }] });
    const old = bench.settle('first', [ten], { readings: [{ name: ten.name, used: 1 }] });
    expect(old.corrections).toEqual([]);
    expect(used(bench, ten)).toBe(7 + 1);
  });
});

describe('Bybit-like pools', () => {
  it('VE-B29 take a batch of 10 from the batch pool alone, and close alone', () => {
    const single = draw(limit('rolling_window', { limit: 10, windowMs: 1_000 }, { id: 'create' }));
    const pool = limit('batch_pool', { base: 'rolling_window', limit: 10, windowMs: 1_000 }, { id: 'batch' });
    const batch = draw(pool, { perOrder: 1 }, { orders: 10 });
    const bench = new BudgetBench(START).warm([single, batch]);
    expect(call(bench, 'batch', [batch])).toBe(true);
    expect([used(bench, batch), used(bench, single)]).toEqual([10, 0]);
    expect(bench.reserve('u', [draw(pool, { perOrder: 1 }, { orders: 1 })]).granted).toBe(false);

    bench.reserve('refused', [single]);
    const closures = [{ name: single.name, ms: -1, venueAt: bench.now + 400 }];
    bench.settle('refused', [single], { outcome: 'failure', closures });
    expect(bench.reserve('v', [single], { priority: 'cancel' })).toMatchObject({
      granted: false,
      retryAt: bench.now + 450, // the venue's own time, by its clock as far as that is known
    });
    bench.now += 1_100;
    expect(bench.reserve('w', [batch]).granted).toBe(true);
  });
});

describe('OKX-like limits', () => {
  const perInstrument = limit(
    'rolling_window',
    { limit: 60, windowMs: 2_000 },
    {
      id: 'place',
      scope: ['account', 'symbol'],
      ceilings: FREE_OF_CANCELS_CEILINGS,
    },
  );
  const inAll = limit(
    'rolling_window',
    { limit: 1_000, windowMs: 2_000 },
    {
      id: 'subaccount',
      ceilings: FREE_OF_CANCELS_CEILINGS,
    },
  );
  const cancels = limit(
    'rolling_window',
    { limit: 60, windowMs: 2_000 },
    { id: 'cancel', scope: ['account', 'symbol'] },
  );
  const place = (symbol: string, priority: Priority = 'place') => [
    draw(perInstrument, 1, { symbol, priority }),
    draw(inAll, 1, { symbol, priority }),
  ];

  it('VE-B30 let 57 places on each of two instruments through, and 60 that reduce', () => {
    const bench = new BudgetBench(START).warm([...place('BTC'), ...place('ETH')]);
    expect(count(57, (i) => call(bench, `b${i}`, place('BTC')))).toBe(57);
    expect(count(57, (i) => call(bench, `e${i}`, place('ETH')))).toBe(57);
    expect(bench.reserve('58th', place('BTC'))).toMatchObject({ granted: false, reason: 'exhausted', limit: 'place' });
    expect(count(9, (i) => call(bench, `r${i}`, place('BTC', 'reduce')))).toBe(3);
  });

  it('VE-B30 deny the 951st place over 20 instruments, and grant a cancel', () => {
    const symbols = Array.from({ length: 20 }, (_, i) => `S${i}`);
    const bench = new BudgetBench(START).warm([
      ...symbols.flatMap((symbol) => place(symbol)),
      draw(cancels, 1, { symbol: 'S0' }),
    ]);
    expect(count(1_000, (i) => call(bench, `t${i}`, place(`S${i % 20}`)))).toBe(950);
    expect(bench.reserve('951st', place('S1'))).toMatchObject({ granted: false, limit: 'subaccount' });
    expect(bench.reserve('cancel', [draw(cancels, 1, { symbol: 'S0', priority: 'cancel' })]).granted).toBe(true);
  });
});

describe('a counter that decays', () => {
  const AMEND = { byAge: [[5, 3], [10, 2], [15, 1]], plus: 1 } as const; // prettier-ignore
  const CANCEL = { byAge: [[5, 8], [10, 6], [15, 5], [45, 4], [90, 2], [300, 1]], plus: 0 } as const; // prettier-ignore
  const starter = limit('decaying_counter', { max: 60, decay: 1, resumeBelow: 50 });
  const intermediate = limit('decaying_counter', { max: 125, decay: 2.34, resumeBelow: 115 });

  it('VE-B27 charges 1, 3 and 4 for an order added, amended at 7 s and canceled at 43 s', () => {
    const charges = [
      draw(starter, 1),
      draw(starter, AMEND, { agesMs: [7_000] }),
      draw(starter, CANCEL, { agesMs: [43_000 - 7_000] }),
    ].map((d) => d.cost / MICRO);
    expect(charges).toEqual([1, 3, 4]);
    const bench = new BudgetBench(START).warm([draw(starter)]);
    charges.forEach((cost, i) => call(bench, `t${i}`, [draw(starter, cost)]));
    expect(used(bench, draw(starter))).toBe(8);
  });

  it('VE-B27 has 26.6 left of 50 after 10 s at 2.34 a second', () => {
    const one = draw(intermediate);
    const bench = new BudgetBench(START).warm([one]);
    expect(count(50, (i) => call(bench, `t${i}`, [one]))).toBe(50);
    bench.now += 10_000;
    const state = bench.state.limits[one.name];
    call(bench, 'next', [one]);
    expect(state?.kind === 'decaying_counter' && state.level).toBe(50 * MICRO);
    const after = bench.state.limits[one.name];
    expect(after?.kind === 'decaying_counter' && after.level).toBe(26.6 * MICRO + MICRO);
    expect(usageOf(bench.state, one, bench.now).used).toBe(28);
  });

  it('VE-B28 charges 8 for a cancel 4.9 s after the create was answered, which may arrive at 5.1 s', () => {
    const one = draw(starter, CANCEL, { agesMs: [4_900], priority: 'cancel' });
    const bench = new BudgetBench(START).warm([one]);
    bench.reserve('cancel', [one]);
    bench.now += 200;
    bench.settle('cancel', [one]);
    expect(used(bench, one)).toBe(8);
  });

  it('charges the fixed part alone when the data says that a refusal costs no more', () => {
    const amend = draw(starter, { cost: AMEND, onFailure: 1 }, { agesMs: [1_000] });
    const bench = new BudgetBench(START).warm([amend]);
    bench.reserve('t', [amend]);
    expect(used(bench, amend)).toBe(4);
    bench.settle('t', [amend], { outcome: 'failure' });
    expect(used(bench, amend)).toBe(1);
  });

  it('lets nothing fall off a held cost before its answer', () => {
    const all = draw(starter, 60);
    const bench = new BudgetBench(START).warm([all]);
    bench.reserve('t', [all]);
    bench.now += 9_000;
    expect(used(bench, all)).toBe(60);
    bench.settle('t', [all]);
    expect(bench.reserve('u', [draw(starter, 10)])).toMatchObject({ granted: false, retryAt: bench.now + 10_000 });
    bench.now += 9_999;
    expect(bench.reserve('u', [draw(starter, 10)]).granted).toBe(false);
    bench.now += 1;
    expect(bench.reserve('u', [draw(starter, 10)]).granted).toBe(true);
  });

  it('counts a call that was answered earlier as of its answer, and one without an answer as of its hold end', () => {
    const ten = draw(starter, 10);
    const bench = new BudgetBench(START).warm([ten]);
    bench.reserve('late', [ten]);
    bench.reserve('lost', [ten], { holdMs: 3_000 });
    bench.now += 8_000;
    bench.settle('late', [ten], { sentAt: START, repliedAt: START + 1_000 });
    // Lost: 10 from second 3 on; late: 10 from second 1 on, but the level of second 3 was known by then.
    expect(used(bench, ten)).toBe(20 - 5);
  });

  it('is closed after a refusal until its level is down to where it resumes', () => {
    const bench = new BudgetBench(START).warm([draw(starter)]);
    bench.reserve('t', [draw(starter)]);
    const closures = [{ name: draw(starter).name, ms: -1 }];
    const { crossings } = bench.settle('t', [draw(starter)], { outcome: 'failure', closures });
    expect(crossings.map((c) => [c.threshold, c.used, c.limitValue])).toEqual([
      [50, 60, 60],
      [90, 60, 60],
      [100, 60, 60],
    ]);
    expect(bench.reserve('u', [draw(starter)], { priority: 'cancel' })).toMatchObject({
      granted: false,
      retryAt: START + 10_000,
    });
    bench.now += 10_000;
    expect(bench.reserve('u', [draw(starter, 10)], { priority: 'cancel' }).granted).toBe(true);
  });

  it('takes the venue for right, and what it cannot have seen on top', () => {
    const one = draw(starter);
    const bench = new BudgetBench(START).warm([one]);
    bench.reserve('reading', [one]);
    call(bench, 'after', [one]);
    bench.settle('reading', [one], { readings: [{ name: one.name, used: 20 * MICRO }] });
    expect(used(bench, one)).toBe(21);
  });
});

describe('a token bucket', () => {
  it('gives its burst at once and then its rate, counted from the answers', () => {
    const one = draw(limit('token_bucket', { rate: 30, burst: 60 }));
    const bench = new BudgetBench(START).warm([one]);
    expect(count(99, (i) => call(bench, `t${i}`, [one]))).toBe(60);
    expect(bench.reserve('u', [one])).toMatchObject({ granted: false, retryAt: START + 34 });
    bench.now += 1_000;
    expect(count(99, (i) => call(bench, `v${i}`, [one]))).toBe(30);
  });

  it('stays open when nothing but a lost call was in it', () => {
    const all = draw(limit('token_bucket', { rate: 1, burst: 5 }), 5);
    const bench = new BudgetBench(START).warm([all]);
    bench.reserve('lost', [all]);
    bench.now += 15_000;
    expect(bench.reserve('u', [all])).toMatchObject({ granted: false, retryAt: START + 20_000 });
    bench.now += 5_000;
    expect(bench.reserve('u', [all]).granted).toBe(true);
  });
});

describe('credits', () => {
  const calls = draw(limit('credits', { pool: 50_000, refill: 10_000 }), 500, { priority: 'query' });

  it('VE-B32 grant 90 calls at once, and not the 91st, although 10 more would pass', () => {
    const bench = new BudgetBench(START).warm([calls]);
    expect(count(100, (i) => bench.reserve(`t${i}`, [calls]).granted)).toBe(90);
    expect(bench.reserve('91st', [calls])).toMatchObject({ granted: false, reason: 'exhausted' });
  });

  it('that the venue said had run out close the session until the pool is full', () => {
    const bench = new BudgetBench(START).warm([calls]);
    bench.reserve('t', [calls]);
    bench.settle('t', [calls], { outcome: 'failure', closures: [{ name: calls.name, ms: -2 }] });
    const answer = bench.reserve('u', [calls], { priority: 'cancel' });
    expect(answer).toMatchObject({ granted: false, retryAt: START + 5_000 });
    bench.now = START + 5_000;
    expect(used(bench, calls)).toBe(0);
  });
});

describe('a budget for life', () => {
  const definition = limit('lifetime_budget', { base: 10_000, dripMs: 10_000 }, { scope: ['address'] });
  const actions = (orders: number, priority: Priority = 'place') =>
    draw(definition, { perOrder: 1 }, { orders, priority });
  const atUse = (n: number, cap?: number) => {
    const bench = new BudgetBench(START).warm([actions(1)]);
    bench.reserve('read', [draw(definition, 0)]);
    const reading = { name: actions(1).name, used: n, ...(cap === undefined ? {} : { cap }) };
    bench.settle('read', [draw(definition, 0)], { readings: [reading] });
    return bench;
  };

  it('VE-B31 takes 41 for a batch of 41 where the address pays, and 2 where requests do', () => {
    const requests = draw(limit('rolling_window', { limit: 1_200, windowMs: 60_000 }), { expr: 'floor_n', div: 40, plus: 1 }, { orders: 41 }); // prettier-ignore
    const bench = new BudgetBench(START).warm([actions(1), requests]);
    expect(call(bench, 'batch', [requests, actions(41)])).toBe(true);
    expect([used(bench, requests), used(bench, actions(1))]).toEqual([2, 41]);
  });

  it('VE-B31 stops cancels at 20,000 of a cap of 10,000, and places at the cap', () => {
    expect(atUse(9_999).reserve('t', [actions(1)]).granted).toBe(true);
    expect(atUse(10_000).reserve('t', [actions(2)]).granted).toBe(false);
    expect(atUse(19_998).reserve('t', [actions(2, 'cancel')], { priority: 'cancel' }).granted).toBe(true);
    expect(atUse(19_999).reserve('t', [actions(2, 'cancel')], { priority: 'cancel' }).granted).toBe(false);
    const rich = atUse(600_000, 500_001);
    expect(rich.reserve('t', [actions(2, 'cancel')], { priority: 'cancel' }).granted).toBe(false);
    expect(rich.reserve('t', [actions(1, 'cancel')], { priority: 'cancel' }).granted).toBe(true);
  });

  it('lets one action in 10 s through beyond the cap, and none while it is on its way', () => {
    const bench = atUse(10_000);
    expect(bench.reserve('early', [actions(1)])).toMatchObject({ granted: false, retryAt: START + 10_000 });
    bench.now += 10_000;
    expect(bench.reserve('drip', [actions(1)]).granted).toBe(true);
    expect(bench.reserve('second', [actions(1)])).toMatchObject({ granted: false, retryAt: bench.now + 100 });
    bench.now += 300;
    bench.settle('drip', [actions(1)]);
    expect(bench.reserve('third', [actions(1)])).toMatchObject({ granted: false, retryAt: bench.now + 10_000 });
  });

  it('lets cancels go while an action beyond the cap is on its way, and counts the 10 s from the later answer', () => {
    const bench = atUse(10_000);
    bench.now += 10_000;
    expect(bench.reserve('drip', [actions(1)]).granted).toBe(true);
    expect(bench.reserve('cancel', [actions(1, 'cancel')], { priority: 'cancel' }).granted).toBe(true);
    bench.now += 300;
    bench.settle('drip', [actions(1)]);
    bench.now += 400;
    bench.settle('cancel', [actions(1, 'cancel')]);
    expect(bench.reserve('next', [actions(1)])).toMatchObject({ granted: false, retryAt: bench.now + 10_000 });
  });

  it('asks for a reading after 500 actions, and for one before anything where its state is lost', () => {
    const bench = atUse(0, 50_000);
    const due = (token: string, orders: number) => {
      const grant = bench.reserve(token, [actions(orders)]);
      bench.settle(token, [actions(orders)]);
      return grant.granted ? grant.due : [];
    };
    expect([due('a', 499), due('b', 1), due('c', 1)]).toEqual([[], [], ['lifetime_budget']]);
    expect(new BudgetBench(START).reserve('t', [actions(1)])).toMatchObject({
      granted: false,
      reason: 'cold',
      retryAt: START + 1_000,
    });
  });
});

describe('a limit per block', () => {
  const definition = limit('per_block', { cap: 20, blocks: 100, blockMs: 2_000 });
  const actions = (orders: number) => draw(definition, { perOrder: 1 }, { orders });
  const see = (bench: BudgetBench, height: number) => {
    const none = draw(definition, 0);
    bench.reserve(`h${height}`, [none]);
    bench.settle(`h${height}`, [none], { readings: [{ name: none.name, height }] });
  };

  it('counts a call in the block after the one seen at its answer, and in flight in every block', () => {
    const bench = new BudgetBench(START).warm([actions(1)]);
    see(bench, 1_000);
    bench.reserve('t', [actions(20)]);
    see(bench, 1_005);
    bench.settle('t', [actions(20)]);
    see(bench, 1_105);
    expect(bench.reserve('u', [actions(1)])).toMatchObject({ granted: false, retryAt: START + 2_000 });
    see(bench, 1_106);
    expect(bench.reserve('u', [actions(20)]).granted).toBe(true);
  });
});

describe('kinds without windows', () => {
  it('VE-B36 tell a threshold once, and again when the use was 10 points below it', () => {
    const hundred = limit('decaying_counter', { max: 100, decay: 1 });
    const bench = new BudgetBench(START).warm([draw(hundred)]);
    let calls = 0;
    const told = (seconds: number, cost: number) => {
      bench.now += seconds * 1_000;
      const [d, token] = [draw(hundred, cost), `t${(calls += 1)}`];
      const grant = bench.reserve(token, [d]);
      const settled = bench.settle(token, [d]);
      return [...(grant.granted ? grant.crossings : []), ...settled.crossings];
    };
    const at = (found: ReturnType<typeof told>) => found.map((c) => [c.threshold, c.used]);
    expect(at(told(0, 49))).toEqual([]);
    expect(at(told(0, 42))).toEqual([
      [50, 91],
      [90, 91],
    ]);
    expect(at(told(10, 9))).toEqual([]); // 81 is not 10 points below 90
    expect(at(told(12, 12))).toEqual([[90, 90]]);
    expect(at(told(51, 60))).toEqual([
      [50, 99],
      [90, 99],
    ]);
    const windows = [...told(0, 1), ...told(90, 80)].map((c) => `${c.window}|${c.threshold}`);
    expect(new Set(windows).size).toBe(windows.length);
  });

  it('are cold for as long as a cost can weigh on them, and at least 15 s', () => {
    for (const [d, ms] of [
      [draw(limit('rolling_window', { limit: 10, windowMs: 1_000 })), 15_000],
      [draw(limit('rolling_window', { limit: 10, windowMs: 60_000 })), 60_000],
      [draw(limit('decaying_counter', { max: 20, decay: 0.5 })), 40_000],
    ] as const) {
      const bench = new BudgetBench(START);
      expect(bench.reserve('t', [d])).toMatchObject({ granted: false, reason: 'cold', retryAt: START + ms });
    }
  });

  it('follow what the venue announces for a scope before what it announces for all', () => {
    const one = draw(limit('token_bucket', { rate: 5, burst: 20 }));
    const bench = new BudgetBench(START).warm([one]);
    const entry = (figure: number) => ({ limit: figure, pending: 0, pendingAt: 0 });
    bench.state.announced = {
      [one.id]: entry(50 * MICRO),
      [one.name]: entry(30 * MICRO),
      [`${one.id}#rate`]: entry(10_000),
    };
    expect(count(99, (i) => call(bench, `t${i}`, [one]))).toBe(30);
    bench.now += 1_000;
    expect(count(99, (i) => call(bench, `u${i}`, [one]))).toBe(10);
  });

  it('have a free share below their ceiling', () => {
    const one = draw(limit('rolling_window', { limit: 100, windowMs: 1_000 }, { ceilings: {} }));
    const bench = new BudgetBench(START).warm([one]);
    bench.reserve('t', [{ ...one, cost: 35 }]);
    expect(freeShare(bench.state, [one], 'place', bench.now)).toBe(0.5);
    expect(scaleOf(one.kind)).toBe(1);
  });
});

describe('a state kept for another kind', () => {
  it('counts as lost', () => {
    const bench = new BudgetBench(START).warm([
      draw(limit('rolling_window', { limit: 9, windowMs: 1_000 }, { id: 'x' })),
    ]);
    const now = draw(limit('fixed_window', { limit: 9, windowMs: 1_000 }, { id: 'x' }));
    expect(bench.reserve('t', [now])).toMatchObject({ granted: false, reason: 'cold' });
  });
});
