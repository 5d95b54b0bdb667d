import { describe, expect, it } from '@jest/globals';
import { at, briefs, decideAt, filled, find, holds, under } from '../../../../test/support/planned-order.js';
import { applyDecision, childOrder, close, level } from '../../../../test/support/simulated-order.js';
import { decimal, price, quantity } from '../numeric/decimal.js';
import type { AccountMarket, ExecutionChild } from './contract.js';
import { positionOf } from './position.js';

/** Half-way: target 50, band 42 to 58, slices of 2.5 each 2.5 s. */
const HALF = 50;
/** Equal fees and a lively market: taking is cheaper than resting. */
const DEAR_REST = {
  fees: { makerBps: decimal('10'), takerBps: decimal('10') },
  sigmaBps: { s1: decimal('3'), s5: decimal('2.5'), s10: decimal('3.5') },
};
const HEAVY_BIDS = {
  bids: [level('99.99', '9'), level('99.98', '9')],
  asks: [level('100', '1'), level('100.01', '50')],
};
const HEAVY_ASKS = { bids: [level('99.99', '1'), level('99.98', '9')], asks: [level('100', '9')] };
const BALANCED = { bids: [level('99.99', '9')], asks: [level('100', '9')] };

const taker = (sequence: number, seconds: number, qty = '0.1', purpose: ExecutionChild['purpose'] = 'timed') =>
  close(
    childOrder({ sequence, purpose, timeInForce: 'ioc', orderQty: quantity(qty), createdAt: at(seconds) }),
    'expired',
    '',
    at(seconds),
  );
const resting = (change: Partial<ExecutionChild> = {}) => childOrder({ sequence: 1, createdAt: at(45), ...change });
const having = (executed: string, ...children: ExecutionChild[]) =>
  under('0', HALF, { children: [filled(0, executed), ...children], nextSequence: 9 });

describe('decide: warning zone', () => {
  it('takes one slice at a favourable instant below a quarter of the way to the target', () => {
    expect(briefs(decideAt(having('43.9'), HALF, HEAVY_BIDS))).toEqual(['timed ioc 2.5 at 100.11']);
    expect(briefs(decideAt(having('44'), HALF, HEAVY_BIDS))[0]).toMatch(/^clip/);
    expect(briefs(decideAt(having('43.9'), HALF, BALANCED))[0]).toMatch(/^clip/);
    expect(holds(decideAt(having('43.9'), HALF, BALANCED))).toContain('UNFAVOURABLE');
  });

  it('waits for a book younger than 500 ms, and a quarter of an interval after the last taker', () => {
    const old = decideAt(having('43.9'), HALF, { ...HEAVY_BIDS, bookAt: at(HALF - 0.501) });
    expect(holds(old)).toContain('UNFAVOURABLE');
    const soon = decideAt(having('43.9', taker(1, HALF - 0.6)), HALF, HEAVY_BIDS);
    expect(holds(soon)).toContain('PACE');
    expect(soon.nextWakeAt).toBeLessThanOrEqual(at(HALF + 0.25));
    expect(briefs(decideAt(having('43.9', taker(1, HALF - 0.625)), HALF, HEAVY_BIDS))[0]).toMatch(/^timed/);
  });

  it('counts every taker of an interval against three slices', () => {
    const spent = having('43.9', taker(1, HALF - 2, '3'), taker(2, HALF - 1.5, '3.5'));
    expect(briefs(decideAt(spent, HALF, HEAVY_BIDS))).toEqual(['timed ioc 1 at 100.11']);
    const all = having('43.9', taker(1, HALF - 2, '4'), taker(2, HALF - 1.5, '3.49'));
    expect(holds(decideAt(all, HALF, HEAVY_BIDS))).toContain('PACE');
    const over = having('43.9', taker(1, HALF - 2.6, '4'), taker(2, HALF - 1.5, '3.49'));
    expect(briefs(decideAt(over, HALF, HEAVY_BIDS))).toEqual(['timed ioc 2.5 at 100.11']);
  });

  it('takes beside what rests, under the same ceiling, and leaves it there', () => {
    const beside = having('43.9', resting({ orderQty: quantity('13') }));
    expect(briefs(decideAt(beside, HALF, HEAVY_BIDS))).toEqual(['timed ioc 1.1 at 100.11']);
    const full = decideAt(having('43.9', resting({ orderQty: quantity('14.1') })), HALF, HEAVY_BIDS);
    expect([briefs(full), holds(full)]).toEqual([[], expect.arrayContaining(['CEILING'])]);
  });

  it('takes nothing under passive_only or out of limit', () => {
    const passive = under('43.9', HALF, {}, { passiveOnly: true });
    expect(briefs(decideAt(passive, HALF, HEAVY_BIDS))[0]).toMatch(/^clip/);
    const out = under('43.9', HALF, {}, { limitPrice: price('99') });
    expect(briefs(decideAt(out, HALF, HEAVY_BIDS))[0]).toMatch(/^clip .* at 99$/);
  });

  it('asks to be woken when the queue of its side is heavy, and not when it wants nothing', () => {
    expect(find(decideAt(having('43.9'), HALF, BALANCED), 'watch')?.imbalance).toEqual(['buy']);
    expect(find(decideAt(having('50'), HALF, BALANCED), 'watch')).toBeUndefined();
  });
});

