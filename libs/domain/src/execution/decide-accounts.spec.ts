import { describe, expect, it } from '@jest/globals';
import {
  at,
  briefs,
  decideAt,
  decideOn,
  filled,
  find,
  holds,
  kinds,
  under,
} from '../../../../test/support/planned-order.js';
import {
  accountMarket,
  childOrder,
  close,
  INSTRUMENT,
  level,
  marketOf,
  parentOrder,
} from '../../../../test/support/simulated-order.js';
import { decimal, price, quantity } from '../numeric/decimal.js';
import type { AccountId, VenueId } from '../parent-order/ids.js';
import type { AccountMarket, Decision, ExecutionChild } from './contract.js';
import { decide } from './decide.js';

/** An account on a venue of its own, with this much volume in five minutes. */
function on(name: string, volume: string, change: Partial<AccountMarket> = {}): AccountMarket {
  const venue = `venue-${name}` as VenueId;
  return accountMarket(at(50), {
    accountId: `account-${name}` as AccountId,
    venue,
    instrument: { ...INSTRUMENT, venue },
    fiveMinuteVolume: quantity(volume),
    ...change,
  });
}

const placedOn = ({ intents }: Decision): string[] =>
  intents.map((intent) => (intent.kind === 'place' ? `${intent.accountId.slice(8)} ${intent.orderQty.toFixed()}` : ''));
const firstOf = (decision: Decision): string => placedOn(decision)[0]?.slice(0, 1) ?? 'none';

describe('decide: several accounts, passive clips', () => {
  it('rests first where volume times free balance is largest, one clip per account', () => {
    const inBand = under('50', 50);
    expect(firstOf(decideOn(inBand, 50, [on('a', '10'), on('b', '30'), on('c', '20')]))).toBe('b');
    const half = { freeBalance: decimal('5000'), totalBalance: decimal('20000') };
    expect(firstOf(decideOn(inBand, 50, [on('a', '10'), on('b', '30', half), on('c', '20')]))).toBe('c');
    const sent = placedOn(decideOn(inBand, 50, [on('a', '10'), on('b', '30'), on('c', '20')]));
    expect(new Set(sent.map((one) => one.slice(0, 1))).size).toBe(sent.length);
    expect(sent.length).toBeGreaterThan(1);
  });

  it('draws among equals, and draws again for the next child', () => {
    const equals = [on('a', '0'), on('b', '0'), on('c', '0')];
    const firsts = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((nextSequence) =>
      firstOf(decideOn(under('50', 50, { nextSequence }), 50, equals)),
    );
    expect(new Set(firsts)).toEqual(new Set(['a', 'b', 'c']));
  });

  it('places nothing more on an account that has a live child', () => {
    const child = childOrder({ sequence: 1, accountId: 'account-b' as AccountId, createdAt: at(49) });
    const parent = under('0', 50, { children: [filled(0, '48'), child], nextSequence: 2 });
    const sent = placedOn(decideOn(parent, 50, [on('a', '10'), on('b', '30')]));
    expect(sent.map((one) => one.slice(0, 1))).toEqual(['a']);
  });

  it.each([
    ['a broken stream', { mayPlace: false }],
    ['a refused key', { mayPlace: false, keyRefused: '-2015' }],
    ['an exhausted budget', { budgetFree: 0.05 }],
    ['no balance', { freeBalance: decimal('0'), totalBalance: decimal('1000') }],
    ['a stale book', { bookAt: at(40) }],
  ])('skips an account with %s', (_, change) => {
    const sent = placedOn(decideOn(under('50', 50), 50, [on('a', '10'), on('b', '30', change)]));
    expect(sent.map((one) => one.slice(0, 1))).toEqual(['a']);
  });

  it('skips an account that waits after a refusal, and waits itself where there is no other', () => {
    const refused = close(
      childOrder({ sequence: 1, accountId: 'account-b' as AccountId, createdAt: at(49) }),
      'rejected',
      '-1013',
      at(49.5),
    );
    const parent = under('0', 50, { children: [filled(0, '50'), refused], nextSequence: 2 });
    expect(firstOf(decideOn(parent, 50, [on('a', '10'), on('b', '30')]))).toBe('a');
    expect(holds(decideOn(parent, 50, [on('b', '30')]))).toContain('VENUE_BACKOFF');
  });

  it('leaves it to the venue where no account is known to have balance', () => {
    const broke = { freeBalance: decimal('0'), totalBalance: decimal('0') };
    expect(decideOn(under('50', 50), 50, [on('a', '1', broke), on('b', '1', broke)]).intents).not.toHaveLength(0);
  });

  it('keeps tick, lot and minimum of each venue', () => {
    const coarse = { ...INSTRUMENT, tick: price('0.05'), lot: quantity('0.5'), minQty: quantity('1') };
    const account = on('b', '30', { instrument: { ...coarse, venue: 'venue-b' as VenueId } });
    const [first] = decideOn(under('50', 50), 50, [on('a', '10'), account]).intents;
    expect(first).toMatchObject({ accountId: 'account-b' });
    if (first?.kind !== 'place') throw new Error('a clip was expected');
    expect(first.price.toFixed()).toBe('99.95');
    expect(first.orderQty.mod('0.5').isZero()).toBe(true);
  });

  it('takes no more than the account can pay', () => {
    const poor = on('b', '30', { freeBalance: decimal('50'), totalBalance: decimal('50') });
    const sent = placedOn(decideOn(under('50', 50), 50, [on('a', '1'), poor]));
    expect(sent).toContain('b 0.5');
  });
});

