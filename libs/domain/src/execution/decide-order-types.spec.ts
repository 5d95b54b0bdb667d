import { describe, expect, it } from '@jest/globals';
import { at, briefs, decideAt, decideOn, find, holds, kinds, under } from '../../../../test/support/planned-order.js';
import { done, ended, on, placed } from '../../../../test/support/order-children.js';
import {
  accountMarket,
  applyDecision,
  childOrder,
  close,
  level,
  parentOrder,
} from '../../../../test/support/simulated-order.js';
import { decimal, notional, price, quantity } from '../numeric/decimal.js';
import type { AccountId } from '../parent-order/ids.js';
import type { ExecutionChild, ExecutionParams } from './contract.js';

type Algorithm = 'market' | 'limit' | 'ioc' | 'iceberg';

const order = (
  algorithm: Algorithm,
  children: readonly ExecutionChild[],
  params: Partial<ExecutionParams> = {},
  change = {},
) => parentOrder({ algorithm, children, nextSequence: children.length, ...change }, { durationMs: null, ...params });

describe('decide: IOC orders', () => {
  const at99 = { limitPrice: price('100.5') };
  const child = childOrder({ purpose: 'ioc', timeInForce: 'ioc', orderQty: quantity('10'), createdAt: at(0) });

  it('sends one child at the limit price, and the rest lapses', () => {
    expect(briefs(decideAt(order('ioc', [], at99), 0))).toEqual(['ioc ioc 10 at 100.5']);
    expect(briefs(decideAt(order('ioc', [], { limitPrice: price('150') }), 0))).toEqual(['ioc ioc 10 at 103']);
    const part = ended({ ...child, cumQty: quantity('4'), cumNotional: notional('400') }, 'expired');
    expect(find(decideAt(order('ioc', [part], at99), 1), 'complete')?.reason).toBe('ioc_end');
    expect(find(decideAt(order('ioc', [ended(child, 'expired')], at99), 1), 'complete')?.reason).toBe('ioc_end');
  });

  it('ends at once where the market does not reach the limit price', () => {
    const decision = decideAt(order('ioc', [], { limitPrice: price('99.99') }), 0);
    expect([decision.intents, find(decision, 'complete')?.reason]).toEqual([[], 'ioc_end']);
  });

  it('sends again what no venue took on, for ten seconds', () => {
    const lost = order('ioc', [ended(child, 'expired', 'NEVER_ARRIVED')], at99);
    expect(briefs(decideAt(lost, 2))).toEqual(['ioc ioc 10 at 100.5']);
    expect(find(decideAt(lost, 12), 'complete')?.reason).toBe('ioc_end');
    const unknown = order('ioc', [{ ...child, status: 'unknown' }], at99);
    expect(holds(decideAt(unknown, 60))).toContain('LIVE_CHILD');
  });

  it('sweeps the accounts, and gives what no book shows to the best', () => {
    const near = on('a', { asks: [level('100', '3')] });
    const far = on('b', { asks: [level('100.2', '2')], bids: [level('99', '9')] });
    expect(placed(decideOn(order('ioc', [], at99), 0, [near, far]))).toEqual(['a 8', 'b 2']);
    expect(placed(decideOn(order('market', []), 0, [near, far]))).toEqual(['a 8', 'b 2']);
  });

  it.each(['ioc', 'market'] as const)(
    'shares one book among the accounts of its venue by what they can pay: %s',
    (algorithm) => {
      const paying = (name: string, free: string, asks = [level('100', '50')]) =>
        accountMarket(at(0), {
          accountId: `account-${name}` as AccountId,
          freeBalance: decimal(free),
          totalBalance: decimal(free),
          asks,
        });
      const one = order(algorithm, [], algorithm === 'ioc' ? at99 : {});
      // at the collar of 3 % a market order can pay for less
      const [rich, poor] = algorithm === 'ioc' ? ['b 5.97', 'a 4.03'] : ['b 5.825', 'a 4.175'];
      expect(placed(decideOn(one, 0, [paying('a', '450'), paying('b', '600')])).toSorted()).toEqual([poor, rich]);
      const enough = [paying('a', '4500'), paying('b', '6000')];
      expect(placed(decideOn(one, 0, enough))).toEqual(['b 10']);
      const thin = [paying('a', '450', [level('100', '3')]), paying('b', '600', [level('100', '3')])];
      expect(placed(decideOn(one, 0, thin)).toSorted()).toEqual([poor, rich]);
    },
  );

  it('needs a limit price', () => {
    expect(() => decideAt(order('ioc', []), 0)).toThrow('needs a limit price');
  });
});

