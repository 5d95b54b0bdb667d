import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import type { Account } from './account.js';
import { dumpLedger } from './dump.js';
import { units, unitsText } from '../matching/scaled.js';
import { Refusal } from '../floor/refusal.js';
import { command, testSpot, type TestSpot } from './test-spot.js';

const balance = (account: Account, asset: string): [free: string, locked: string] => {
  const { free, locked } = account.balance(asset);
  return [unitsText(free), unitsText(locked)];
};
const rejected = (message: string, code = -2010) => expect.objectContaining({ code, message });
const reports = ({ events }: TestSpot, account: string): unknown[] =>
  events.filter((e) => e.account === account && e.event['e'] === 'executionReport').map(({ event }) => event);

describe('placing', () => {
  it('locks what a limit order may cost, and settles with the fee in the received asset', () => {
    const venue = testSpot();
    const [buyer, seller] = [venue.open('buyer', { USDT: '1000' }), venue.open('seller', { TEST: '10' })];
    const { exchange, market } = venue;
    exchange.place(buyer, market, command('BUY', 10_000, 2_000)); // 2 at 100.00
    expect(balance(buyer, 'USDT')).toEqual(['800.00000000', '200.00000000']);
    exchange.place(seller, market, command('SELL', 9_900, 500)); // 0.5, trades at 100.00
    expect(balance(buyer, 'USDT')).toEqual(['800.00000000', '150.00000000']);
    expect(balance(buyer, 'TEST')).toEqual(['0.49950000', '0.00000000']);
    expect(balance(seller, 'USDT')).toEqual(['49.95000000', '0.00000000']);
    expect(balance(seller, 'TEST')).toEqual(['9.50000000', '0.00000000']);
    expect(unitsText(exchange.ledger.fees.get('TEST') ?? 0n)).toBe('0.00050000');
    expect(unitsText(exchange.ledger.fees.get('USDT') ?? 0n)).toBe('0.05000000');
    exchange.ledger.assertInvariants();
  });

  it('gives back the difference when a buy trades below its limit', () => {
    const venue = testSpot();
    const [buyer, seller] = [venue.open('buyer', { USDT: '1000' }), venue.open('seller', { TEST: '10' })];
    venue.exchange.place(seller, venue.market, command('SELL', 9_000, 1_000));
    venue.exchange.place(buyer, venue.market, command('BUY', 10_000, 2_000));
    expect(balance(buyer, 'USDT')).toEqual(['810.00000000', '100.00000000']);
  });

  it('refuses what the account cannot pay and leaves nothing behind', () => {
    const venue = testSpot();
    const poor = venue.open('poor', { USDT: '199.99' });
    const before = venue.operations.length;
    expect(() => venue.exchange.place(poor, venue.market, command('BUY', 10_000, 2_000))).toThrow(
      rejected('Account has insufficient balance for requested action.'),
    );
    expect([venue.operations.length, poor.orders.length, venue.market.book.count('BUY')]).toEqual([before, 0, 0]);
  });

  it('VE-C46 refuses a client id that is open and takes it again once it is not', () => {
    const venue = testSpot();
    const account = venue.open('a', { USDT: '1000', TEST: '10' });
    const same = { clientOrderId: 'same' };
    const first = venue.exchange.place(account, venue.market, command('BUY', 10_000, 1_000, same));
    expect(() => venue.exchange.place(account, venue.market, command('BUY', 9_000, 1_000, same))).toThrow(
      rejected('Duplicate order sent.'),
    );
    venue.floor.placeForMarket(venue.market, 'SELL', 10_000, 1_000);
    expect(first.status).toBe('FILLED');
    const second = venue.exchange.place(account, venue.market, command('BUY', 9_000, 1_000, same));
    expect(account.orderByClientId('TESTUSDT', 'same')).toBe(second);
    expect(second.id).toBeGreaterThan(first.id);
  });

  it('LIMIT_MAKER that would take is refused', () => {
    const venue = testSpot();
    const account = venue.open('a', { USDT: '1000' });
    venue.floor.placeForMarket(venue.market, 'SELL', 10_000, 5);
    expect(() =>
      venue.exchange.place(account, venue.market, command('BUY', 10_000, 100, { type: 'LIMIT_MAKER' })),
    ).toThrow(rejected('Order would immediately match and take.'));
    expect(
      venue.exchange.place(account, venue.market, command('BUY', 9_999, 100, { type: 'LIMIT_MAKER' })).status,
    ).toBe('NEW');
  });

  it.each([
    ['IOC', 300, 'EXPIRED', 300, 5],
    ['FOK', 300, 'EXPIRED', 0, 6],
    ['FOK', 900, 'FILLED', 500, undefined],
  ] as const)('%s with %d on offer ends %s', (timeInForce, offered, status, filled, reason) => {
    const venue = testSpot();
    const account = venue.open('a', { USDT: '1000' });
    venue.floor.placeForMarket(venue.market, 'SELL', 10_000, offered);
    const order = venue.exchange.place(account, venue.market, command('BUY', 10_000, 500, { timeInForce }));
    expect([order.status, order.filledLots]).toEqual([status, filled]);
    expect(order.lockedUnits).toBe(0n);
    expect((reports(venue, 'a').at(-1) as Record<string, unknown>)['eR']).toBe(reason);
    expect(venue.market.book.count('BUY')).toBe(0);
    venue.exchange.ledger.assertInvariants();
  });

  it('a market buy by quote amount spends at most that amount, in whole lots', () => {
    const venue = testSpot();
    const account = venue.open('a', { USDT: '1000' });
    venue.floor.placeForMarket(venue.market, 'SELL', 10_000, 500);
    venue.floor.placeForMarket(venue.market, 'SELL', 10_100, 5_000);
    const market = { type: 'MARKET', ticks: 0, lots: 0, quoteUnits: units('100.07') } as const;
    const order = venue.exchange.place(account, venue.market, command('BUY', 0, 0, market));
    expect([order.status, order.lots, unitsText(order.quoteFilled)]).toEqual(['FILLED', 995, '99.99500000']);
    expect(balance(account, 'USDT')).toEqual(['900.00500000', '0.00000000']);
  });

  it('a market order expires with what the book could not give', () => {
    const venue = testSpot();
    const account = venue.open('a', { TEST: '10' });
    venue.floor.placeForMarket(venue.market, 'BUY', 10_000, 400);
    const order = venue.exchange.place(account, venue.market, command('SELL', 0, 1_000, { type: 'MARKET', ticks: 0 }));
    expect([order.status, order.filledLots]).toEqual(['EXPIRED', 400]);
    expect(balance(account, 'TEST')).toEqual(['9.60000000', '0.00000000']);
  });

  it('two orders of one account do not trade with each other', () => {
    const venue = testSpot();
    const account = venue.open('a', { USDT: '1000', TEST: '10' });
    const maker = venue.exchange.place(account, venue.market, command('BUY', 10_000, 1_000));
    const taker = venue.exchange.place(account, venue.market, command('SELL', 10_000, 1_000));
    expect([maker.status, taker.status]).toEqual(['EXPIRED_IN_MATCH', 'NEW']);
    expect(reports(venue, 'a').map((event) => (event as Record<string, unknown>)['x'])).toEqual([
      'NEW',
      'NEW',
      'TRADE_PREVENTION',
    ]);
    venue.exchange.ledger.assertInvariants();
  });
});

