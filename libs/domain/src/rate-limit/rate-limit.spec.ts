import { describe, expect, it } from '@jest/globals';
import { BudgetBench } from '../../../../test/support/budget-bench.js';
import { announce } from './announce.js';
import { emptyBudget } from './budget-state.js';
import { CANCEL_CEILINGS, FREE_OF_CANCELS_CEILINGS, type Priority } from './limit-definition.js';
import type { LimitDraw } from './limit-draw.js';
import { newLife } from './new-life.js';
import { rebuild } from './rebuild.js';
import { release } from './release.js';
import { freeShare, usageOf } from './usage.js';

/** Start of a day, so of every window too. */
const MIDNIGHT = 1_795_219_200_000;
const MINUTE = 60_000;

const draw = (more: Partial<LimitDraw> = {}): LimitDraw => ({
  name: 'weight:ip',
  id: 'weight',
  scope: 'ip',
  kind: 'fixed_window',
  limit: 6_000,
  windowMs: MINUTE,
  rate: 0,
  resume: 0,
  blocks: 0,
  ceiling: 700,
  cost: 1,
  onSuccess: more.cost ?? 1,
  onFailure: more.cost ?? 1,
  ...more,
});
const orders = (more: Partial<LimitDraw> = {}): LimitDraw =>
  draw({ name: 'orders:a', id: 'orders', scope: 'a', limit: 100, windowMs: 10_000, ceiling: 950, ...more });
const ban = draw({ name: 'ban:ip', id: 'ban', kind: 'ban', limit: 0, windowMs: 0, cost: 0, onSuccess: 0 });

describe('a call across the end of a window', () => {
  it('VE-B23 counts in both minutes when sent at 59.900 and answered at 00.050', () => {
    const bench = new BudgetBench(MIDNIGHT + 59_800).warm([draw()], 0);
    const query = [draw({ cost: 20, onSuccess: 20 })];
    bench.reserve('t', query);
    bench.now = MIDNIGHT + 60_060;
    bench.settle('t', query, { sentAt: MIDNIGHT + 59_900, repliedAt: MIDNIGHT + 60_050 });
    expect([bench.used('weight:ip', MIDNIGHT), bench.used('weight:ip', MIDNIGHT + MINUTE)]).toEqual([20, 20]);
  });

  it('counts in one when the answer was there before its end, and in both when the clock is not that sure', () => {
    for (const [error, expected] of [
      [10, [20, 0]],
      [200, [20, 20]],
    ] as const) {
      const bench = new BudgetBench(MIDNIGHT + 59_000).warm([draw()], error);
      const query = [draw({ cost: 20, onSuccess: 20 })];
      bench.reserve('t', query);
      expect([bench.used('weight:ip', MIDNIGHT), bench.used('weight:ip', MIDNIGHT + MINUTE)]).toEqual([20, 20]);
      bench.now = MIDNIGHT + 59_950;
      bench.settle('t', query, { sentAt: MIDNIGHT + 59_500, repliedAt: MIDNIGHT + 59_900 });
      expect([bench.used('weight:ip', MIDNIGHT), bench.used('weight:ip', MIDNIGHT + MINUTE)]).toEqual(expected);
    }
  });

  it('does not believe a sender whose clock says the call was over before it was reserved', () => {
    const bench = new BudgetBench(MIDNIGHT + 59_900).warm([draw()], 0);
    bench.reserve('t', [draw()]);
    bench.now = MIDNIGHT + 60_100;
    bench.settle('t', [draw()], { sentAt: MIDNIGHT + 1_000, repliedAt: MIDNIGHT + 1_100 });
    expect([bench.used('weight:ip', MIDNIGHT), bench.used('weight:ip', MIDNIGHT + MINUTE)]).toEqual([1, 1]);
  });
});