describe('decide: market orders on several accounts', () => {
  it('counts the children of one decision as one issue', () => {
    const issue = (sequence: number, seconds: number) =>
      ended(childOrder({ sequence, purpose: 'market', timeInForce: 'ioc', createdAt: at(seconds) }), 'expired');
    const five = [0, 1, 2, 3, 4].flatMap((n) => [issue(2 * n, n), issue(2 * n + 1, n)]);
    expect(kinds(decideAt(order('market', five), 6))).not.toContain('complete');
    const six = [...five, issue(10, 5), issue(11, 5)];
    expect(find(decideAt(order('market', six), 7), 'complete')?.reason).toBe('ioc_end');
  });

  it('ends after ten seconds in which it may reduce nothing', () => {
    const closing = order('market', [], { reduceOnly: true }, { side: 'sell' });
    for (const held of [{ position: decimal('10'), otherReducing: quantity('10') }, { position: null }]) {
      expect(holds(decideAt(closing, 9, held))).toContain('REDUCE_ONLY');
      expect(find(decideAt(closing, 10, held), 'complete')?.reason).toBe('ioc_end');
    }
  });

  it('ends after ten seconds beyond its limit price', () => {
    const limited = order('market', [], { limitPrice: price('99') });
    expect(holds(decideAt(limited, 9))).toContain('COLLAR');
    expect(find(decideAt(limited, 10), 'complete')?.reason).toBe('ioc_end');
  });

  it('counts the ten seconds from its beginning, and anew where its venue was away for all of them', () => {
    const tried = (seconds: number) => {
      const child = childOrder({ purpose: 'market', timeInForce: 'ioc', createdAt: at(seconds) });
      return order('market', [close(child, 'expired', '', at(seconds))]);
    };
    expect(kinds(decideAt(tried(8), 9.9))).not.toContain('complete');
    expect(find(decideAt(tried(8), 10), 'complete')?.reason).toBe('ioc_end');
    expect(kinds(decideAt(tried(30), 39))).not.toContain('complete');
    expect(find(decideAt(tried(30), 40), 'complete')?.reason).toBe('ioc_end');

    const waited = { ...order('market', []), lastDecisionAt: at(9.6) };
    expect(briefs(decideAt(waited, 9.9))).toHaveLength(1);
    expect([briefs(decideAt(waited, 10)), find(decideAt(waited, 10), 'complete')?.reason]).toEqual([[], 'ioc_end']);
    expect(briefs(decideAt({ ...waited, blockedSince: at(1) }, 10))).toHaveLength(1);
    expect(briefs(decideAt(waited, 30))).toHaveLength(1);
  });
});