describe('decide: an account that cannot pay for a child, beside one that can', () => {
  const free = (balance: string) => ({ freeBalance: decimal(balance), totalBalance: decimal(balance) });
  const simple = (algorithm: 'market' | 'limit', change = {}) =>
    parentOrder(
      { algorithm, ...change },
      { durationMs: null, limitPrice: algorithm === 'limit' ? price('98.5') : null },
    );

  it('gets no share of a limit order, which says so', () => {
    const decision = decideOn(simple('limit'), 50, [on('a', '1', free('3')), on('b', '1', free('9000'))]);
    expect([placedOn(decision), holds(decision)]).toEqual([['b 10'], ['NO_BALANCE']]);
    const share = childOrder({
      purpose: 'limit',
      timeInForce: 'gtc',
      price: price('98.5'),
      orderQty: quantity('9'),
      accountId: 'account-b' as AccountId,
    });
    const parent = simple('limit', { children: [share], nextSequence: 1 });
    const rest = decideOn(parent, 50, [on('a', '1', free('3')), on('b', '1', free('9000'))]);
    expect([placedOn(rest), kinds(rest)]).toEqual([[], expect.not.arrayContaining(['complete', 'fail'])]);
    expect(holds(rest)).toEqual(['LIVE_CHILD', 'NO_BALANCE']);
  });

  it('holds a market order that no other can take, until it ends', () => {
    // enough for a minimum child at the touch, and not at the collar of 3 %
    const accounts = (seconds: number) => [
      on('a', '1', { ...free('5.31'), bookAt: at(seconds) }),
      on('b', '1', { ...free('9000'), mayPlace: false }),
    ];
    const held = decideOn(simple('market'), 1, accounts(1));
    expect([placedOn(held), holds(held)]).toEqual([[], ['NO_BALANCE']]);
    const waited = simple('market', { lastDecisionAt: at(9.5) });
    expect(find(decideOn(waited, 10, accounts(10)), 'complete')?.reason).toBe('ioc_end');
  });
});

