import { describe, expect, it } from '@jest/globals';
import {
  accountMarket,
  applyDecision,
  childOrder,
  close,
  fill,
  INSTRUMENT,
  level,
  marketOf,
  parentOrder,
  START,
} from '../../../../test/support/simulated-order.js';
import { at, briefs, decideAt, filled, find, holds, kinds, under } from '../../../../test/support/planned-order.js';
import { epochMs } from '../time/clock.js';
import { decimal, notional, price, quantity } from '../numeric/decimal.js';
import type { AccountId } from '../parent-order/ids.js';
import type { AccountMarket, ExecutionChild } from './contract.js';
import { decide } from './decide.js';

describe('decide: a plan', () => {
  it('makes plan version 1 and rests a first clip at the touch', () => {
    const decision = decideAt(parentOrder(), 0);
    expect(find(decision, 'plan')?.plan).toMatchObject({ version: 1, reason: 'activated', u0: 0, durationMs: 120_000 });
    expect(briefs(decision)).toEqual([expect.stringMatching(/^clip gtx 0\.2\d\d at 99\.99$/)]);
  });

  it('catches up as in worked example 6, and passes nothing of it on to a cap of 3S', () => {
    // S = 2.5 and lot 0.1: goal 42 + 0.25 * 8 - 41.9 = 2.1; from 10 the cap of 7.5 holds, not 34
    const instrument = { ...INSTRUMENT, lot: quantity('0.1'), minQty: quantity('0.1') };
    expect(briefs(decideAt(under('41.9', 50), 50, { instrument }))).toEqual(['catch_up ioc 2.1 at 100.11']);
    expect(briefs(decideAt(under('10', 50), 50, { instrument }))).toEqual(['catch_up ioc 7.5 at 100.11']);
  });

  it('spreads what an outage missed, as in worked example 8', () => {
    const late = under('20', 50, { lastDecisionAt: at(20) });
    const decision = decideAt(late, 50);
    expect(find(decision, 'plan')?.plan).toMatchObject({ version: 2, reason: 'outage', u0: 0.5 });
    expect(find(decision, 'plan')?.plan.x0.toFixed()).toBe('20');
    expect(find(decision, 'respread')?.deficit.toFixed()).toBe('30');
    expect(briefs(decision)).toEqual([expect.stringMatching(/^clip gtx [23]\./)]);
    const next = { ...applyDecision(late, decision, at(50)), lastDecisionAt: at(74) };
    // at u = 0.75 the target is 60, the lower edge 52: 20 is far below, and no outage lies before
    expect(briefs(decideAt({ ...next, children: [filled(0, '52.5')] }, 75))[0]).toMatch(/^clip/);
    expect(briefs(decideAt({ ...next, children: [filled(0, '51.5')] }, 75))[0]).toMatch(/^catch_up/);
  });

  it('keeps the plan after an outage that left it inside the band', () => {
    expect(kinds(decideAt(under('45', 50, { lastDecisionAt: at(20) }), 50))).not.toContain('plan');
  });

  it('takes the end of a long blockage for an outage, and dates it from the last good decision', () => {
    const stale = decideAt(under('20', 35, { lastDecisionAt: at(20) }), 35, { feedLive: false });
    expect(find(stale, 'blocked')?.since).toBe(at(20));
    expect(holds(stale)).toContain('STALE_DATA');
    const back = decideAt(under('20', 50, { blockedSince: at(20) }), 50);
    expect(find(back, 'plan')?.plan.reason).toBe('outage');
    expect(find(back, 'blocked')?.since).toBeNull();
  });

  it('moves the schedule out by a pause, without catching up', () => {
    const paused = [{ from: at(40), to: at(140) }];
    const decision = decideAt(under('38', 140, { paused }), 140);
    expect(find(decision, 'plan')?.plan).toMatchObject({ version: 2, reason: 'resumed', u0: 0.4 });
    expect(find(decision, 'plan')?.plan.x0.toFixed()).toBe('40');
    expect(briefs(decision)[0]).toMatch(/^clip/);
  });

  it('cancels what passes the upper edge, newest first, and never an order inside it', () => {
    const children = [
      filled(0, '45'),
      childOrder({ sequence: 1, orderQty: quantity('8'), createdAt: at(49) }),
      childOrder({ sequence: 2, orderQty: quantity('12'), createdAt: at(49) }),
    ];
    expect(briefs(decideAt(under('0', 50, { children }), 50))).toEqual(['cancel 2 ceiling!']);
  });
});