describe('cancelling', () => {
  it('releases what is left and names both client ids', () => {
    const venue = testSpot();
    const account = venue.open('a', { USDT: '1000' });
    const order = venue.exchange.place(account, venue.market, command('BUY', 10_000, 1_000, { clientOrderId: 'mine' }));
    venue.floor.placeForMarket(venue.market, 'SELL', 10_000, 300);
    venue.exchange.cancel(order, 'cancel-1');
    expect([order.status, order.filledLots]).toEqual(['CANCELED', 300]);
    expect(balance(account, 'USDT')).toEqual(['970.00000000', '0.00000000']);
    expect(reports(venue, 'a').at(-1)).toMatchObject({
      x: 'CANCELED',
      X: 'CANCELED',
      c: 'cancel-1',
      C: 'mine',
      z: '0.30000000',
    });
    expect(() => venue.exchange.cancel(order, 'cancel-2')).toThrow(rejected('Unknown order sent.', -2011));
  });
});

const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('place' as const),
      who: fc.integer({ min: 0, max: 2 }),
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      ticks: fc.integer({ min: 9_990, max: 10_010 }),
      lots: fc.integer({ min: 1, max: 800 }),
      type: fc.constantFrom('LIMIT' as const, 'LIMIT' as const, 'LIMIT_MAKER' as const, 'MARKET' as const),
      timeInForce: fc.constantFrom('GTC' as const, 'GTC' as const, 'IOC' as const, 'FOK' as const),
      selfTrade: fc.constantFrom(
        'NONE' as const,
        'EXPIRE_TAKER' as const,
        'EXPIRE_MAKER' as const,
        'EXPIRE_BOTH' as const,
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('market' as const),
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      ticks: fc.integer({ min: 9_990, max: 10_010 }),
      lots: fc.integer({ min: 1, max: 800 }),
    }),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** All but the id blocks, which a restart moves ahead. */
