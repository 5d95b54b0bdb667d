import { describe, expect, it } from '@jest/globals';
import { at, briefs, decideAt, decideOn, find, holds, kinds } from '../../../../test/support/planned-order.js';
import { done, ended, on, placed } from '../../../../test/support/order-children.js';
import { applyDecision, childOrder, fill, level, parentOrder } from '../../../../test/support/simulated-order.js';
import { decimal, notional, price, quantity } from '../numeric/decimal.js';
import type { AccountId } from '../parent-order/ids.js';
import type { ExecutionChild, ExecutionParams } from './contract.js';

const order = (children: readonly ExecutionChild[], params: Partial<ExecutionParams> = {}, change = {}) =>
  parentOrder(
    { algorithm: 'iceberg', children, nextSequence: children.length, ...change },
    { durationMs: null, ...params },
  );

describe('decide: icebergs', () => {
  const four = { orderSlices: 4 };

  it('shows one slice after the other, each when the one before it is filled', () => {
    const first = decideAt(order([], four), 0);
    expect(briefs(first)).toEqual([expect.stringMatching(/^slice gtx 2\.[3-6]\d* at 99\.99$/)]);
    const intent = first.intents[0];
    if (intent?.kind !== 'place') throw new Error('a slice was expected');
    const shown = { ...childOrder({ purpose: 'slice', orderQty: intent.orderQty, createdAt: at(0) }) };
    expect(holds(decideAt(order([shown], four), 5))).toContain('LIVE_CHILD');
    const filled = done(0, intent.orderQty.toFixed());
    expect(briefs(decideAt(order([filled], four), 5))[0]).toMatch(/^slice gtx 2\.[3-7]/);
    const last = decideAt(order([done(0, '9.9')], four), 5);
    expect(briefs(last)).toEqual(['slice gtx 0.1 at 99.99']);
  });

  it('goes on with what is left of a slice that the venue dropped', () => {
    const whole = decideAt(order([], four), 0).intents[0];
    if (whole?.kind !== 'place') throw new Error('a slice was expected');
    const half = ended(
      childOrder({ purpose: 'slice', orderQty: whole.orderQty, cumQty: quantity('1'), cumNotional: notional('99.99') }),
      'canceled',
    );
    expect(briefs(decideAt(order([{ ...half, cancelRequestedAt: at(1) }], four), 5))).toEqual([
      `slice gtx ${whole.orderQty.sub(1).toFixed()} at 99.99`,
    ]);
  });

  it('lowers the number of slices until each is worth two minimum children', () => {
    const small = order([], { orderSlices: 100 }, { orderQty: decimal('0.22') });
    expect(briefs(decideAt(small, 0))[0]).toMatch(/^slice gtx 0\.1[01]\d* at 99\.99$/);
  });

  it('rests at its limit price, and follows the touch without one', () => {
    expect(briefs(decideAt(order([], { ...four, limitPrice: price('98') }), 0))[0]).toMatch(/^slice gtc .* at 98$/);
    const behind = childOrder({ purpose: 'slice', price: price('99.9'), orderQty: quantity('2'), createdAt: at(0) });
    expect(briefs(decideAt(order([behind], four), 3))).toEqual(['cancel 0 re_peg']);
  });

  it('moves a slice to an amended limit price, whichever way that went', () => {
    const slice = childOrder({ purpose: 'slice', timeInForce: 'gtc', price: price('99'), orderQty: quantity('2') });
    const amended = (limit: string) => order([slice], { ...four, limitPrice: price(limit) });
    expect(briefs(decideAt(amended('99.5'), 5))).toEqual(['cancel 0 re_peg']);
    expect(briefs(decideAt(amended('99.5'), 5, { amends: 'move' }))).toEqual(['amend 0 to 2 at 99.5']);
    expect(briefs(decideAt(amended('98.5'), 5))).toEqual(['cancel 0 limit!']);
    expect(briefs(decideAt(amended('99'), 5))).toEqual([]);
    const young = decideAt(order([{ ...slice, amendedAt: at(4) }], { ...four, limitPrice: price('99.5') }), 5);
    expect([briefs(young), young.nextWakeAt]).toEqual([[], at(6)]);
    const follower = order([{ ...slice, timeInForce: 'gtx' }], { ...four, limitPrice: price('101') });
    expect(briefs(decideAt(follower, 5))).toEqual(['cancel 0 re_peg']);
  });

  it('ends a quote-sized one as dust only when what is left is below a minimum child at its price', () => {
    let dust = 0;
    for (let quote = 4_000; quote < 5_500; quote += 13) {
      const sized = { sizing: 'quote', orderQty: decimal(String(quote)), id: `iceberg-${quote}` as never } as const;
      let parent = order([], { orderSlices: 10, limitPrice: price('101') }, sized);
      for (let seconds = 3; parent.status === 'ACTIVE' && seconds < 90; seconds += 3) {
        const decision = decideAt(parent, seconds);
        const sold = find(decision, 'complete')?.reason === 'dust' ? parent : null;
        const next = applyDecision(parent, decision, at(seconds));
        const filled = next.children.map((child) =>
          child.status === 'closed' ? child : fill(child, child.orderQty, price('100'), at(seconds)),
        );
        parent = { ...next, children: filled };
        if (sold === null) continue;
        dust += 1;
        const spent = sold.children.reduce((sum, child) => sum + child.cumNotional.toNumber(), 0);
        // 5.25 at the mid in whole lots is 0.053
        expect(quote - spent).toBeLessThan(0.053 * 101);
      }
      expect(parent.status).toBe('COMPLETE');
    }
    expect(dust).toBeGreaterThan(5);
  });

  it('sends what a cap between one child and two allows, and waits below one', () => {
    const parent = order([done(0, '9.92')], { ...four, reduceOnly: true }, { side: 'sell' });
    // 0.06 of 0.08: no child of any size leaves a whole one behind
    const decision = decideAt(parent, 5, { position: decimal('0.06') });
    expect(briefs(decision)).toEqual(['slice gtx 0.06 at 100']);
    const below = decideAt(parent, 5, { position: decimal('0.06'), otherReducing: quantity('0.01') });
    expect([briefs(below), kinds(below)]).toEqual([[], expect.not.arrayContaining(['complete'])]);
    expect(holds(below)).toContain('REDUCE_ONLY');
  });

  it('begins on the account whose cap leaves room for a slice, whatever another would pay', () => {
    const cheap = { asks: [level('100', '9')] };
    const dear = { asks: [level('100.5', '9')] };
    const short = order([], { ...four, reduceOnly: true });
    const none = on('a', { ...cheap, position: decimal('-10'), otherReducing: quantity('10') });
    const whole = on('b', { ...dear, position: decimal('-10') });
    const decision = decideOn(short, 0, [none, whole]);
    expect([placed(decision)[0], holds(decision)]).toEqual([expect.stringMatching(/^b /), ['REDUCE_ONLY']]);

    // at 101 it pays for 0.052 only, of the 0.053 that a child needs
    const poor = on('a', { ...cheap, freeBalance: decimal('5.3'), totalBalance: decimal('5.3') });
    const rich = on('b', { ...dear, freeBalance: decimal('9000'), totalBalance: decimal('9000') });
    const limited = order([], { ...four, limitPrice: price('101') });
    const paid = decideOn(limited, 0, [poor, rich]);
    expect([placed(paid)[0], holds(paid)]).toEqual([expect.stringMatching(/^b /), ['NO_BALANCE']]);
  });

  it('cancels a slice on a dead book, and leaves one at its limit price', () => {
    const slice = childOrder({ purpose: 'slice', orderQty: quantity('2'), price: price('98') });
    const dead = { bookAt: at(0) };
    expect(briefs(decideAt(order([slice], four), 5.1, dead))).toEqual(['cancel 0 stale_data']);
    const limited = order([{ ...slice, timeInForce: 'gtc' }], { ...four, limitPrice: price('98') });
    expect(briefs(decideAt(limited, 5.1, dead))).toEqual([]);
  });

  it('begins at the best-priced venue and stays there', () => {
    const dear = on('a', { asks: [level('100.5', '9')] });
    const cheap = on('b', { asks: [level('100', '9')] });
    expect(placed(decideOn(order([], four), 0, [dear, cheap]))[0]).toMatch(/^b /);
    const begun = order([done(0, '2.5', '99.99', { accountId: 'account-a' as AccountId })], four);
    expect(placed(decideOn(begun, 0, [dear, cheap]))[0]).toMatch(/^a /);
    expect(decideOn(begun, 0, [on('a', { mayPlace: false }), cheap]).intents).toEqual([]);
  });

  const slicesOn = (name: string, count: number, reason: 'rejected' | 'canceled', from = 0) =>
    Array.from({ length: count }, (_, index) =>
      ended(
        childOrder({ sequence: from + index, purpose: 'slice', accountId: `account-${name}` as AccountId }),
        reason,
        reason === 'rejected' ? '-2010' : '',
      ),
    );
  const venues = (seconds: number, change = {}) => [
    on('a', { bookAt: at(seconds), ...change }),
    on('b', { bookAt: at(seconds), asks: [level('100.5', '9')] }),
  ];

  it('tries the next venue while one refuses it and nothing is filled, and ends when all do', () => {
    const once = order(slicesOn('a', 1, 'rejected'), four);
    expect(placed(decideOn(once, 50, venues(50)))[0]).toMatch(/^b /);
    const all = order([...slicesOn('a', 5, 'rejected'), ...slicesOn('b', 5, 'rejected', 5)], four);
    expect(find(decideOn(all, 500, venues(500)), 'fail')?.reason).toBe('venue_rejected');
  });

  it('leaves a venue that died before anything was filled', () => {
    const dropped = order(slicesOn('a', 1, 'canceled'), four);
    expect(placed(decideOn(dropped, 50, venues(50)))[0]).toMatch(/^a /);
    expect(placed(decideOn(dropped, 50, venues(50, { mayPlace: false })))[0]).toMatch(/^b /);
  });

  it('takes back a slice that its account does not get out, and goes on elsewhere', () => {
    const stored = childOrder({
      purpose: 'slice',
      status: 'pending',
      accountId: 'account-a' as AccountId,
      createdAt: at(48),
    });
    const waiting = order([stored], four);
    const soon = decideOn(waiting, 49, venues(49, { mayPlace: false }));
    expect([briefs(soon), soon.nextWakeAt]).toEqual([[], at(50)]);
    expect(briefs(decideOn(waiting, 50, venues(50, { mayPlace: false })))).toEqual(['cancel 0 unsent!']);
    expect(briefs(decideOn(waiting, 50, venues(50)))).toEqual([]);
    const sent = order([{ ...stored, status: 'working' }], four);
    expect(briefs(decideOn(sent, 50, venues(50, { mayPlace: false })))).toEqual([]);
    const back = order([ended(stored, 'canceled', 'unsent')], four);
    expect(placed(decideOn(back, 50.3, venues(50.3, { mayPlace: false })))[0]).toMatch(/^b /);
  });

  it('once something is filled, is judged by that venue alone', () => {
    const begun = done(0, '2.5', '99.99', { accountId: 'account-a' as AccountId });
    const refused = order([begun, ...slicesOn('a', 5, 'rejected', 1)], four);
    expect(find(decideOn(refused, 500, venues(500)), 'fail')?.reason).toBe('venue_rejected');
    const blocked = order([begun], four, { lastDecisionAt: at(3_599), blockedSince: at(0) });
    expect(find(decideOn(blocked, 3_600, venues(3_600, { mayPlace: false })), 'fail')?.reason).toBe(
      'venue_unavailable',
    );
  });
});