describe('decide: the end of a plan', () => {
  it('sends cancels of a strict order 500 ms before its end, places nothing after, and ends on time', () => {
    const children = [filled(0, '90'), childOrder({ sequence: 1, createdAt: at(98) })];
    const strict = under('0', 99, { children }, { strictDuration: true });
    expect(decideAt(strict, 99.4).nextWakeAt).toBe(at(99.65));
    const guard = decideAt(strict, 99.5);
    expect(briefs(guard)).toEqual(['cancel 1 plan_end!']);
    expect(guard.nextWakeAt).toBe(at(100));
    const end = decideAt({ ...strict, children: [filled(0, '90')] }, 100);
    expect([end.intents, end.annotations, end.nextWakeAt]).toEqual([
      [],
      [{ kind: 'complete', reason: 'strict_end' }],
      null,
    ]);
  });

  it('enters FINISHER at D, makes at the mid, then takes in even steps and gives the last step all', () => {
    const finisher = { status: 'FINISHER' as const, finisherFrom: at(100), finisherX0: decimal('90') };
    const asks = [level('101', '50')];
    const enter = decideAt(under('90', 100), 100, { asks });
    expect(find(enter, 'finisher')).toMatchObject({ at: at(100) });
    expect(briefs(enter)).toEqual([expect.stringMatching(/^finisher gtx [23]\.\d+ at 100\.49$/)]);
    const book = { asks: [level('100', '50')] };
    expect(briefs(decideAt(under('90', 106, finisher), 106, book))[0]).toMatch(/^finisher ioc 2 at/);
    expect(briefs(decideAt(under('90', 115, finisher), 115, book))).toEqual(['finisher ioc 2 at 100.23']);
    expect(briefs(decideAt(under('90', 128, finisher), 128, book))).toEqual(['finisher ioc 10 at 100.23']);
    expect(find(decideAt(under('90', 130, finisher), 130), 'complete')?.reason).toBe('finisher_end');
  });

  it('lets FINISHER rest and move on a tenth of the budget, and clips on a quarter', () => {
    const finisher = { status: 'FINISHER' as const, finisherFrom: at(100), finisherX0: decimal('90') };
    const passive = (change = {}) => under('90', 106, { ...finisher, ...change }, { passiveOnly: true });
    expect(briefs(decideAt(passive(), 106, { budgetFree: 0.1 }))[0]).toMatch(/^finisher gtx/);
    expect(holds(decideAt(passive(), 106, { budgetFree: 0.0999 }))).toContain('BUDGET');
    const left = childOrder({ sequence: 1, purpose: 'finisher', price: price('99.5'), createdAt: at(103) });
    const moved = passive({ children: [filled(0, '90'), left], nextSequence: 2 });
    expect(briefs(decideAt(moved, 106, { budgetFree: 0.1 }))).toEqual(['cancel 1 re_peg']);
    expect(briefs(decideAt(under('50', 50), 50, { budgetFree: 0.25 }))[0]).toMatch(/^clip gtx/);
    expect(holds(decideAt(under('50', 50), 50, { budgetFree: 0.2499 }))).toContain('BUDGET');
  });

  it('looks again each second while FINISHER has no usable market', () => {
    const finisher = { status: 'FINISHER' as const, finisherFrom: at(100), finisherX0: decimal('90') };
    const blind = decideAt(under('90', 106, finisher), 106, { bookAt: at(102) });
    expect([blind.intents, holds(blind)]).toEqual([[], ['STALE_DATA']]);
    expect(blind.nextWakeAt).toBeLessThanOrEqual(at(107.05));
  });

  it('waits past the end for a child without an outcome, tries once more when it never arrived, and ends', () => {
    const finisher = { status: 'FINISHER' as const, finisherFrom: at(100), finisherX0: decimal('90') };
    const lost: ExecutionChild = {
      ...childOrder({ sequence: 1, orderQty: quantity('10'), purpose: 'finisher', createdAt: at(114) }),
      status: 'unknown',
    };
    const having = (...children: ExecutionChild[]) => under('90', 131, { ...finisher, children });
    const waiting = decideAt(having(filled(0, '90'), lost), 131);
    expect([find(waiting, 'complete'), briefs(waiting).filter((brief) => !brief.startsWith('cancel'))]).toEqual([
      undefined,
      [],
    ]);
    expect(find(decideAt(having(filled(0, '90'), lost), 190), 'complete')?.reason).toBe('finisher_end');
    const absent = close(lost, 'expired', 'NEVER_ARRIVED', at(133));
    expect(briefs(decideAt(having(filled(0, '90'), absent), 133.2))).toEqual(['finisher ioc 10 at 100.23']);
    const taker = childOrder({
      sequence: 2,
      orderQty: quantity('10'),
      purpose: 'finisher',
      timeInForce: 'ioc',
      createdAt: at(133.2),
    });
    for (const status of ['pending', 'claimed', 'working'] as const)
      expect(find(decideAt(having(filled(0, '90'), absent, { ...taker, status }), 133.3), 'complete')).toBeUndefined();
    const tried = close(taker, 'expired', '', at(133.4));
    expect(find(decideAt(having(filled(0, '90'), absent, tried), 134), 'complete')?.reason).toBe('finisher_end');
    const passive = under('90', 131, { ...finisher, children: [filled(0, '90'), lost] }, { passiveOnly: true });
    expect(find(decideAt(passive, 131), 'complete')?.reason).toBe('passive_only');
  });

  it('keeps making at the touch under passive_only, and says so at the end', () => {
    const finisher = { status: 'FINISHER' as const, finisherFrom: at(100), finisherX0: decimal('90') };
    const parent = under('90', 128, finisher, { passiveOnly: true });
    expect(briefs(decideAt(parent, 128))[0]).toMatch(/^finisher gtx .* at 99\.99$/);
    expect(find(decideAt(parent, 130), 'complete')?.reason).toBe('passive_only');
  });

  it('completes as filled, or as dust when less than a minimum child is left and nothing works', () => {
    expect(find(decideAt(under('100', 60), 60), 'complete')?.reason).toBe('filled');
    expect(find(decideAt(under('99.96', 60), 60), 'complete')?.reason).toBe('dust');
    const last = childOrder({ sequence: 1, orderQty: quantity('0.04'), createdAt: at(59) });
    const open = under('0', 60, { children: [filled(0, '99.96'), last] });
    expect(kinds(decideAt(open, 60))).not.toContain('complete');
  });

  it('goes on cancelling what lives after the end, and waits for it', () => {
    const children = [childOrder({ status: 'unknown' })];
    const ended = under('0', 60, { children, status: 'COMPLETE' });
    expect(briefs(decideAt(ended, 60))).toEqual(['cancel 0 order_ended!']);
    const asked = { ...ended, children: [{ ...children[0]!, cancelRequestedAt: at(60) }] };
    expect(decideAt(asked, 61)).toMatchObject({ intents: [], nextWakeAt: at(121) });
    expect(decideAt({ ...ended, children: [] }, 61).nextWakeAt).toBeNull();
  });

  it('cancels an order after a day of one pause', () => {
    const parent = under('10', 60, { status: 'PAUSED', paused: [{ from: at(60), to: null }] });
    expect(kinds(decideAt(parent, 86_459))).not.toContain('fail');
    expect(find(decideAt(parent, 86_460), 'fail')?.reason).toBe('pause_expired');
  });
});