describe('decide: role of a timed taker', () => {
  it('rests nothing, and takes below the target when the instant is favourable', () => {
    const cleared = decideAt(having('50', resting()), HALF, { ...DEAR_REST, ...BALANCED });
    expect(briefs(cleared)).toEqual(['cancel 1 role']);
    expect(find(cleared, 'role')?.role).toBe('timed_taker');
    expect(briefs(decideAt(having('49.9'), HALF, { ...DEAR_REST, ...BALANCED }))).toEqual([]);
    expect(briefs(decideAt(having('49.9'), HALF, { ...DEAR_REST, ...HEAVY_BIDS }))).toEqual([
      'timed ioc 2.5 at 100.11',
    ]);
    expect(briefs(decideAt(having('50'), HALF, { ...DEAR_REST, ...HEAVY_BIDS }))).toEqual([]);
  });

  it('sells into a heavy ask side', () => {
    const selling = under('49.9', HALF, { side: 'sell' });
    expect(briefs(decideAt(selling, HALF, { ...DEAR_REST, ...HEAVY_ASKS }))[0]).toMatch(/^timed ioc/);
    expect(briefs(decideAt(selling, HALF, { ...DEAR_REST, ...HEAVY_BIDS }))).toEqual([]);
  });

  it('wakes when the target overtakes what is executed', () => {
    const ahead = decideAt(having('50.5'), HALF, { ...DEAR_REST, ...HEAVY_BIDS });
    expect(ahead.nextWakeAt).toBeLessThanOrEqual(at(HALF + 0.6));
  });

  it('still catches up below the band', () => {
    expect(briefs(decideAt(having('41.9'), HALF, { ...DEAR_REST, ...BALANCED }))[0]).toMatch(/^catch_up/);
  });

  it('keeps its role inside a quarter of a basis point, and annotates only a change', () => {
    // sigma_1 of 1.2 and a half-spread of 0.5: passive 0.4 + maker, taker 5.5
    const fees = (makerBps: string) => ({ fees: { makerBps: decimal(makerBps), takerBps: decimal('5') }, ...BALANCED });
    const at49 = (role: 'passive' | 'timed_taker' | null, makerBps: string) =>
      decideAt(under('49', HALF, { role }), HALF, fees(makerBps));
    expect(find(at49(null, '5.2'), 'role')?.role).toBe('timed_taker');
    expect(find(at49('passive', '5.2'), 'role')).toBeUndefined();
    expect(find(at49('passive', '5.4'), 'role')?.role).toBe('timed_taker');
    expect(find(at49('timed_taker', '4.9'), 'role')).toBeUndefined();
    expect(find(at49('timed_taker', '4.8'), 'role')?.role).toBe('passive');
  });

  it.each([
    ['passive_only', { passiveOnly: true }, {}],
    ['active_limit', { activeLimit: true }, {}],
    ['a distant price', { passiveness: decimal('0.06') }, {}],
    ['unknown fees', {}, { fees: null }],
  ])('rests under %s', (_, params, change: Partial<AccountMarket>) => {
    const decision = decideAt(under('50', HALF, {}, params), HALF, { ...DEAR_REST, ...BALANCED, ...change });
    expect(briefs(decision)[0]).toMatch(/^clip/);
  });
});