describe('readings', () => {
  const hundred = [draw({ cost: 100, onSuccess: 100 })];
  const spentHundred = () => {
    const bench = new BudgetBench(MIDNIGHT + 10_000).warm([draw()]);
    bench.reserve('old', hundred);
    bench.settle('old', hundred);
    bench.now += 1_000;
    return bench;
  };

  it('VE-B24 takes the header when nothing of ours overlaps', () => {
    const bench = spentHundred();
    bench.reserve('t', [draw({ cost: 0, onSuccess: 0 })]);
    const told = bench.settle('t', [draw({ cost: 0, onSuccess: 0 })], { readings: [{ name: 'weight:ip', used: 350 }] });
    expect(bench.used('weight:ip', MIDNIGHT)).toBe(350);
    expect(told.corrections).toEqual([{ limit: 'weight', scope: 'ip', delta: 250 }]);
  });

  it.each(['in flight', 'answered meanwhile'])('VE-B24 adds an overlapping cost of 20, %s', (how) => {
    const bench = spentHundred();
    const twenty = [draw({ cost: 20, onSuccess: 20 })];
    bench.reserve('t', [draw()]);
    bench.reserve('overlap', twenty);
    bench.now += 100;
    if (how === 'answered meanwhile') bench.settle('overlap', twenty);
    bench.settle('t', [draw()], { readings: [{ name: 'weight:ip', used: 350 }] });
    expect(bench.used('weight:ip', MIDNIGHT)).toBe(370);
  });

  it('VE-B24 ignores a reading across a boundary', () => {
    const bench = new BudgetBench(MIDNIGHT + 59_990).warm([draw()]);
    bench.reserve('t', [draw()]);
    bench.now = MIDNIGHT + 60_200;
    bench.settle('t', [draw()], { readings: [{ name: 'weight:ip', used: 350 }] });
    expect([bench.used('weight:ip', MIDNIGHT), bench.used('weight:ip', MIDNIGHT + MINUTE)]).toEqual([1, 1]);
  });

  it('may lower the count, and ignores one that was asked for before the last applied', () => {
    const bench = spentHundred();
    bench.reserve('early', [draw()]);
    bench.now += 50;
    bench.reserve('late', [draw()]);
    bench.now += 50;
    bench.settle('late', [draw()], { readings: [{ name: 'weight:ip', used: 40 }] });
    expect(bench.used('weight:ip', MIDNIGHT)).toBe(41);
    bench.settle('early', [draw()], { readings: [{ name: 'weight:ip', used: 3_000 }] });
    expect(bench.used('weight:ip', MIDNIGHT)).toBe(41);
  });
});

describe('settling', () => {
  const place = [draw({ onSuccess: 0 }), orders()];

  it('VE-B25 gives back the weight of a placed order and keeps its count', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm(place);
    bench.reserve('t', place);
    bench.settle('t', place);
    expect([bench.used('weight:ip', MIDNIGHT), bench.used('orders:a', MIDNIGHT)]).toEqual([0, 1]);
  });

  it('VE-B25 keeps the weight of a refused one', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm(place);
    bench.reserve('t', place);
    bench.settle('t', place, { outcome: 'failure' });
    expect([bench.used('weight:ip', MIDNIGHT), bench.used('orders:a', MIDNIGHT)]).toEqual([1, 1]);
  });

  it('changes nothing when repeated, whatever came first', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm(place);
    bench.reserve('sent', place);
    bench.reserve('kept back', place);
    bench.settle('sent', place);
    bench.state = release(bench.state, 'kept back').state;
    const after = structuredClone(bench.state);
    expect(bench.settle('sent', place, { outcome: 'failure' }).kind).toBe('repeated');
    expect(bench.settle('kept back', place).kind).toBe('repeated');
    expect(release(bench.state, 'sent').released).toBe(false);
    expect(release(bench.state, 'kept back').released).toBe(false);
    expect(bench.reserve('sent', place)).toMatchObject({ granted: true });
    expect(bench.state).toEqual(after);
    expect(bench.used('orders:a', MIDNIGHT)).toBe(1);
  });

  it('spends a token without an answer at the end of its hold', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm(place);
    bench.reserve('lost', place, { holdMs: 2_000 });
    expect(bench.settle('lost', place, { outcome: 'unknown' }).kind).toBe('kept');
    bench.now += 2_000;
    bench.reserve('other', [draw({ cost: 0, onSuccess: 0 })]);
    bench.settle('other', [draw({ cost: 0, onSuccess: 0 })]);
    expect(bench.state.tokens['lost']?.phase).toBe('spent');
    expect(bench.window('orders:a', MIDNIGHT)).toMatchObject({ used: 1, inFlight: 0 });
    expect(release(bench.state, 'lost').released).toBe(false);
  });
});