describe('decide: protection', () => {
  it('takes nothing while the mid is 3 % away from its minute, and nothing beyond the collar', () => {
    expect(holds(decideAt(under('10', 50), 50, { medianMid: price('104') }))).toContain('PRICE_JUMP');
    expect(briefs(decideAt(under('10', 50), 50, { medianMid: price('104') }))[0]).toMatch(/^clip gtx/);
    const limited = under('10', 50, {}, { limitPrice: price('99.999') });
    expect(holds(decideAt(limited, 50))).toContain('COLLAR');
  });

  it('takes no more than the depth inside the collar', () => {
    const asks = [level('100', '1.5'), level('100.09', '0.7'), level('101', '40')];
    expect(briefs(decideAt(under('10', 50), 50, { asks }))).toEqual(['catch_up ioc 2.2 at 100.11']);
    expect(holds(decideAt(under('10', 50), 50, { asks: [level('100', '0.01')] }))).toContain('DEPTH');
  });

  it('rests one clip at the limit while the market is out of it', () => {
    const parent = under('10', 50, {}, { limitPrice: price('99') });
    const decision = decideAt(parent, 50);
    expect(find(decision, 'out_of_limit')).toEqual({ kind: 'out_of_limit', edge: 'begin', at: at(50) });
    expect(briefs(decision)).toEqual([expect.stringMatching(/^clip gtx .* at 99$/)]);
    expect(find(decision, 'watch')).toMatchObject({ askAbove: null });
    expect(find(decision, 'watch')?.bidBelow?.toFixed()).toBe('99');
  });

  it('stops the clock out of limit under ool_pause, and starts it one second after the return', () => {
    const out = under(
      '50',
      50,
      { children: [filled(0, '50'), childOrder({ sequence: 1 })] },
      {
        limitPrice: price('100'),
        oolPause: true,
      },
    );
    const leave = decideAt(out, 50, { bids: [level('100', '9')], asks: [level('100.01', '9')] });
    expect(briefs(leave)).toEqual(['cancel 1 limit!']);
    const gone = { ...applyDecision(out, leave, at(50)), children: [filled(0, '50')] };
    const back = decideAt(gone, 80);
    expect(find(back, 'out_of_limit')).toEqual({ kind: 'out_of_limit', edge: 'end', at: at(81) });
    expect([back.intents, back.nextWakeAt]).toEqual([[], at(81)]);
    const inside = applyDecision(gone, back, at(80));
    const again = decideAt(inside, 80.5, { asks: [level('100.02', '9')], bids: [level('100.01', '9')] });
    expect(find(again, 'out_of_limit')).toMatchObject({ edge: 'begin', at: at(80.5) });
    const resumed = decideAt(inside, 81);
    expect(find(resumed, 'plan')?.plan).toMatchObject({ reason: 'out_of_limit', u0: 0.5 });
    expect(resumed.intents).toHaveLength(1);
  });

  it('places nothing on a book older than 2 s and cancels what rests on one older than 5 s', () => {
    const live = under('0', 50, { children: [filled(0, '50'), childOrder({ sequence: 1, createdAt: at(49) })] });
    const stale = decideAt(live, 50, { bookAt: at(47.9) });
    expect([stale.intents, stale.nextWakeAt]).toEqual([[], at(52.95)]);
    expect(briefs(decideAt(live, 50, { bookAt: at(44.9) }))).toEqual(['cancel 1 stale_data']);
    expect(briefs(decideAt(under('50', 50), 50, { bookAt: at(48) }))[0]).toMatch(/^clip/);
    expect(decideAt(under('50', 50), 50, { bookAt: at(47.9) }).intents).toEqual([]);
  });

  it.each([
    [0.5, 'cancel 1 re_peg'],
    [0.3, null],
    [0.2, null],
  ])('with %d of the budget free moves a clip of 3 s: %s', (budgetFree, expected) => {
    const child = childOrder({ sequence: 1, price: price('99.9'), createdAt: at(47) });
    const parent = under('0', 50, { children: [filled(0, '48'), child] });
    expect(briefs(decideAt(parent, 50, { budgetFree }))).toEqual(expected === null ? [] : [expected]);
  });

  it('waits for budget only where a clip would move', () => {
    const resting = (px: string, seconds: number) => {
      const child = childOrder({ sequence: 1, price: price(px), createdAt: at(seconds) });
      return decideAt(under('0', 50, { children: [filled(0, '48'), child] }), 50, { budgetFree: 0.2 });
    };
    expect(holds(resting('99.99', 47))).not.toContain('BUDGET');
    expect(holds(resting('99.9', 49))).not.toContain('BUDGET');
    const held = resting('99.9', 47);
    expect([holds(held), held.nextWakeAt]).toEqual([expect.arrayContaining(['BUDGET']), at(51)]);
  });

  it('still catches up on a fifth of the budget, but rests nothing', () => {
    expect(briefs(decideAt(under('10', 50), 50, { budgetFree: 0.2 }))[0]).toMatch(/^catch_up/);
    const inBand = decideAt(under('50', 50), 50, { budgetFree: 0.2 });
    expect([inBand.intents, holds(inBand)]).toEqual([[], ['BUDGET']]);
  });

  it('skips an account that may not place and takes the next by id', () => {
    const other = accountMarket(at(50), { accountId: 'account-2' as AccountId });
    const blocked = accountMarket(at(50), { mayPlace: false });
    const parent = under('50', 50, { accounts: [blocked.accountId, other.accountId] });
    const decision = decide(parent, marketOf([blocked, other]), at(50), parent.id);
    expect(decision.intents).toMatchObject([{ accountId: 'account-2' }]);
    expect(holds(decideAt(under('50', 50), 50, { mayPlace: false }))).toEqual(['NO_ACCOUNT']);
  });

  it('counts what works on other accounts against the same ceiling', () => {
    const second = accountMarket(at(50), { accountId: 'account-2' as AccountId });
    const accounts = [accountMarket(at(50)), second];
    const elsewhere = (qty: string) =>
      under('0', 50, {
        accounts: accounts.map(({ accountId }) => accountId),
        children: [filled(0, '50'), childOrder({ sequence: 1, accountId: second.accountId, orderQty: quantity(qty) })],
      });
    const sent = (qty: string) => {
      const parent = elsewhere(qty);
      return briefs(decide(parent, marketOf(accounts), at(50), parent.id));
    };
    expect(sent('1')).toEqual([expect.stringMatching(/^clip gtx [23]\./)]);
    // the edge sampled at the slice's beginning lies between 55 and 58
    expect(sent('4.9')).toEqual([expect.stringMatching(/^clip gtx [0-3]\./)]);
    expect(sent('8')).toEqual([]);
  });

  it('raises a clip limit below the minimum child and says so', () => {
    const parent = under('50', 50, {}, { maxClipNotional: notional('1') });
    expect(briefs(decideAt(parent, 50))).toEqual(['clip gtx 0.053 at 99.99']);
    expect(find(decideAt(parent, 50), 'clip_raised')?.to.toFixed()).toBe('0.053');
  });
});