describe('decide: a venue whose book is dead, beside one that lives', () => {
  const dead = { bookAt: at(44.9), feedLive: false };
  const resting = childOrder({ sequence: 1, accountId: 'account-a' as AccountId, createdAt: at(40) });

  it('cancels what rests there, before the end of the plan and in FINISHER', () => {
    const parent = under('0', 50, { children: [filled(0, '50'), resting], nextSequence: 2 });
    const decision = decideOn(parent, 50, [on('a', '10', dead), on('b', '10')]);
    expect(briefs(decision)).toEqual(['cancel 1 stale_data', expect.stringMatching(/^clip/)]);
    expect(firstOf({ ...decision, intents: decision.intents.slice(1) })).toBe('b');
    const finisher = { status: 'FINISHER', finisherFrom: at(100), finisherX0: decimal('50') } as const;
    const late = { ...parent, ...finisher, lastDecisionAt: at(100) };
    const fresh = on('b', '10', { bookAt: at(101) });
    expect(briefs(decideOn(late, 101, [on('a', '10', dead), fresh]))).toContain('cancel 1 stale_data');
  });

  it('waits for five seconds, and wakes when they are over', () => {
    const parent = under('0', 50, { children: [filled(0, '54'), resting], nextSequence: 2 });
    const decision = decideOn(parent, 50, [on('a', '10', { bookAt: at(45.5), feedLive: false }), on('b', '10')]);
    expect(briefs(decision)).not.toContain('cancel 1 stale_data');
    expect(decision.nextWakeAt).toBeLessThanOrEqual(at(50.75));
  });
});

describe('decide: several accounts before a strict end', () => {
  const slow = (name: string, seconds: number) => on(name, '30', { cancelP99Ms: 5_000, bookAt: at(seconds) });
  const fast = (name: string, seconds: number) => on(name, '10', { bookAt: at(seconds) });
  const strict = (children: readonly ExecutionChild[], seconds: number) =>
    under('0', seconds, { children, nextSequence: 3 }, { strictDuration: true });

  it('cancels on each account as long before the end as its venue may take', () => {
    const both = ['a', 'b'].map((name, index) =>
      childOrder({ sequence: index + 1, accountId: `account-${name}` as AccountId, createdAt: at(92) }),
    );
    const order = (seconds: number) => strict([filled(0, '99'), ...both], seconds);
    expect(decideOn(order(94.8), 94.8, [fast('a', 94.8), slow('b', 94.8)]).nextWakeAt).toBeLessThanOrEqual(at(95.05));
    const guard = decideOn(order(95), 95, [fast('a', 95), slow('b', 95)]);
    expect([briefs(guard), holds(guard)]).toEqual([['cancel 2 plan_end!'], expect.arrayContaining(['PLAN_END'])]);
    expect(guard.nextWakeAt).toBeLessThanOrEqual(at(99.5));
    expect(briefs(decideOn(order(99.5), 99.5, [fast('a', 99.5), slow('b', 99.5)]))).toEqual([
      'cancel 2 plan_end!',
      'cancel 1 plan_end!',
    ]);
  });

  it.each([1, 4, 8])('wakes for it in time at a load of %d', (loadFactor) => {
    const resting = childOrder({ sequence: 1, createdAt: at(92) });
    const parent = strict([filled(0, '99'), resting], 99.2);
    const wakeAt = (seconds: number) =>
      decide(parent, marketOf([accountMarket(at(seconds))], { loadFactor }), at(seconds), parent.id).nextWakeAt;
    expect(wakeAt(99.2)).toBeLessThanOrEqual(at(99.5));
    expect(wakeAt(99.4)).toBe(at(99.65)); // no sooner than any other
  });

  it('places where there is time to cancel, and nowhere else', () => {
    const order = strict([filled(0, '95')], 96);
    expect(firstOf(decideOn(order, 94, [fast('a', 94), slow('b', 94)]))).toBe('b');
    expect(placedOn(decideOn(order, 96, [fast('a', 96), slow('b', 96)])).map((one) => one.slice(0, 1))).toEqual(['a']);
    const behind = strict([filled(0, '80')], 96);
    expect(placedOn(decideOn(behind, 96, [fast('a', 96), slow('b', 96)]))).toEqual(['a 7.5']);
    expect(decideOn(behind, 96, [slow('a', 96), slow('b', 96)]).intents).toEqual([]);
  });
});