describe('decide: a side that thins out', () => {
  it('leaves it after the minimum rest, on a normal budget, above the lower edge', () => {
    expect(briefs(decideAt(having('50', resting()), HALF, HEAVY_ASKS))).toEqual(['cancel 1 imbalance']);
    const young = decideAt(having('50', resting({ createdAt: at(48.1) })), HALF, HEAVY_ASKS);
    expect([young.intents, young.nextWakeAt]).toEqual([[], at(50.25)]);
    expect(briefs(decideAt(having('50', resting()), HALF, { ...HEAVY_ASKS, budgetFree: 0.49 }))).toEqual([]);
    expect(briefs(decideAt(having('42', resting()), HALF, HEAVY_ASKS))).toEqual([]);
  });

  it('watches for it beside a resting child, and rests nothing new there while nothing is due', () => {
    expect(find(decideAt(having('50', resting()), HALF, BALANCED), 'watch')?.imbalance).toEqual(['sell']);
    // what rests of the order itself is no part of the queue
    const { price: px, orderQty: qty } = resting();
    expect(find(decideAt(having('50', resting()), HALF, BALANCED), 'watch')?.own).toEqual([
      { side: 'buy', price: px, qty },
    ]);
    const pending = having('50', resting({ status: 'pending' }));
    expect(find(decideAt(pending, HALF, BALANCED), 'watch')?.own).toEqual([]);
    const thin = decideAt(having('50'), HALF, HEAVY_ASKS);
    expect([thin.intents, holds(thin)]).toEqual([[], expect.arrayContaining(['THINNING'])]);
    expect(thin.nextWakeAt).toBe(at(50.25)); // the target is about to pass what is executed
    expect(decideAt(having('52'), HALF, HEAVY_ASKS).nextWakeAt).toBe(at(51));
    expect(briefs(decideAt(having('49.9'), HALF, HEAVY_ASKS))[0]).toMatch(/^clip/);
    expect(briefs(decideAt(having('42'), HALF, HEAVY_ASKS))[0]).toMatch(/^clip/);
  });
});

describe('decide: the moment of a clip', () => {
  it('joins a queue that is clearly the lighter one only for what is due', () => {
    const sized = (bids: string) => ({ bids: [level('99.99', bids), level('99.98', '50')], asks: [level('100', '9')] });
    const ahead = having('52');
    expect(briefs(decideAt(ahead, HALF, sized('6')))[0]).toMatch(/^clip/); // I = -0.2
    const lighter = decideAt(ahead, HALF, sized('5.9'));
    expect([lighter.intents, holds(lighter)]).toEqual([[], expect.arrayContaining(['THINNING'])]);
    expect(lighter.nextWakeAt).toBe(at(51)); // looks again, long before the target gets there at 52
    expect(briefs(decideAt(having('49.9'), HALF, sized('5.9')))[0]).toMatch(/^clip/);
    expect(briefs(decideAt(ahead, HALF, { ...sized('5.9'), budgetFree: 0.49 }))[0]).toMatch(/^clip/);
  });

  it('looks again after a quarter of an interval where that is longer than a second', () => {
    const slow = having('52');
    const params = { ...slow.params, durationMs: 4 * (slow.params.durationMs ?? 0) };
    const plans = slow.plans.map((plan) => ({ ...plan, durationMs: 4 * plan.durationMs }));
    const decision = decideAt({ ...slow, params, plans }, 4 * HALF, HEAVY_ASKS);
    expect([decision.intents, decision.nextWakeAt]).toEqual([[], at(4 * HALF + 2.5)]);
  });
});