describe('decide: refusals', () => {
  const refused = (sequence: number, code: string, reason: 'rejected' | 'denied' = 'rejected') =>
    close(childOrder({ sequence, createdAt: at(49) }), reason, code, at(49));
  const after = (codes: readonly string[], reason: 'rejected' | 'denied' = 'rejected') =>
    under('0', 50, { children: [filled(0, '50'), ...codes.map((code, index) => refused(index + 1, code, reason))] });

  it('answers a post-only refusal after 250 ms with a fresh book, however often', () => {
    const parent = after(Array<string>(8).fill('POST_ONLY_WOULD_CROSS'));
    expect(holds(decideAt(parent, 49.2))).toContain('POST_ONLY_BACKOFF');
    expect(decideAt(parent, 49.2).nextWakeAt).toBe(at(49.45));
    expect(decideAt(parent, 49.3, { bookAt: at(49) }).intents).toEqual([]);
    expect(briefs(decideAt(parent, 49.3))[0]).toMatch(/^clip/);
  });

  it('fails after five other rejections running, not after four or with a success between', () => {
    const five = Array<string>(5).fill('-1013');
    expect(find(decideAt(after(five), 100), 'fail')?.reason).toBe('venue_rejected');
    expect(kinds(decideAt(after(five.slice(1)), 99))).not.toContain('fail');
    const children = [
      refused(0, '-1013'),
      refused(1, '-1013'),
      filled(2, '50'),
      ...[3, 4, 5].map((n) => refused(n, '-1013')),
    ];
    expect(kinds(decideAt(under('0', 50, { children }), 99))).not.toContain('fail');
  });

  it('fails without balance on every account, and after five denials that do not pass by themselves', () => {
    expect(find(decideAt(after(['INSUFFICIENT_BALANCE']), 50), 'fail')?.reason).toBe('insufficient_balance');
    const denied = Array<string>(5).fill('NOTIONAL_ABOVE_MAX');
    expect(find(decideAt(after(denied, 'denied'), 99), 'fail')?.reason).toBe('risk_denied');
    const passing = Array<string>(9).fill('STATE_HALTED');
    expect(kinds(decideAt(after(passing, 'denied'), 60))).not.toContain('fail');
  });

  it('waits longer with each rejection', () => {
    expect(decideAt(after(['-1013']), 49.5).nextWakeAt).toBe(at(50));
    expect(holds(decideAt(after(['-1013', '-1013', '-1013']), 52.9))).toContain('VENUE_BACKOFF');
    expect(briefs(decideAt(after(['-1013', '-1013', '-1013']), 53))[0]).toMatch(/^clip/);
  });
});