describe('decide: several accounts, takers', () => {
  const behind = under('10', 50);

  it('sweeps levels of all venues in the order of price with fee', () => {
    // a taker of 7.5: 100 + 1 bps before 99.98 + 5 bps before 100 + 5 bps
    const cheap = on('a', '1', { asks: [level('100', '2')], bids: [level('99.9', '9')], fees: fees('1') });
    const near = on('b', '1', {
      asks: [level('99.98', '3'), level('100', '50')],
      bids: [level('99.9', '9')],
      fees: fees('5'),
    });
    expect(placedOn(decideOn(behind, 50, [cheap, near]))).toEqual(['a 2', 'b 5.5']);
    const dear = on('c', '1', { asks: [level('100', '50')], fees: fees('50') });
    expect(placedOn(decideOn(behind, 50, [cheap, near, dear]))).toEqual(['a 2', 'b 5.5']);
  });

  it('counts the book of one venue once', () => {
    const twin = { ...on('a', '1'), accountId: 'account-b' as AccountId, asks: [level('100', '3')] };
    const sent = placedOn(decideOn(behind, 50, [on('a', '1', { asks: [level('100', '3')] }), twin]));
    expect(sent).toHaveLength(1);
    expect(sent[0]?.slice(1)).toBe(' 3');
  });

  it('sells to the best bid after the fee, and skips the account without the asset', () => {
    const selling = under('10', 50, { side: 'sell' });
    const low = on('a', '1', { bids: [level('99.98', '50')] });
    expect(firstOf(decideOn(selling, 50, [low, on('b', '1')]))).toBe('b');
    const empty = on('b', '1', { freeBalance: decimal('0'), totalBalance: decimal('0') });
    expect(firstOf(decideOn(selling, 50, [low, empty]))).toBe('a');
  });

  it('leaves a share below the minimum child to the others', () => {
    const sliver = on('a', '1', { asks: [level('99.995', '0.04'), level('100.01', '50')] });
    expect(placedOn(decideOn(behind, 50, [sliver, on('b', '1')]))).toEqual(['b 7.5']);
  });

  it('sends one decision of takers and then waits for them', () => {
    const a = 'account-a' as AccountId;
    const kind = { purpose: 'catch_up', timeInForce: 'ioc', status: 'claimed', createdAt: at(49.5) } as const;
    const taker = childOrder({ sequence: 1, accountId: a, ...kind });
    const parent = under('0', 50, { children: [filled(0, '10'), taker], nextSequence: 2 });
    const decision = decideOn(parent, 50, [on('a', '1'), on('b', '1')]);
    expect([briefs(decision), holds(decision)]).toEqual([[], expect.arrayContaining(['LIVE_CHILD'])]);
  });
});

const fees = (takerBps: string) => ({ makerBps: decimal('0'), takerBps: decimal(takerBps) });

describe('decide: reduce only', () => {
  const reducing = { reduceOnly: true } as const;
  const short = (size: string, others = '0') => ({ position: decimal(size).neg(), otherReducing: quantity(others) });

  it('limits each child to the position less what other reduce-only children may close, and marks it', () => {
    const behind = decideAt(under('10', 50, {}, reducing), 50, short('3', '1.2'));
    expect(behind.intents).toMatchObject([{ purpose: 'catch_up', reduceOnly: true }]);
    expect(briefs(behind)).toEqual(['catch_up ioc 1.8 at 100.11']);
    const own = childOrder({ sequence: 1, orderQty: quantity('3'), createdAt: at(49), reduceOnly: true });
    const parent = under('0', 50, { children: [filled(0, '10'), own], nextSequence: 2 }, reducing);
    expect(briefs(decideAt(parent, 50, short('3')))).toEqual(['cancel 1 catch_up']);
    expect(briefs(decideAt(under('50', 50, {}, reducing), 50, short('0.7')))).toEqual(['clip gtx 0.7 at 99.99']);
  });

  it('completes without a position on its side, and waits while it is not known', () => {
    const parent = under('50', 50, {}, reducing);
    expect(find(decideAt(parent, 50, short('0')), 'complete')?.reason).toBe('position_closed');
    expect(find(decideAt(parent, 50, { position: decimal('5') }), 'complete')?.reason).toBe('position_closed');
    expect(find(decideAt(parent, 50, short('0.01')), 'complete')?.reason).toBe('dust');
    const unknown = decideAt(parent, 50, { position: null });
    expect([unknown.intents, kinds(unknown)]).toEqual([[], expect.not.arrayContaining(['complete'])]);
    const elsewhere = [on('a', '1', { position: decimal('0') }), on('b', '1', short('5'))];
    expect(firstOf(decideOn(parent, 50, elsewhere))).toBe('b');
  });
});