const facts = (venue: TestSpot): unknown[] => dumpLedger(venue.exchange.ledger).filter(({ k }) => k !== 'ids');

function run(venue: TestSpot, accounts: Account[], op: Operation): void {
  const { exchange, floor, market } = venue;
  try {
    if (op.kind === 'market') floor.placeForMarket(market, op.side, op.ticks, op.lots);
    else if (op.kind === 'place')
      exchange.place(
        accounts[op.who] as Account,
        market,
        command(op.side, op.type === 'MARKET' ? 0 : op.ticks, op.lots, op),
      );
    else {
      const open = accounts.flatMap((account) => [...account.openOrders.values()]);
      const order = open[op.pick % Math.max(1, open.length)];
      if (order) exchange.cancel(order, 'x');
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

it('VE-C53 conserves every asset to the unit and keeps book and ledger sound; a restart folds back to the same state', () => {
  let fills = 0;
  fc.assert(
    fc.property(fc.array(operation, { minLength: 30, maxLength: 80 }), (operations) => {
      const venue = testSpot();
      const accounts = ['a', 'b', 'c'].map((name) => venue.open(name, { USDT: '700.00000007', TEST: '7.00000003' }));
      for (const op of operations) {
        run(venue, accounts, op.kind === 'place' ? { ...op, ticks: op.type === 'MARKET' ? 0 : op.ticks } : op);
        venue.exchange.ledger.assertInvariants();
        venue.market.book.assertInvariants();
      }
      fills += accounts.flatMap(({ orders }) => orders).flatMap((order) => order.fills).length;
      // Deposits must equal holdings plus fees plus what the market itself won, counted without the ledger's own sums.
      for (const asset of ['USDT', 'TEST']) {
        const held = accounts.reduce((sum, a) => sum + a.balance(asset).free + a.balance(asset).locked, 0n);
        const fees = venue.exchange.ledger.fees.get(asset) ?? 0n;
        const market = venue.exchange.ledger.clearing.get(asset) ?? 0n;
        expect(held + fees + market).toBe(3n * units(asset === 'USDT' ? '700.00000007' : '7.00000003'));
      }
      const restored = testSpot();
      restored.restore(venue.operations, true);
      expect(facts(restored)).toEqual(facts(venue));
      for (const [id, account] of restored.exchange.ledger.accounts)
        expect(account.balances).toEqual(venue.exchange.ledger.accounts.get(id)?.balances);
      const own = (v: TestSpot): unknown[] =>
        (['BUY', 'SELL'] as const).flatMap((side) =>
          [...v.market.book.levels(side)].flatMap((level) => {
            const ids: number[] = [];
            for (let o = level.first; o !== null; o = o.after) if ('id' in o) ids.push(o.id as number);
            return ids;
          }),
        );
      expect(own(restored)).toEqual(own(venue));
    }),
    { numRuns: 150 },
  );
  expect(fills).toBeGreaterThan(1_000); // guard against a property that never trades
});

it('restarts without the orders that were open when told so', () => {
  const venue = testSpot();
  const account = venue.open('a', { USDT: '1000' });
  venue.exchange.place(account, venue.market, command('BUY', 10_000, 1_000));
  const restored = testSpot();
  restored.restore(venue.operations, false);
  const [order] = restored.exchange.ledger.orders.values();
  expect(order?.status).toBe('EXPIRED');
  expect(balance(order?.account as Account, 'USDT')).toEqual(['1000.00000000', '0.00000000']);
  expect(restored.market.book.count('BUY')).toBe(0);
});

it('never hands out an id twice across a restart', () => {
  const venue = testSpot();
  const [a, b] = [venue.open('a', { USDT: '1000' }), venue.open('b', { TEST: '10' })];
  venue.exchange.place(a, venue.market, command('BUY', 10_000, 1_000));
  const last = venue.exchange.place(b, venue.market, command('SELL', 10_000, 500));
  const { lastTradeId, updateId } = venue.market;
  const restored = testSpot();
  restored.restore(venue.operations, true);
  const again = restored.exchange.ledger.account(b.id);
  const next = restored.exchange.place(again, restored.market, command('SELL', 10_000, 100));
  expect(next.id).toBeGreaterThan(last.id);
  expect(next.fills[0]?.tradeId).toBeGreaterThan(lastTradeId);
  expect(restored.market.updateId).toBeGreaterThan(updateId);
});

it('an execution report carries every field of the vendor', () => {
  const venue = testSpot();
  const account = venue.open('a', { USDT: '1000' });
  venue.exchange.place(account, venue.market, command('BUY', 10_000, 1_000, { clientOrderId: 'mine' }));
  venue.floor.placeForMarket(venue.market, 'SELL', 10_000, 300);
  const [created, trade] = reports(venue, 'a') as Record<string, unknown>[];
  expect(created).toEqual({
    ...{ e: 'executionReport', E: expect.any(Number), s: 'TESTUSDT', c: 'mine', S: 'BUY', o: 'LIMIT', f: 'GTC' },
    ...{ q: '1.00000000', p: '100.00000000', P: '0.00000000', F: '0.00000000', g: -1, C: '', x: 'NEW', X: 'NEW' },
    ...{ r: 'NONE', i: 1, l: '0.00000000', z: '0.00000000', L: '0.00000000', n: '0', N: null, T: expect.any(Number) },
    ...{ t: -1, I: expect.any(Number), w: true, m: false, M: false, O: expect.any(Number), Z: '0.00000000' },
    ...{ Y: '0.00000000', Q: '0.00000000', W: expect.any(Number), V: 'EXPIRE_MAKER' },
  });
  expect(trade).toMatchObject({
    ...{ x: 'TRADE', X: 'PARTIALLY_FILLED', l: '0.30000000', z: '0.30000000', L: '100.00000000', t: 1, m: true },
    ...{ n: '0.00030000', N: 'TEST', Z: '30.00000000', Y: '30.00000000' },
  });
  const position = venue.events.at(-1)?.event;
  expect(position).toMatchObject({
    e: 'outboundAccountPosition',
    B: [
      { a: 'TEST', f: '0.29970000', l: '0.00000000' },
      { a: 'USDT', f: '900.00000000', l: '70.00000000' },
    ],
  });
});