describe('decide: orders without a trajectory', () => {
  const order = (algorithm: 'market' | 'limit', children: readonly ExecutionChild[], change = {}, params = {}) =>
    parentOrder({ algorithm, children, nextSequence: children.length, ...change }, { durationMs: null, ...params });
  const ioc = (sequence: number, seconds: number, qty = '0') => {
    const cumQty = quantity(qty);
    const child = childOrder({ sequence, purpose: 'market', timeInForce: 'ioc', orderQty: quantity('10'), cumQty });
    return close({ ...child, createdAt: at(seconds) }, 'expired', '', at(seconds));
  };

  it('sends a market order at once, 300 bps beyond the touch, whole', () => {
    expect(briefs(decideAt(order('market', []), 0))).toEqual(['market ioc 10 at 103']);
    expect(briefs(decideAt(order('market', [], { side: 'sell' }), 0))).toEqual(['market ioc 10 at 97']);
    // worth 1,000 at a limit of 103: 9.708 base
    const quote = order('market', [], { sizing: 'quote', orderQty: decimal('1000') });
    expect(briefs(decideAt(quote, 0))).toEqual(['market ioc 9.708 at 103']);
  });

  it('says what a quote-sized sell brought beyond Q, and nothing of any other order', () => {
    const told = (change: Parameters<typeof parentOrder>[0], px: string) => {
      const child = fill(childOrder({ orderQty: quantity('10') }), quantity('10'), price(px), at(1));
      const decision = decideAt(order('market', [child], { sizing: 'quote', orderQty: decimal('1000'), ...change }), 1);
      expect(find(decision, 'complete')?.reason).toBe('filled');
      return find(decision, 'quantity_passed')?.by.toFixed();
    };
    expect(told({ side: 'sell' }, '100.3')).toBe('3');
    expect(told({ side: 'sell' }, '100')).toBeUndefined();
    expect(told({ side: 'buy' }, '100.3')).toBeUndefined();
    expect(told({ side: 'sell', sizing: 'base', orderQty: decimal('9') }, '100.3')).toBeUndefined();
  });

  it('sends the rest again, five times at most, within ten seconds', () => {
    expect(briefs(decideAt(order('market', [ioc(0, 0, '4')]), 0.25))).toEqual(['market ioc 6 at 103']);
    expect(holds(decideAt(order('market', [ioc(0, 0)]), 0.9))).toContain('PACE');
    const six = [0, 1, 2, 3, 4, 5].map((n) => ioc(n, n));
    expect(briefs(decideAt(order('market', six.slice(0, 5)), 6))).toHaveLength(1);
    expect(find(decideAt(order('market', six), 6), 'complete')?.reason).toBe('ioc_end');
    expect(find(decideAt(order('market', [ioc(0, 0, '4')]), 10), 'complete')?.reason).toBe('ioc_end');
  });

  it('waits for a market child in unknown and does not count that time', () => {
    const lost: ExecutionChild = { ...ioc(0, 0), status: 'unknown', closeReason: null, closedAt: null };
    expect(holds(decideAt(order('market', [lost]), 60))).toContain('LIVE_CHILD');
    const found = close(lost, 'expired', 'NEVER_ARRIVED', at(60));
    expect(briefs(decideAt(order('market', [found]), 61))).toEqual(['market ioc 10 at 103']);
  });

  it('rests a limit order at its price until it is filled, and puts it back when the venue drops it', () => {
    const limit = { limitPrice: price('98.5') };
    expect(briefs(decideAt(order('limit', [], {}, limit), 0))).toEqual(['limit gtc 10 at 98.5']);
    const child = childOrder({ purpose: 'limit', timeInForce: 'gtc', price: price('98.5'), orderQty: quantity('10') });
    const resting = decideAt(order('limit', [child], {}, limit), 3_000);
    expect([resting.intents, resting.nextWakeAt]).toEqual([[], at(3_060)]);
    const dropped = close(child, 'expired', '', at(5));
    expect(decideAt(order('limit', [dropped], {}, limit), 5).intents).toEqual([]);
    expect(briefs(decideAt(order('limit', [dropped], {}, limit), 6))).toEqual(['limit gtc 10 at 98.5']);
  });

  it('keeps a post-only limit order off the opposite touch, and cancels one priced beyond an amended limit', () => {
    const params = { limitPrice: price('101'), passiveOnly: true };
    expect(briefs(decideAt(order('limit', [], {}, params), 0))).toEqual(['limit gtx 10 at 99.99']);
    const child = childOrder({ purpose: 'limit', timeInForce: 'gtc', price: price('99'), orderQty: quantity('10') });
    expect(briefs(decideAt(order('limit', [child], {}, { limitPrice: price('98') }), 9))).toEqual(['cancel 0 limit!']);
  });

  it('fails when nothing can be placed for an hour', () => {
    const waiting = order('limit', [], { blockedSince: START, lastDecisionAt: at(3_599) }, { limitPrice: price('98') });
    expect(kinds(decideAt(waiting, 3_599, { mayPlace: false }))).not.toContain('fail');
    expect(find(decideAt(waiting, 3_600, { mayPlace: false }), 'fail')?.reason).toBe('venue_unavailable');
  });

  it('does not fail for the hours in which nobody looked after it, and goes on counting behind them', () => {
    const limit = { limitPrice: price('98') };
    const away = order('limit', [], { blockedSince: START, lastDecisionAt: at(600) }, limit);
    const back = decideAt(away, 9_000, { mayPlace: false });
    expect(kinds(back)).not.toContain('fail');
    expect(find(back, 'blocked')).toEqual({ kind: 'blocked', since: START, unseenMs: 8_400_000 });
    const fresh = decideAt(order('limit', [], { lastDecisionAt: at(600) }, limit), 9_000, { mayPlace: false });
    expect(find(fresh, 'blocked')).toEqual({ kind: 'blocked', since: at(600), unseenMs: 8_400_000 });
    expect(kinds(fresh)).not.toContain('fail');
    // Ten minutes of the hour were seen before.
    const later = (seconds: number) =>
      decideAt({ ...away, lastDecisionAt: at(seconds - 1), unseenMs: 8_400_000 }, seconds, { mayPlace: false });
    expect([kinds(later(11_999)), kinds(later(12_000))].map((all) => all.includes('fail'))).toEqual([false, true]);
    expect(back.nextWakeAt).toBeLessThanOrEqual(at(9_060));
  });

  it('does not fail for the hours in which it waited for budget, once the feed is lost behind them', () => {
    const days = { durationMs: 5 * 86_400_000 };
    let parent = parentOrder({ lastDecisionAt: at(-1) }, days);
    const look = (seconds: number, change: Partial<AccountMarket>) => {
      const decision = decideAt(parent, seconds, change);
      parent = applyDecision(parent, decision, at(seconds));
      return decision;
    };
    for (let minute = 0; minute <= 90; minute += 1) look(minute * 60, { budgetFree: 0.05 });
    const held = look(5_460, { budgetFree: 0.05 }).annotations.find((one) => one.kind === 'hold');
    expect(held).toEqual({ kind: 'hold', reason: 'BUDGET', detail: 'blocked for 5460000 ms' });
    for (let minute = 92; minute < 151; minute += 1)
      expect(kinds(look(minute * 60, { feedLive: false }))).not.toContain('fail');
    expect(find(look(9_060, { feedLive: false }), 'fail')?.reason).toBe('venue_unavailable');
  });

  it('fails at once when no key of its accounts is taken, and not while one may be', () => {
    const failed = find(decideAt(parentOrder(), 0, { mayPlace: false, keyRefused: 'revoked' }), 'fail');
    expect([failed?.reason, failed?.text]).toEqual([
      'credentials_invalid',
      'No account of the order has a valid key: revoked',
    ]);
    expect(kinds(decideAt(parentOrder(), 0, { mayPlace: false, keyRefused: null }))).not.toContain('fail');
  });

  it('refuses an order that lacks what its algorithm needs', () => {
    expect(() => decideAt(order('limit', []), 0)).toThrow('needs a limit price');
    expect(() => decideAt(parentOrder({}, { durationMs: null }), 0)).toThrow('needs a duration');
    expect(() => decideAt(parentOrder({ algorithm: 'pov' }), 0)).toThrow('needs a rate');
    expect(() => decideAt(parentOrder({ algorithm: 'target_time' }), 0)).toThrow('needs a target time');
  });

  it('needs no market to end, pause or wait', () => {
    const none = marketOf([]);
    expect(holds(decide(parentOrder(), none, START, parentOrder().id))).toEqual(['NO_ACCOUNT']);
    const paused = under('0', 50, { status: 'PAUSED', children: [childOrder()], paused: [{ from: at(50), to: null }] });
    expect(briefs(decide(paused, none, at(50), paused.id))).toEqual(['cancel 0 paused!']);
    const strict = under('5', 100, {}, { strictDuration: true });
    expect(find(decide(strict, none, epochMs(at(100)), strict.id), 'complete')?.reason).toBe('strict_end');
  });
});