describe('decide: market and IOC orders that an account refuses', () => {
  const limit = { market: null, ioc: price('100.5') } as const;
  const takers = ['market', 'ioc'] as const;
  const sent = (algorithm: (typeof takers)[number], name: string, sequence: number) =>
    childOrder({
      sequence,
      purpose: algorithm,
      timeInForce: 'ioc',
      orderQty: quantity('10'),
      accountId: `account-${name}` as AccountId,
    });
  const live = (name: string, seconds: number) => on(name, { bookAt: at(seconds) });

  it.each(takers)('go to the other account at once: %s', (algorithm) => {
    const refused = close(sent(algorithm, 'a', 0), 'rejected', '-2010', at(0.2));
    const parent = order(algorithm, [refused], { limitPrice: limit[algorithm] });
    expect(placed(decideOn(parent, 0.3, [live('a', 0.3), live('b', 0.3)]))).toEqual(['b 10']);
  });

  it('offer the other account the part that was refused, and no more: ioc', () => {
    const part = (name: string, sequence: number, qty: string, seconds = 0) => ({
      ...sent('ioc', name, sequence),
      orderQty: quantity(qty),
      createdAt: at(seconds),
    });
    const refused = close(part('a', 0, '4'), 'rejected', '-2010', at(0.2));
    // five of its six were filled: the sixth lapses
    const took = close(
      { ...part('b', 1, '6'), cumQty: quantity('5'), cumNotional: notional('500') },
      'expired',
      '',
      at(0.2),
    );
    const accounts = (seconds: number) => [live('a', seconds), live('b', seconds)];
    const limited = { limitPrice: price('100.5') };
    const parent = order('ioc', [refused, took], limited);
    expect(placed(decideOn(parent, 0.3, accounts(0.3)))).toEqual(['b 4']);
    const gone = { ...live('b', 0.3), mayPlace: false };
    const decision = decideOn(parent, 0.3, [live('a', 0.3), gone]);
    expect([placed(decision), holds(decision)]).toEqual([[], ['VENUE_BACKOFF']]);
    expect(find(decideOn(parent, 10.2, [live('a', 10.2), gone]), 'complete')?.reason).toBe('ioc_end');

    const lost = close(part('b', 2, '4', 0.3), 'expired', 'NEVER_ARRIVED', at(0.5));
    expect(placed(decideOn(order('ioc', [refused, took, lost], limited), 0.6, accounts(0.6)))).toEqual(['b 4']);
    const lapsed = close(part('b', 2, '4', 0.3), 'expired', '', at(0.5));
    const ended = decideOn(order('ioc', [refused, took, lapsed], limited), 0.6, accounts(0.6));
    expect([placed(ended), find(ended, 'complete')?.reason]).toEqual([[], 'ioc_end']);
  });

  it.each(takers)('wait while all of them ask for it: %s', (algorithm) => {
    const refusals = ['a', 'b'].map((name, index) =>
      close(sent(algorithm, name, index), 'rejected', '-2010', at(0.2 + index / 10)),
    );
    const parent = order(algorithm, refusals, { limitPrice: limit[algorithm] });
    const decision = decideOn(parent, 0.4, [live('a', 0.4), live('b', 0.4)]);
    expect([placed(decision), holds(decision)]).toEqual([[], ['VENUE_BACKOFF']]);
    expect(decision.nextWakeAt).toBe(at(1.2));
    expect(placed(decideOn(parent, 1.2, [live('a', 1.2), live('b', 1.2)]))).toEqual(['a 10']);
  });
});

describe('decide: market and IOC orders after a jump of the price', () => {
  // the mid is 3.8 % below its median of a minute
  const jumped = { medianMid: price('104') };
  const orders = [
    ['market', {}],
    ['ioc', { limitPrice: price('102') }],
  ] as const;

  it.each(orders)('wait five seconds from where they first see it, and then go on: %s', (algorithm, params) => {
    const first = decideAt(order(algorithm, [], params), 0.1, jumped);
    expect([briefs(first), holds(first)]).toEqual([[], ['PRICE_JUMP']]);
    const waiting = applyDecision(order(algorithm, [], params), first, at(0.1));
    expect(holds(decideAt(waiting, 5, jumped))).toEqual(['PRICE_JUMP']);
    expect(briefs(decideAt(waiting, 5.1, jumped))).toHaveLength(1);
    expect(briefs(decideAt(waiting, 0.5))).toHaveLength(1);
  });

  it.each(orders)('wait anew where a market that was away comes back with it: %s', (algorithm, params) => {
    const seen = { ...order(algorithm, [], params), jumpedSince: at(0), lastDecisionAt: at(1) };
    const away = applyDecision(seen, decideAt(seen, 2, { feedLive: false }), at(2));
    const blocked = applyDecision(away, decideAt(away, 60, { feedLive: false }), at(60));
    const back = decideAt(blocked, 61, jumped);
    expect([briefs(back), holds(back), kinds(back)]).toEqual([
      [],
      ['PRICE_JUMP'],
      expect.not.arrayContaining(['complete']),
    ]);
    const waiting = applyDecision(blocked, back, at(61));
    expect(holds(decideAt(waiting, 65.9, jumped))).toEqual(['PRICE_JUMP']);
    expect(briefs(decideAt(waiting, 66, jumped))).toHaveLength(1);
  });

  it.each(orders)('wait for it where an account refused them before: %s', (algorithm, params) => {
    const child = childOrder({ purpose: algorithm, timeInForce: 'ioc', orderQty: quantity('10'), createdAt: at(0) });
    const refused = order(algorithm, [close(child, 'rejected', '-2010', at(0.2))], params);
    expect(holds(decideAt(refused, 6, jumped))).toEqual(['PRICE_JUMP']);
    expect(find(decideAt({ ...refused, jumpedSince: at(6) }, 10.2, jumped), 'complete')?.reason).toBe('ioc_end');
  });
});