describe('linked limits', () => {
  it('VE-B26 change nothing when the third is exhausted', () => {
    const three = [
      draw(),
      orders(),
      orders({ name: 'day:a', id: 'day', limit: 1, windowMs: 86_400_000, ceiling: 1000 }),
    ];
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm(three);
    expect(bench.reserve('first', three).granted).toBe(true);
    bench.settle('first', three);
    const before = JSON.stringify(bench.state);
    expect(bench.reserve('second', three)).toMatchObject({
      granted: false,
      reason: 'exhausted',
      limit: 'day',
      retryAt: MIDNIGHT + 86_400_000 + 50,
    });
    expect(JSON.stringify(bench.state)).toBe(before);
  });

  it('grant each priority up to its ceiling', () => {
    for (const [ceilings, limit] of [
      [CANCEL_CEILINGS, 100],
      [FREE_OF_CANCELS_CEILINGS, 100],
    ] as const) {
      for (const priority of ['query', 'place', 'reduce', 'cancel'] as const) {
        const one = orders({ limit, ceiling: ceilings[priority] });
        const bench = new BudgetBench(MIDNIGHT).warm([one]);
        let granted = 0;
        while (bench.reserve(`t${granted}`, [one], { priority }).granted) granted += 1;
        expect(granted).toBe(ceilings[priority] / 10);
      }
    }
  });

  it('ask again soon when only unanswered calls are in the way', () => {
    const one = orders({ limit: 10, ceiling: 1000, cost: 10 });
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm([one]);
    bench.reserve('t', [one]);
    expect(bench.reserve('u', [one])).toMatchObject({ granted: false, retryAt: bench.now + 100 });
    bench.settle('t', [one]);
    expect(bench.reserve('u', [one])).toMatchObject({ granted: false, retryAt: MIDNIGHT + 10_050 });
  });
});

describe('a lost state', () => {
  it('VE-B39 counts as full until a reading of a later call has set it', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000);
    expect(bench.reserve('t', [draw()])).toMatchObject({ granted: false, reason: 'cold', cold: ['weight'] });
    expect(bench.state).toEqual(emptyBudget());
    expect(bench.reserve('probe', [ban, draw()], { mode: 'probe' }).granted).toBe(true);
    bench.now += 20;
    bench.settle('probe', [ban, draw()], { venueMs: bench.now - 5, readings: [{ name: 'weight:ip', used: 4_000 }] });
    expect(usageOf(bench.state, draw(), bench.now)).toMatchObject({ cold: false, used: 4_000, source: 'venue' });
    expect(bench.reserve('t', [draw({ cost: 201 })])).toMatchObject({ granted: false, reason: 'exhausted' });
    expect(bench.reserve('t', [draw({ cost: 200 })])).toMatchObject({ granted: true });
  });

  it('is not set by the answer to a call of before the loss, and counts that call', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000);
    const late = bench.settle('before', [draw()], { venueMs: bench.now, readings: [{ name: 'weight:ip', used: 7 }] });
    expect(late.kind).toBe('lost');
    expect(bench.reserve('t', [draw()])).toMatchObject({ granted: false, reason: 'cold' });
  });

  it('counts what its senders adopt into the first reading', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000);
    bench.reserve('in flight', [draw({ cost: 30 })], { mode: 'adopt', at: bench.now - 500 });
    bench.reserve('probe', [draw()], { mode: 'probe' });
    bench.now += 20;
    bench.settle('probe', [draw()], { venueMs: bench.now - 5, readings: [{ name: 'weight:ip', used: 100 }] });
    expect(bench.used('weight:ip', MIDNIGHT)).toBe(130);
  });

  it('RL-B12 is known again after one whole window, and no earlier', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000);
    bench.state = rebuild(bench.state, { draw: draw(), booked: [] }, bench.now).state;
    bench.now += MINUTE - 1;
    expect(bench.reserve('t', [draw()])).toMatchObject({ granted: false, reason: 'cold', retryAt: bench.now + 1 });
    bench.now += 1;
    expect(bench.reserve('t', [draw()])).toMatchObject({ granted: true });
  });

  it('RL-B12 is rebuilt from what was booked ahead, when every window that may be running is told', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000);
    const first = rebuild(bench.state, { draw: draw(), booked: [] }, bench.now);
    bench.state = first.state;
    expect(first.result).toEqual({ cold: true, needed: [MIDNIGHT - MINUTE, MIDNIGHT] }); // the venue's clock is not known
    const half = rebuild(bench.state, { draw: draw(), booked: [{ start: MIDNIGHT, used: 10 }] }, bench.now);
    expect(half.result.cold).toBe(true);
    const booked = first.result.needed.map((start) => ({ start, used: 4_190 }));
    bench.state = rebuild(bench.state, { draw: draw(), booked }, bench.now).state;
    expect(bench.reserve('t', [draw({ cost: 11 })])).toMatchObject({ granted: false, reason: 'exhausted' });
    expect(bench.reserve('t', [draw({ cost: 10 })])).toMatchObject({ granted: true });
  });
});

