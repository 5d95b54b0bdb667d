import { expect, it } from '@jest/globals';
import { ORDINARY_FILL, type FillFate, type OrderPolicy } from '../floor/order-policy.js';
import { units } from '../matching/scaled.js';
import type { FuturesAccount } from './ledger/futures-account.js';
import { submitOrder } from './submission.js';
import { command, TestFutures } from './test-futures.js';

const refused = (code: number, message: string) => expect.objectContaining({ code, message });

interface Case {
  readonly venue: TestFutures;
  readonly a: FuturesAccount;
  /** Runs what was put off. */
  readonly catchUp: () => void;
}

function started(policy: Partial<OrderPolicy>): Case {
  const pending: (() => void)[] = [];
  const venue = new TestFutures('TESTUSDT', { later: (_ms, action) => pending.push(action), ...policy });
  const a = venue.open('a', '1000');
  venue.quote(9_900, 10_000);
  const catchUp = (): void => {
    for (const action of pending.splice(0)) action();
  };
  return { venue, a, catchUp };
}

const filledAs = (fate: Partial<FillFate>): Partial<OrderPolicy> => ({ filled: () => ({ ...ORDINARY_FILL, ...fate }) });

it('a halted symbol takes no orders and no amendments', () => {
  let isTrading = true;
  const { venue, a } = started({ isTrading: () => isTrading });
  const order = venue.exchange.orders.place(a, venue.market, command('BUY', 9_000, 100));
  isTrading = false;
  expect(() => venue.exchange.orders.place(a, venue.market, command('BUY', 9_000, 100))).toThrow(
    refused(-4108, 'Symbol is on delivering or delivered or settling or closed or pre-trading.'),
  );
  expect(() => venue.exchange.orders.amend(order, 'BUY', 9_000, 50)).toThrow(
    refused(-5024, 'Symbol is not in trading status. Order amendment is not permitted.'),
  );
  venue.exchange.orders.cancel(order);
  expect(order.status).toBe('CANCELED');
});

it.each([
  ['open-only', {}, 'a new order'],
  ['permanent', { sameId: () => 'refuse' as const }, 'ClientOrderId is duplicated.'],
  ['returns-existing', { sameId: () => 'return' as const }, 'the first order'],
])('VE-C46 %s: the id of a cancelled order', (_rule, policy, expected) => {
  const { venue, a } = started(policy);
  const place = () =>
    venue.exchange.orders.place(a, venue.market, command('BUY', 9_000, 100, { clientOrderId: 'same' }));
  const first = place();
  venue.exchange.orders.cancel(first);
  const second = (): string => {
    try {
      return place() === first ? 'the first order' : 'a new order';
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(second()).toBe(expected);
});

it('an order may be acknowledged and come in later, or be refused then', () => {
  const { venue, a, catchUp } = started({ acceptance: () => ({ kind: 'later', ms: 5 }) });
  const good = submitOrder(venue.exchange, a, venue.market, command('BUY', 10_000, 100));
  const bad = submitOrder(venue.exchange, a, venue.market, command('BUY', 10_000, 900_000));
  expect([good.status, a.orders.length]).toEqual(['NEW', 0]);
  catchUp();
  expect(a.orders.map(({ id, status }) => [id, status])).toEqual([[good.id, 'FILLED']]);
  expect(venue.told(a, 'ORDER_TRADE_UPDATE').at(-1)).toMatchObject({ o: { i: bad.id, X: 'EXPIRED' } });
});

it('an order may be acknowledged and never come in; its number is not used again', () => {
  const { venue, a } = started({ acceptance: () => ({ kind: 'never' }) });
  const order = submitOrder(venue.exchange, a, venue.market, command('BUY', 10_000, 100));
  expect([a.orders.length, venue.exchange.ledger.lastOrderId]).toEqual([0, order.id]);
});

it('a fill may be kept from the account: what it is shown and told knows nothing of it', () => {
  let hidden = true;
  const hides = (what: object): boolean => hidden && 'tradeId' in what;
  const { venue, a, catchUp } = started({ ...filledAs({ delayMs: 50 }), hides, hidesAnything: () => hidden });
  const order = venue.exchange.orders.place(a, venue.market, command('BUY', 10_000, 100));
  const shown = (): unknown => {
    const account = venue.exchange.shown(a, 'query');
    const position = account.position(venue.market.spec, 'BOTH');
    return [account.orderById(order.id)?.status, account.openOrders.size, position.lots, account.walletUnits];
  };
  expect(order.status).toBe('FILLED');
  expect(shown()).toEqual(['NEW', 1, 0, units('1000')]);
  expect(venue.told(a, 'TRADE_LITE')).toEqual([]);
  hidden = false;
  catchUp();
  expect(shown()).toEqual(['FILLED', 0, 100, units('999.995')]);
  expect(venue.told(a, 'TRADE_LITE')).toHaveLength(1);
});

it('a fill may be too large', () => {
  const { venue, a } = started(filledAs({ overfillLots: 7 }));
  const order = venue.exchange.orders.place(a, venue.market, command('BUY', 10_000, 100));
  expect([order.lots, order.filledLots, a.position(venue.market.spec, 'BOTH').lots]).toEqual([100, 107, 107]);
  venue.exchange.assertInvariants();
});

it('a trade may be taken back: position, money and order are as without it', () => {
  const { venue, a, catchUp } = started(filledAs({ bustAfterMs: 50 }));
  const before = a.walletUnits;
  const order = venue.exchange.orders.place(a, venue.market, command('BUY', 10_000, 100));
  expect(a.position(venue.market.spec, 'BOTH').lots).toBe(100);
  catchUp();
  expect([a.position(venue.market.spec, 'BOTH').lots, a.walletUnits, order.status, order.filledLots]).toEqual([
    ...[0, before, 'CANCELED', 0],
  ]);
  venue.exchange.assertInvariants();
});