describe('decide: orders without budget', () => {
  const none = { budgetFree: 0.05 };
  const waiting = (algorithm: Algorithm, seconds: number) =>
    order(algorithm, [], { limitPrice: price('100.5') }, { blockedSince: at(0), lastDecisionAt: at(seconds - 1) });

  it.each(['market', 'ioc'] as const)('wait an hour at most for their first child: %s', (algorithm) => {
    const decision = decideAt(waiting(algorithm, 3_599), 3_599, none);
    expect([holds(decision), find(decision, 'fail')]).toEqual([['BUDGET'], undefined]);
    expect(find(decideAt(waiting(algorithm, 3_600), 3_600, none), 'fail')?.reason).toBe('venue_unavailable');
  });

  it.each(['limit', 'iceberg'] as const)('wait on where they are good till cancelled: %s', (algorithm) => {
    expect(kinds(decideAt(waiting(algorithm, 9_999), 9_999, none))).not.toContain('fail');
  });
});

describe('decide: limit orders on several accounts', () => {
  const limit = { limitPrice: price('98.5') };

  it('deals one child per account evenly, or by balance where it is known', () => {
    expect(placed(decideOn(order('limit', [], limit), 0, [on('a'), on('b'), on('c')])).toSorted()).toEqual(
      expect.arrayContaining([expect.stringMatching(/ 3\.334$/), expect.stringMatching(/ 3\.333$/)]),
    );
    const rich = on('a', { freeBalance: decimal('3000'), totalBalance: decimal('3000') });
    const poor = on('b', { freeBalance: decimal('1000'), totalBalance: decimal('1000') });
    expect(placed(decideOn(order('limit', [], limit), 0, [rich, poor])).toSorted()).toEqual(['a 7.5', 'b 2.5']);
  });

  it('deals a quote-sized order by value, each part at the price that it has on its own venue', () => {
    const near = on('a');
    const far = on('b', { bids: [level('109.9', '50')], asks: [level('110', '50')] });
    const sized = { sizing: 'quote', orderQty: decimal('10000') } as const;
    const order10 = order('limit', [], { limitPrice: price('120'), passiveOnly: true }, sized);
    const decision = decideOn(order10, 0, [near, far]);
    expect(placed(decision).toSorted()).toEqual([expect.stringMatching(/^a 50\.005/), 'b 45.458']);
    const worth = decision.intents.reduce(
      (sum, one) => (one.kind === 'place' ? sum.add(one.orderQty.mul(one.price)) : sum),
      decimal('0'),
    );
    expect(worth.lte('10000') && worth.gt('9999.8')).toBe(true);
    // it is left as it is, and nothing of it is cancelled again
    expect(decideOn(applyDecision(order10, decision, at(0)), 0, [near, far]).intents).toEqual([]);
  });

  it('puts back the share that a venue dropped, where it was', () => {
    const [a, b] = ['account-a', 'account-b'] as AccountId[];
    const share = { purpose: 'limit', timeInForce: 'gtc', price: price('98.5'), orderQty: quantity('5') } as const;
    const stays = childOrder({ ...share, sequence: 0, accountId: a! });
    const dropped = ended(
      childOrder({ ...share, sequence: 1, accountId: b!, cumQty: quantity('1'), cumNotional: notional('98.5') }),
      'expired',
    );
    const parent = order('limit', [stays, dropped], limit);
    expect(placed(decideOn(parent, 1.9, [on('a'), on('b')]))).toEqual([]);
    const accounts = [on('a', { bookAt: at(3) }), on('b', { bookAt: at(3) })];
    expect(placed(decideOn(parent, 3, accounts))).toEqual(['b 4']);
  });
});