describe('when the venue says stop', () => {
  const closing = (name: string, ms: number) => ({ outcome: 'failure' as const, closures: [{ name, ms }] });

  it('VE-B37 lets no call through for 7 s after a 429, then cancels first', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm([draw()]);
    bench.reserve('t', [draw()]);
    bench.settle('t', [draw()], closing('weight:ip', 7_000));
    const opensAt = bench.now + 7_000;
    const granted = (at: number, priority: Priority) => {
      bench.now = at;
      return bench.reserve(`${priority}${at}`, [draw()], { priority }).granted;
    };
    expect((['cancel', 'reduce', 'place', 'query'] as const).map((p) => granted(opensAt - 1, p))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect((['query', 'place', 'reduce', 'cancel'] as const).map((p) => granted(opensAt, p))).toEqual([
      false,
      false,
      false,
      true,
    ]);
    expect((['query', 'place', 'reduce'] as const).map((p) => granted(opensAt + 300, p))).toEqual([true, true, true]);
  });

  it('VE-B37 lets nothing through a banned egress, and everything through another', () => {
    const other = { ...ban, name: 'ban:other', scope: 'other' };
    const call = [ban, draw()];
    const elsewhere = [other, draw({ name: 'weight:other', scope: 'other' })];
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm([draw(), draw({ name: 'weight:other' })]);
    bench.reserve('t', call);
    bench.settle('t', call, closing('ban:ip', 120_000));
    for (const mode of ['normal', 'probe'] as const) {
      expect(bench.reserve('u', call, { priority: 'cancel', mode })).toMatchObject({
        granted: false,
        reason: 'banned',
        retryAt: bench.now + 120_000,
      });
    }
    expect(bench.reserve('v', elsewhere).granted).toBe(true);
  });

  it('closes only the limit it is about, to the end of its window when no time is told', () => {
    const place = [draw(), orders()];
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm(place);
    bench.reserve('t', place);
    bench.settle('t', place, closing('orders:a', -1));
    expect(bench.reserve('u', place, { priority: 'cancel' })).toMatchObject({
      granted: false,
      limit: 'orders',
      retryAt: MIDNIGHT + 10_050,
    });
    expect(bench.reserve('cancel', [draw()], { priority: 'cancel' }).granted).toBe(true);
  });

  it('halves the ceilings, but not of cancels, for 10 minutes after three refusals within 5', () => {
    const one = draw({ limit: 100, windowMs: MINUTE });
    const bench = new BudgetBench(MIDNIGHT).warm([one]);
    for (let i = 0; i < 3; i += 1) {
      bench.reserve(`t${i}`, [one]);
      bench.settle(`t${i}`, [one], closing('weight:ip', 0));
      bench.now += 70_000;
    }
    const granted = (priority: Priority, ceiling: number, cost: number, at: number) => {
      bench.now = at;
      bench.state.clock = { lastNow: at, backs: 0, life: 0, offset: 0, samples: [{ offset: 0, error: 0, at }] };
      return bench.reserve(`${priority}${cost}${at}`, [{ ...one, ceiling, cost }], { priority }).granted;
    };
    expect(granted('place', 700, 36, MIDNIGHT + 600_000)).toBe(false);
    expect(granted('place', 700, 35, MIDNIGHT + 600_000)).toBe(true);
    expect(granted('cancel', 900, 90, MIDNIGHT + 720_000)).toBe(true);
    expect(granted('place', 700, 36, MIDNIGHT + 1_200_000)).toBe(true);
  });
});

