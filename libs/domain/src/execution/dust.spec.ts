import { describe, expect, it } from '@jest/globals';
import { at, decideOn, find, holds } from '../../../../test/support/planned-order.js';
import {
  accountMarket,
  applyDecision,
  changeChild,
  childOrder,
  fill,
  INSTRUMENT,
  level,
  parentOrder,
} from '../../../../test/support/simulated-order.js';
import { decimal, notional, price, quantity } from '../numeric/decimal.js';
import type { AccountId, VenueId } from '../parent-order/ids.js';
import type { AccountMarket, Decision, ExecutionParams, ExecutionParent } from './contract.js';

const NOW = 5;

function on(name: string, minQty: string, change: Partial<AccountMarket> = {}): AccountMarket {
  const venue = `venue-${name}` as VenueId;
  return accountMarket(at(NOW), {
    accountId: `account-${name}` as AccountId,
    venue,
    instrument: { ...INSTRUMENT, venue, minQty: quantity(minQty) },
    ...change,
  });
}

const order = (algorithm: ExecutionParent['algorithm'], params: Partial<ExecutionParams>) =>
  parentOrder({ algorithm }, { durationMs: null, orderSlices: 2, ...params });

const placedOn = ({ intents }: Decision) =>
  intents.map((intent) => (intent.kind === 'place' ? intent.accountId.slice(8) : intent.kind));
const endOf = (decision: Decision) => find(decision, 'complete')?.reason ?? null;

/** Ten base units: more than one account takes at least, and less than the other does. */
const small = (change: Partial<AccountMarket> = {}) => on('a', '0.001', change);
const big = (change: Partial<AccountMarket> = {}) => on('b', '20', { asks: [level('99.995', '9')], ...change });

describe('decide: dust of several accounts', () => {
  const orders = [
    ['market', {}],
    ['ioc', { limitPrice: price('100.5') }],
    ['limit', { limitPrice: price('99') }],
    ['iceberg', { limitPrice: price('99') }],
    ['iceberg', {}],
  ] as const;

  it.each(orders)('of a %s order (%j) is not what an account could take that cannot trade now', (algorithm, params) => {
    for (const away of [{ bookAt: at(0) }, { mayPlace: false }, { budgetFree: 0.05 }, { freeBalance: decimal('0') }]) {
      const decision = decideOn(order(algorithm, params), NOW, [small(away), big()]);
      expect(endOf(decision)).toBeNull();
      expect([...holds(decision), ...decision.intents]).not.toEqual([]);
    }
  });

  it.each(orders)('of a %s order (%j) leaves the account that takes it to go on', (algorithm, params) => {
    expect(placedOn(decideOn(order(algorithm, params), NOW, [small(), big()]))).toEqual(['a']);
  });

  it.each(orders)('of a %s order (%j) is what none of them takes', (algorithm, params) => {
    expect(endOf(decideOn(order(algorithm, params), NOW, [on('a', '11'), big()]))).toBe('dust');
  });
});

describe('decide: market and IOC orders of which only an account that is held takes what is left', () => {
  const held = [{ medianMid: price('80') }, { priceCollar: { lowest: price('80'), highest: price('90') } }];
  const cases = held.flatMap((change) => (['market', 'ioc'] as const).map((algorithm) => [algorithm, change] as const));

  it.each(cases)('waits for it, ten seconds at most: %s, %j', (algorithm, change) => {
    const parent = order(algorithm, algorithm === 'ioc' ? { limitPrice: price('100.5') } : {});
    const decideWith = (seconds: number) =>
      decideOn({ ...parent, lastDecisionAt: at(seconds - 1) }, seconds, [
        small({ ...change, bookAt: at(seconds) }),
        big({ bookAt: at(seconds) }),
      ]);
    const decision = decideWith(NOW);
    expect([endOf(decision), holds(decision)]).toEqual([null, ['BELOW_MINIMUM']]);
    expect(decision.nextWakeAt).toBeLessThanOrEqual(at(NOW + 1));
    expect(endOf(decideWith(10))).toBe('ioc_end');
  });
});

describe('decide: market and IOC orders of which a cap would leave less than the next account takes', () => {
  const holding = (name: string, free: string, bid: string) =>
    on(name, '1', { freeBalance: decimal(free), totalBalance: decimal(free), bids: [level(bid, '50')] });
  const sent = (algorithm: 'market' | 'ioc', ...accounts: readonly AccountMarket[]) => {
    const limit = algorithm === 'ioc' ? { limitPrice: price('99') } : {};
    const { intents } = decideOn({ ...order(algorithm, limit), side: 'sell' }, NOW, accounts);
    return intents.map((one) => (one.kind === 'place' ? `${one.accountId.slice(8)} ${one.orderQty.toFixed()}` : ''));
  };

  it.each(['market', 'ioc'] as const)('leaves it as much: %s', (algorithm) => {
    expect(sent(algorithm, holding('a', '9.97', '99.99'), holding('b', '5', '99.9'))).toEqual(['a 9', 'b 1']);
    expect(sent(algorithm, holding('a', '8.97', '99.99'), holding('b', '5', '99.9'))).toEqual(['a 8.97', 'b 1.03']);
  });

  it.each(['market', 'ioc'] as const)('is not shrunk where there is no next, nor below its own: %s', (algorithm) => {
    const away = { ...holding('b', '5', '99.9'), mayPlace: false };
    expect(sent(algorithm, holding('a', '9.97', '99.99'), away)).toEqual(['a 9.97']);
    const large = on('b', '9.5', {
      freeBalance: decimal('50'),
      totalBalance: decimal('50'),
      bids: [level('99.9', '50')],
    });
    expect(sent(algorithm, holding('a', '9.97', '99.99'), large)).toEqual(['a 9.97']);
  });
});