describe('decide: reverse limit', () => {
  const reverse = (limit: string) => ({ limitPrice: price(limit), isReverseLimit: true }) as const;

  it('rests no better than the limit and only while that is post-only', () => {
    expect(briefs(decideAt(under('50', 50, {}, reverse('99.5')), 50))[0]).toMatch(/^clip .* at 99\.99$/);
    const wide = { asks: [level('100.4', '50')] };
    expect(briefs(decideAt(under('50', 50, {}, reverse('100.1')), 50, wide))[0]).toMatch(/^clip .* at 100\.1$/);
    const crossing = decideAt(under('50', 50, {}, reverse('100.4')), 50, wide);
    expect([crossing.intents, holds(crossing)]).toEqual([[], expect.arrayContaining(['OUT_OF_LIMIT'])]);
    const selling = under('50', 50, { side: 'sell' }, reverse('100.2'));
    expect(briefs(decideAt(selling, 50, { asks: [level('100.4', '50')] }))[0]).toMatch(/^clip .* at 100\.2$/);
  });

  it('takes only where the opposite touch is no better than the limit', () => {
    expect(briefs(decideAt(under('10', 50, {}, reverse('99.9')), 50))[0]).toMatch(/^catch_up/);
    expect(briefs(decideAt(under('10', 50, {}, reverse('100.01')), 50))).toEqual([]);
    expect(briefs(decideAt(order('market', [], reverse('100')), 0))).toEqual(['market ioc 10 at 103']);
    expect(holds(decideAt(order('market', [], reverse('100.01')), 0))).toContain('COLLAR');
  });

  it('is out of limit on the better side, and is woken by the way back', () => {
    const out = decideAt(under('50', 50, {}, reverse('101')), 50);
    expect(find(out, 'out_of_limit')?.edge).toBe('begin');
    expect(find(out, 'watch')?.askAbove?.toFixed()).toBe('101');
    expect(kinds(decideAt(under('50', 50, {}, reverse('99')), 50))).not.toContain('out_of_limit');
  });

  it('rests a limit order as post-only at its price', () => {
    expect(briefs(decideAt(order('limit', [], reverse('99.5')), 0))).toEqual(['limit gtx 10 at 99.5']);
    expect(decideAt(order('limit', [], reverse('100')), 0).intents).toEqual([]);
  });

  it('cancels what would fill better, and tells what the venue improved', () => {
    const better = childOrder({ sequence: 1, price: price('99'), createdAt: at(49) });
    const parent = under('0', 50, { children: [better], nextSequence: 2 }, reverse('99.5'));
    expect(briefs(decideAt(parent, 50))).toContain('cancel 1 limit!');
    const improved = { ...done(1, '5', '99.4'), closedAt: at(49.5) };
    const told = decideAt(under('0', 50, { children: [improved], nextSequence: 2 }, reverse('99.5')), 50);
    expect(find(told, 'price_improved')?.price.toFixed()).toBe('99.4');
    const known = decideAt(under('0', 51, { children: [improved], nextSequence: 2 }, reverse('99.5')), 51);
    expect(kinds(known)).not.toContain('price_improved');
  });
});

describe('decide: price collar of the account', () => {
  const collar = { priceCollar: { lowest: price('97'), highest: price('100.055') } };

  it('bounds takers and clips towards worse prices', () => {
    expect(briefs(decideAt(under('10', 50), 50, collar))).toEqual(['catch_up ioc 7.5 at 100.05']);
    expect(briefs(decideAt(order('market', []), 0, collar))).toEqual(['market ioc 10 at 100.05']);
    const beyond = { priceCollar: { lowest: price('97'), highest: price('99.5') } };
    expect(holds(decideAt(under('10', 50), 50, beyond))).toContain('COLLAR');
    expect(briefs(decideAt(under('50', 50), 50, beyond))[0]).toMatch(/^clip .* at 99\.5$/);
  });
});