describe('crossings', () => {
  const ten = orders({ limit: 10, ceiling: 1000 });

  it('VE-B36 are told once per window and threshold, when the window has begun', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm([ten]);
    const told: [number, number][] = [];
    for (let i = 0; i < 10; i += 1) {
      const grant = bench.reserve(`t${i}`, [ten]);
      if (grant.granted) told.push(...grant.crossings.map((c): [number, number] => [c.threshold, c.used]));
      told.push(...bench.settle(`t${i}`, [ten]).crossings.map((c): [number, number] => [c.threshold, c.used]));
    }
    expect(told).toEqual([
      [50, 5],
      [90, 9],
      [100, 10],
    ]);
  });

  it('tell 100 % for a refusal of the venue, whatever was counted', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm([ten]);
    bench.reserve('t', [ten]);
    const { crossings } = bench.settle('t', [ten], { outcome: 'failure', closures: [{ name: 'orders:a', ms: 500 }] });
    expect(crossings.map((c) => c.threshold)).toEqual([50, 90, 100]);
  });
});

describe('announced limits', () => {
  it('VE-B40 hold at once when lower, and after a second reading when higher', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm([draw()]);
    const tell = (announced: number) => {
      const { state, result } = announce(bench.state, { id: 'weight', defined: 6_000, announced }, bench.now);
      bench.state = state;
      return result;
    };
    expect(tell(5_000)).toEqual({ before: 6_000, after: 5_000 });
    expect(bench.reserve('t', [draw({ cost: 3_501 })]).granted).toBe(false);
    expect(bench.reserve('t', [draw({ cost: 3_500 })]).granted).toBe(true);
    bench.settle('t', [draw({ cost: 3_500, onSuccess: 0 })]);

    expect(tell(12_000)).toEqual({ before: 5_000, after: 5_000 });
    bench.now += 59_999;
    expect(tell(12_000).after).toBe(5_000);
    bench.now += 1;
    expect(tell(11_000)).toEqual({ before: 5_000, after: 11_000 });
    expect(tell(11_000)).toEqual({ before: 11_000, after: 11_000 });
  });
});

describe('the clock', () => {
  it('is uncertain by 5 s without a sample, when the last is a minute old, and after Redis went back', () => {
    const spread = (bench: BudgetBench) => {
      bench.reserve('t', [orders()]);
      return bench.state.tokens['t']?.parts[0]?.windows?.map((w) => w.start - MIDNIGHT);
    };
    const at = MIDNIGHT + 34_000;
    const known = new BudgetBench(at).warm([orders()]);
    expect(spread(known)).toEqual([30_000, 40_000]);
    const old = new BudgetBench(at).warm([orders()]);
    old.state.clock.samples = [{ offset: 0, error: 50, at: at - 60_001 }];
    expect(spread(old)).toEqual([20_000, 30_000, 40_000, 50_000]);
    const back = new BudgetBench(at).warm([orders()]);
    back.state.clock.lastNow = at + 1;
    expect(spread(back)).toEqual([20_000, 30_000, 40_000, 50_000]);
    expect(back.state.clock).toMatchObject({ lastNow: at, backs: 1, samples: [] });
  });

  it('bounds a call in which Redis went back by its hold alone, and learns nothing of the venue from it', () => {
    const bench = new BudgetBench(MIDNIGHT + 20_000).warm([orders()]);
    bench.reserve('t', [orders()], { holdMs: 10_000 });
    bench.now -= 3_000;
    const sent = { sentAt: bench.now - 10, repliedAt: bench.now, venueMs: bench.now + 900_000 };
    bench.settle('t', [orders()], sent);
    expect(bench.state.clock).toMatchObject({ backs: 1, offset: 0, samples: [] });
    expect([0, 10_000, 20_000, 30_000].map((ms) => bench.used('orders:a', MIDNIGHT + ms))).toEqual([1, 1, 1, 0]);
  });

  it('follows the sample of the lowest error of the last minute', () => {
    const bench = new BudgetBench(MIDNIGHT).warm([draw()], 400);
    const sample = (token: string, rtt: number, offset: number) => {
      bench.now += 1_000;
      bench.reserve(token, [draw()]);
      bench.now += rtt;
      bench.settle(token, [draw()], {
        sentAt: bench.now - rtt,
        repliedAt: bench.now,
        venueMs: bench.now - rtt / 2 + offset,
      });
      return bench.state.clock.offset;
    };
    expect(sample('a', 20, 1_234)).toBe(1_234);
    expect(sample('b', 100, 1_300)).toBe(1_234);
    bench.now += 58_500;
    expect(sample('c', 200, 1_100)).toBe(1_300);
  });
});

