import { describe, expect, it } from '@jest/globals';
import { at, briefs, decideAt, decideOn, filled, find, holds, under } from '../../../../test/support/planned-order.js';
import { accountMarket, childOrder, close, INSTRUMENT, parentOrder } from '../../../../test/support/simulated-order.js';
import { decimal, price, quantity } from '../numeric/decimal.js';
import type { AccountId, VenueId } from '../parent-order/ids.js';
import type { AccountMarket, Decision, ExecutionChild } from './contract.js';

const taker = (change: Partial<ExecutionChild> = {}): ExecutionChild =>
  childOrder({ purpose: 'catch_up', timeInForce: 'ioc', status: 'pending', orderQty: quantity('2'), ...change });
const unsent = (sequence: number, from: number): ExecutionChild =>
  close(taker({ sequence, createdAt: at(from), cancelRequestedAt: at(from + 2) }), 'canceled', 'unsent', at(from + 2));

type Of = (seconds: number, change?: Partial<AccountMarket>) => AccountMarket;

const simple = (algorithm: 'market' | 'ioc', children: readonly ExecutionChild[]) =>
  parentOrder(
    { algorithm, children, nextSequence: children.length },
    { durationMs: null, limitPrice: price('102'), ...(algorithm === 'market' && { limitPrice: null }) },
  );

describe('decide: takers that have not left us', () => {
  const behind = (child: ExecutionChild, seconds: number) =>
    under('0', seconds, { children: [filled(0, '10'), child], nextSequence: 2 });

  it('waits two seconds for one, and then takes it back', () => {
    const pending = taker({ sequence: 1, createdAt: at(50) });
    const waiting = decideAt(behind(pending, 51.9), 51.9);
    expect([briefs(waiting), holds(waiting)]).toEqual([[], expect.arrayContaining(['LIVE_CHILD'])]);
    expect(waiting.nextWakeAt).toBeLessThanOrEqual(at(52.25));
    expect(briefs(decideAt(behind(pending, 52), 52))).toEqual(['cancel 1 unsent!']);
    // without the budget that it may have waited for, in FINISHER, and where nothing may be placed at all
    expect(briefs(decideAt(behind(pending, 52), 52, { budgetFree: 0 }))).toEqual(['cancel 1 unsent!']);
    expect(briefs(decideAt(behind(pending, 120), 120, { mayPlace: false }))).toEqual(['cancel 1 unsent!']);
    expect(briefs(decideAt(behind(pending, 7_200), 7_200, { bookAt: null }))).toContain('cancel 1 unsent!');
  });

  it('wakes for it in time when it is sent', () => {
    const sent = decideAt(under('10', 50), 50);
    expect(briefs(sent)).toEqual([expect.stringMatching(/^catch_up/)]);
    expect(sent.nextWakeAt).toBeLessThanOrEqual(at(52));
  });

  it.each(['claimed', 'submitted', 'working', 'unknown'] as const)('leaves one alone that is %s', (status) => {
    const open = taker({ sequence: 1, createdAt: at(50), status });
    expect(briefs(decideAt(behind(open, 55), 55))).not.toContain('cancel 1 unsent!');
  });

  it('leaves alone what rests at its own price', () => {
    const clip = childOrder({ sequence: 1, status: 'pending', createdAt: at(40) });
    expect(briefs(decideAt(under('0', 50, { children: [filled(0, '50'), clip], nextSequence: 2 }), 50))).toEqual([]);
  });

  it('gives an account time that did not get one out, longer each time', () => {
    const again = (children: readonly ExecutionChild[], seconds: number) =>
      decideAt(under('0', seconds, { children: [filled(0, '10'), ...children], nextSequence: 9 }), seconds);
    expect(holds(again([unsent(1, 47)], 49.9))).toContain('VENUE_BACKOFF');
    expect(briefs(again([unsent(1, 47)], 50))).toEqual([expect.stringMatching(/^catch_up/)]);
    expect(holds(again([unsent(1, 44), unsent(2, 47)], 50.9))).toContain('VENUE_BACKOFF');
    expect(briefs(again([unsent(1, 44), unsent(2, 47)], 51))).toEqual([expect.stringMatching(/^catch_up/)]);
  });
});