describe('decide: a limit order over accounts with different minima', () => {
  const { instrument } = accountMarket(at(NOW));
  const least = (name: string, minNotional: string, volume: string, change: Partial<AccountMarket> = {}) =>
    on(name, '0.001', {
      instrument: { ...instrument, venue: `venue-${name}` as VenueId, minNotional: notional(minNotional) },
      fiveMinuteVolume: quantity(volume),
      ...change,
    });
  const sized = (orderQty: string) => ({ ...order('limit', { limitPrice: price('99') }), orderQty: decimal(orderQty) });
  const dealt = (orderQty: string, accounts: readonly AccountMarket[]) => {
    const decision = decideOn(sized(orderQty), NOW, accounts);
    const sizes = decision.intents.map((one) => (one.kind === 'place' ? one.orderQty.toFixed() : one.kind));
    return [endOf(decision), ...placedOn(decision).map((name, index) => `${name} ${sizes[index]}`)];
  };

  it.each([
    ['1', '2'],
    ['2', '1'],
  ])('deals all of it to the one that takes it, whichever comes first (volumes %s, %s)', (a, b) => {
    expect(dealt('0.1', [least('a', '5', a), least('b', '10', b)])).toEqual([null, 'a 0.1']);
    expect(dealt('0.15', [least('a', '5', a), least('b', '10', b)])).toEqual([null, 'a 0.15']);
  });

  it('deals the part of one that cannot take it to all others', () => {
    const accounts = [least('a', '5', '1'), least('b', '90', '3'), least('c', '5', '2')];
    expect(dealt('1', accounts)).toEqual([null, 'c 0.5', 'a 0.5']);
  });

  it('deals to others what a cap keeps from one', () => {
    const broke = { freeBalance: decimal('1'), totalBalance: decimal('100') };
    const accounts = [least('a', '5', '1'), least('b', '5', '3', broke)];
    expect(dealt('1', accounts)).toEqual([null, 'a 1']);
  });
});

describe('decide: accounts of which the only one that takes what is left cannot trade', () => {
  const gone = { mayPlace: false } as const;
  const waiting = (algorithm: ExecutionParent['algorithm'], change: Partial<ExecutionParent>) => ({
    ...order(algorithm, { limitPrice: price('99') }),
    ...change,
  });

  it.each(['limit', 'iceberg'] as const)('fails the order after an hour: %s', (algorithm) => {
    expect(find(decideOn(waiting(algorithm, {}), NOW, [small(gone), big()]), 'blocked')?.since).toBe(at(NOW));
    const late = waiting(algorithm, { blockedSince: at(NOW - 3_600), lastDecisionAt: at(NOW - 1) });
    expect(find(decideOn(late, NOW, [small(gone), big()]), 'fail')?.reason).toBe('venue_unavailable');
    expect(find(decideOn(late, NOW, [small(), big()]), 'fail')).toBeUndefined();
  });

  it('fails it at once where a key is refused', () => {
    const refused = small({ ...gone, keyRefused: '-2015' });
    expect(find(decideOn(waiting('limit', {}), NOW, [refused, big()]), 'fail')?.reason).toBe('credentials_invalid');
    expect(find(decideOn(waiting('limit', {}), NOW, [refused, on('b', '5')]), 'fail')).toBeUndefined();
  });

  it('goes on while the other has a child that can be filled', () => {
    const child = childOrder({ purpose: 'limit', accountId: 'account-b' as AccountId, orderQty: quantity('10') });
    const begun = waiting('limit', { children: [child], nextSequence: 1 });
    expect(find(decideOn(begun, NOW, [small(gone), big()]), 'blocked')).toBeUndefined();
  });
});

describe('decide: an order between the least that a venue takes and m', () => {
  const algorithms = ['twap', 'market', 'ioc', 'limit', 'iceberg'] as const;
  const cases = algorithms.flatMap((algorithm) =>
    (['buy', 'sell'] as const).flatMap((side) =>
      (['base', 'quote'] as const).map((sizing) => [algorithm, side, sizing] as const),
    ),
  );

  it.each(cases)('is sent as one child that the venue takes: %s, %s, sized in %s', (algorithm, side, sizing) => {
    const isBuy = side === 'buy';
    const limits = { ioc: isBuy ? '100.5' : '99.5', limit: isBuy ? '99.99' : '100' } as Partial<Record<string, string>>;
    const limitPrice = limits[algorithm] === undefined ? null : price(limits[algorithm]);
    const tiny = { algorithm, side, sizing, orderQty: decimal(sizing === 'base' ? '0.051' : '5.15') };
    let parent = parentOrder(tiny, { durationMs: algorithm === 'twap' ? 60_000 : null, limitPrice, orderSlices: 2 });
    const sent = [];
    for (let seconds = 0; parent.status !== 'COMPLETE' && seconds < 120; seconds += 1) {
      const decision = decideOn(parent, seconds, [accountMarket(at(seconds))]);
      parent = applyDecision(parent, decision, at(seconds));
      for (const child of parent.children) {
        if (child.status === 'closed') continue;
        sent.push(child.price.mul(child.orderQty).toNumber());
        parent = changeChild(parent, child.sequence, (one) => fill(one, one.orderQty, one.price, at(seconds)));
      }
    }
    expect(parent.status).toBe('COMPLETE');
    expect(sent).toHaveLength(1);
    expect(sent[0]).toBeGreaterThanOrEqual(5);
  });
});