describe('a new life', () => {
  const place = [ban, draw(), orders()];

  it('VE-B39 makes every limit cold, and keeps what the venue has closed and announced', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm([draw(), orders()]);
    bench.reserve('t', place);
    bench.settle('t', place, { closures: [{ name: 'orders:a', ms: 60_000 }] });
    bench.state = announce(bench.state, { id: 'weight', defined: 6_000, announced: 5_000 }, bench.now).state;
    bench.state = newLife(bench.state, bench.now);
    expect(bench.reserve('u', [draw()])).toMatchObject({ granted: false, reason: 'cold' });
    expect(bench.reserve('u', [orders()], { mode: 'probe' })).toMatchObject({ granted: false, reason: 'exhausted' });
    expect(freeShare(bench.state, [orders()], 'place', bench.now)).toBe(0);
    expect(usageOf(bench.state, orders(), bench.now)).toMatchObject({
      cold: true,
      used: 0,
      closedUntil: MIDNIGHT + 61_000,
    });
    expect(usageOf(bench.state, draw(), bench.now)).toMatchObject({ cold: true, used: 0, limitValue: 5_000 });
    bench.reserve('v', [draw()], { mode: 'probe' });
    const answered = { sentAt: bench.now, repliedAt: bench.now, venueMs: bench.now };
    bench.settle('v', [draw()], { ...answered, readings: [{ name: 'weight:ip', used: 40 }] });
    expect(bench.reserve('w', [draw()])).toMatchObject({ granted: true });
  });

  it('VE-B39 knows no call of before, until its sender tells of it', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm([draw()]);
    bench.reserve('t', [draw({ cost: 20 })]);
    bench.state = newLife(bench.state, bench.now);
    expect(bench.release('t')).toBe(false);
    bench.reserve('t', [draw({ cost: 20 })], { mode: 'adopt', at: bench.now - 100 });
    expect(bench.used('weight:ip', MIDNIGHT)).toBe(20);
    bench.now += 20_000;
    bench.reserve('u', [draw()], { mode: 'probe' }); // its hold has ended
    expect(bench.used('weight:ip', MIDNIGHT)).toBe(21);
  });

  it('VE-B39 P1 counts a call where its first reservation said that it may arrive', () => {
    const bench = new BudgetBench(MIDNIGHT + 1_000);
    const view = { offset: 3 * MINUTE, error: 10 };
    bench.reserve('t', [draw({ cost: 20 })], { mode: 'adopt', at: bench.now - 100, view });
    expect([0, 3 * MINUTE].map((start) => bench.used('weight:ip', MIDNIGHT + start))).toEqual([0, 20]);
    // Nor is the answer counted anywhere else, though it does not tell the venue's time.
    bench.now += 8_000;
    bench.settle('t', [draw({ cost: 20 })]);
    expect([0, 3 * MINUTE].map((start) => bench.used('weight:ip', MIDNIGHT + start))).toEqual([0, 20]);
  });
});

describe('the free share', () => {
  it('is that of the tightest limit under the ceiling, and 0 while one is cold or closed', () => {
    const place = [ban, draw(), orders({ ceiling: 1000 })];
    const bench = new BudgetBench(MIDNIGHT + 1_000).warm([draw(), orders()]);
    expect(freeShare(bench.state, place, 'place', bench.now)).toBe(1);
    bench.reserve('t', [draw(), orders({ cost: 25, onSuccess: 25 })]);
    expect(freeShare(bench.state, place, 'place', bench.now)).toBe(0.75);
    expect(freeShare(emptyBudget(), place, 'place', bench.now)).toBe(0);
    bench.settle('t', [ban, draw(), orders()], { closures: [{ name: 'ban:ip', ms: 1_000 }] });
    expect(freeShare(bench.state, place, 'place', bench.now)).toBe(0);
  });
});