describe('decide: a taker without an outcome on one of two accounts', () => {
  const [a, b] = ['a', 'b'].map((name) => {
    const venue = `venue-${name}` as VenueId;
    const accountId = `account-${name}` as AccountId;
    return (seconds: number, change: Partial<AccountMarket> = {}) =>
      accountMarket(at(seconds), { accountId, venue, instrument: { ...INSTRUMENT, venue }, ...change });
  }) as [Of, Of];
  const stuck = (change: Partial<ExecutionChild> = {}) =>
    taker({ sequence: 1, accountId: 'account-a' as AccountId, status: 'unknown', createdAt: at(47), ...change });
  const placedOn = (decision: Decision) =>
    decision.intents.map((intent) => (intent.kind === 'place' ? `${intent.purpose} ${intent.accountId}` : ''));

  it('keeps both back for a round trip, and its own until it is known', () => {
    const order = under('0', 50, { children: [filled(0, '10'), stuck()], nextSequence: 2 });
    expect(briefs(decideOn(order, 48.9, [a(48.9), b(48.9)]))).toEqual([]);
    expect(decideOn(order, 48.9, [a(48.9), b(48.9)]).nextWakeAt).toBeLessThanOrEqual(at(49.15));
    expect(placedOn(decideOn(order, 50, [a(50), b(50)]))).toEqual(['catch_up account-b']);
    expect(holds(decideOn(order, 50, [a(50)]))).toContain('LIVE_CHILD');
  });

  it('lets clips rest on the other, under the ceiling that counts it as filled', () => {
    const order = (qty: string) =>
      under('0', 50, { children: [filled(0, '50'), stuck({ orderQty: quantity(qty) })], nextSequence: 2 });
    expect(placedOn(decideOn(order('2'), 50, [a(50), b(50)]))).toEqual(['clip account-b']);
    expect(decideOn(order('8'), 50, [a(50), b(50)]).intents).toEqual([]);
  });

  it('lets FINISHER and a market order go on there', () => {
    const finisher = { status: 'FINISHER', finisherFrom: at(100), finisherX0: decimal('60') } as const;
    const late = stuck({ createdAt: at(99), orderQty: quantity('10') });
    const children = [filled(0, '60'), late];
    const order = under('0', 120, { children, nextSequence: 2, ...finisher });
    expect(placedOn(decideOn(order, 120, [a(120), b(120)]))).toEqual(['finisher account-b']);
    const half = close(stuck({ sequence: 2, accountId: 'account-b' as AccountId }), 'expired', '', at(47.1));
    const market = simple('market', [stuck(), half]);
    expect(briefs(decideOn(market, 50, [a(50), b(50)]))).toEqual(['market ioc 8 at 103']);
    // once its time or its tries are over it waits for the one that is not known
    expect(holds(decideOn(simple('market', [stuck()]), 3_600, [a(3_600)]))).toContain('LIVE_CHILD');
  });
});

describe('decide: market and IOC orders whose children do not leave us', () => {
  it.each(['market', 'ioc'] as const)('a %s order is sent anew at the price of its moment', (algorithm) => {
    const old = taker({ purpose: algorithm, price: price('103'), orderQty: quantity('9.7') });
    expect(briefs(decideAt(simple(algorithm, [old]), 2))).toEqual(['cancel 0 unsent!']);
    expect(briefs(decideAt(simple(algorithm, [old]), 10_800))).toEqual(['cancel 0 unsent!']);
    expect(briefs(decideAt(simple(algorithm, [{ ...unsent(0, 0), purpose: algorithm }]), 4))).toEqual([
      `${algorithm} ioc 10 at ${algorithm === 'ioc' ? '102' : '103'}`,
    ]);
  });

  it.each(['market', 'ioc'] as const)('a %s order ends after ten seconds in which none left', (algorithm) => {
    const two = [unsent(0, 0), unsent(1, 3.5)].map((child) => ({ ...child, purpose: algorithm }));
    expect(find(decideAt(simple(algorithm, two), 9.9), 'complete')).toBeUndefined();
    expect(find(decideAt(simple(algorithm, two), 10), 'complete')?.reason).toBe('ioc_end');
  });

  it('the time of an unknown child is not counted', () => {
    const unknown = taker({ purpose: 'market', status: 'unknown' });
    expect(holds(decideAt(simple('market', [unknown]), 3_600))).toContain('LIVE_CHILD');
    const lost = close(unknown, 'expired', 'NEVER_ARRIVED', at(3_600));
    expect(briefs(decideAt(simple('market', [lost]), 3_601))).toEqual(['market ioc 10 at 103']);
  });
});