describe('decide: changes in place', () => {
  const away = { price: price('99.9'), status: 'working' as const };

  it('moves a child by one amend where the venue offers it', () => {
    const parent = having('50', resting(away));
    const decision = decideAt(parent, HALF, { amends: 'move' });
    expect(briefs(decision)).toEqual(['amend 1 to 0.25 at 99.99']);
    const after = applyDecision(parent, decision, at(HALF));
    expect(briefs(decideAt(after, HALF, { amends: 'move' }))).toEqual([]);
    expect(briefs(decideAt(parent, HALF, { amends: 'shrink' }))).toEqual(['cancel 1 re_peg']);
    expect(briefs(decideAt(having('50', resting({ ...away, status: 'unknown' })), HALF, { amends: 'move' }))).toEqual([
      'cancel 1 re_peg',
    ]);
  });

  it('lets a child rest anew after a change of it was answered', () => {
    const moved = resting({ ...away, amendedAt: at(48.5) });
    expect(decideAt(having('50', moved), HALF, { amends: 'move' })).toMatchObject({
      intents: [],
      nextWakeAt: at(50.5),
    });
  });

  it('shrinks a child above the ceiling where the venue keeps its place, and counts both sizes meanwhile', () => {
    const large = resting({ orderQty: quantity('10'), cumQty: quantity('1'), price: price('99.99') });
    const parent = having('51', large);
    expect(briefs(decideAt(parent, HALF, { amends: 'shrink' }))).toEqual(['amend 1 to 7 at 99.99']);
    expect(briefs(decideAt(parent, HALF))).toEqual(['cancel 1 ceiling!']);
    expect(briefs(decideAt(parent, HALF, { amends: 'shrink', budgetFree: 0.05 }))).toEqual(['cancel 1 ceiling!']);
    const pending = having('51', { ...large, amending: { price: price('99.99'), orderQty: quantity('7') } });
    expect(briefs(decideAt(pending, HALF, { amends: 'shrink' }))).toEqual([]);
  });

  it('cancels what its venue would not change, so that no change is asked for again and again', () => {
    const refused = { amendedAt: at(48), amendRefused: true };
    expect(briefs(decideAt(having('50', resting({ ...away, ...refused })), HALF, { amends: 'move' }))).toEqual([
      'cancel 1 re_peg',
    ]);
    const large = resting({ orderQty: quantity('10'), cumQty: quantity('1'), price: price('99.99'), ...refused });
    expect(briefs(decideAt(having('51', large), HALF, { amends: 'shrink' }))).toEqual(['cancel 1 ceiling!']);
  });

  it('does not chase its own order: a touch that is ours alone is not the market', () => {
    const own = resting({ price: price('99.97'), orderQty: quantity('2') });
    const book = { bids: [level('99.97', '2'), level('99.96', '50')], asks: [level('100', '4')] };
    const improving = under(
      '0',
      HALF,
      { children: [filled(0, '50'), own], nextSequence: 2 },
      { passiveness: decimal('0') },
    );
    expect(briefs(decideAt(improving, HALF, book))).toEqual([]);
    const others = { ...book, bids: [level('99.97', '3'), level('99.96', '50')] };
    expect(briefs(decideAt(improving, HALF, others))).toEqual(['cancel 1 re_peg']);
  });

  it('looks at an active limit each second', () => {
    const child = resting({ price: price('99.99'), createdAt: at(49.5) });
    const active = under('0', HALF, { children: [filled(0, '50'), child] }, { activeLimit: true });
    expect(decideAt(active, HALF, BALANCED).nextWakeAt).toBe(at(51));
  });
});

describe('working quantity of a child that is being changed', () => {
  it.each([
    ['shrunk', '7', '99.99', '9'],
    ['grown', '12', '99.99', '11'],
  ])('is the larger of both when it is %s', (_, orderQty, px, expected) => {
    const child = resting({
      orderQty: quantity('10'),
      cumQty: quantity('1'),
      amending: { price: price(px), orderQty: quantity(orderQty) },
    });
    const token = { sizing: 'base' as const, rate: () => null };
    expect(positionOf([child], token).working.toFixed()).toBe(expected);
  });
});
