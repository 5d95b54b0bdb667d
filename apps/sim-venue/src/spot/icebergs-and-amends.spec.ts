import { describe, expect, it } from '@jest/globals';
import type { Order } from './account.js';
import { dumpLedger } from './dump.js';
import { unitsText } from '../matching/scaled.js';
import { command, testSpot, type TestSpot } from './test-spot.js';

const rejected = (code: number, message: string) => expect.objectContaining({ code, message });
const shown = ({ market }: TestSpot, side: 'BUY' | 'SELL'): [ticks: number, lots: number][] =>
  [...market.book.levels(side)].map(({ ticks, lots }) => [ticks, lots]);
const lastReport = ({ events }: TestSpot): Record<string, unknown> | undefined =>
  events.filter(({ event }) => event['e'] === 'executionReport').at(-1)?.event;
const filled = (orders: readonly Order[]): number[] => orders.map(({ filledLots }) => filledLots);

/** A venue in which every order after the journal's facts is the same order again. */
function restarted({ operations }: TestSpot): TestSpot {
  const again = testSpot();
  again.restore(operations, true);
  return again;
}

describe('icebergs', () => {
  it('show a slice, hold back money for all of it, and go to the back with each new slice', () => {
    const venue = testSpot();
    const [a, b] = [venue.open('a', { USDT: '10000' }), venue.open('b', { USDT: '10000' })];
    const iceberg = venue.exchange.place(a, venue.market, command('BUY', 10_000, 2_500, { sliceLots: 1_000 }));
    expect(unitsText(a.balance('USDT').locked)).toBe('250.00000000');
    const plain = venue.exchange.place(b, venue.market, command('BUY', 10_000, 1_000));
    expect(shown(venue, 'BUY')).toEqual([[10_000, 2_000]]);
    venue.floor.placeForMarket(venue.market, 'SELL', 10_000, 1_500);
    expect(filled([iceberg, plain])).toEqual([1_000, 500]);
    venue.floor.placeForMarket(venue.market, 'SELL', 10_000, 700);
    expect(filled([iceberg, plain])).toEqual([1_200, 1_000]);
    expect(shown(venue, 'BUY')).toEqual([[10_000, 800]]);
    expect(lastReport(venue)).toMatchObject({ F: '1.00000000', q: '2.50000000', z: '1.20000000' });
    venue.exchange.cancel(iceberg, 'cancel');
    expect(shown(venue, 'BUY')).toEqual([]);
    expect(unitsText(a.balance('USDT').locked)).toBe('0.00000000');
    venue.exchange.assertInvariants();
  });

  it('must show less than they are', () => {
    const venue = testSpot();
    const a = venue.open('a', { USDT: '10000' });
    for (const sliceLots of [1_000, 1_001])
      expect(() => venue.exchange.place(a, venue.market, command('BUY', 10_000, 1_000, { sliceLots }))).toThrow(
        rejected(-2010, 'IcebergQty exceeds QTY.'),
      );
  });

  it('come back after a restart with what was left of the slice, at their place in the queue', () => {
    const venue = testSpot();
    const [a, b] = [venue.open('a', { USDT: '10000' }), venue.open('b', { USDT: '10000' })];
    const iceberg = venue.exchange.place(a, venue.market, command('BUY', 10_000, 2_500, { sliceLots: 1_000 }));
    const plain = venue.exchange.place(b, venue.market, command('BUY', 10_000, 1_000));
    venue.floor.placeForMarket(venue.market, 'SELL', 10_000, 2_300);
    expect(filled([iceberg, plain])).toEqual([1_300, 1_000]);
    venue.exchange.place(b, venue.market, command('BUY', 10_000, 400));
    // The slice that shows 700 stands before the new order.
    const again = restarted(venue);
    expect(shown(again, 'BUY')).toEqual([[10_000, 1_100]]);
    const last = [...again.exchange.ledger.orders.values()];
    again.floor.placeForMarket(again.market, 'SELL', 10_000, 800);
    expect(filled(last)).toEqual([2_000, 1_000, 100]);
    again.floor.placeForMarket(again.market, 'SELL', 10_000, 350);
    // The new order was before the last slice.
    expect(filled(last)).toEqual([2_050, 1_000, 400]);
    again.exchange.assertInvariants();
  });

  it('keep their place across a dump of the state', () => {
    const venue = testSpot();
    const [a, b] = [venue.open('a', { USDT: '10000' }), venue.open('b', { USDT: '10000' })];
    venue.exchange.place(a, venue.market, command('BUY', 10_000, 2_000, { sliceLots: 1_000 }));
    venue.exchange.place(b, venue.market, command('BUY', 10_000, 500));
    venue.floor.placeForMarket(venue.market, 'SELL', 10_000, 1_000);
    const again = testSpot();
    const dump = [...venue.customers.dump(), ...dumpLedger(venue.exchange.ledger)];
    again.restore([dump], true);
    const facts = (of: TestSpot) => dumpLedger(of.exchange.ledger).filter(({ k }) => k !== 'ids');
    expect(facts(again)).toEqual(facts(venue));
    again.floor.placeForMarket(again.market, 'SELL', 10_000, 600);
    expect(filled([...again.exchange.ledger.orders.values()])).toEqual([1_100, 500]);
  });
});

describe('amending down', () => {
  it('VE-C45 keeps the place, frees the money, renames the order and reports it replaced', () => {
    const venue = testSpot();
    const [a, b] = [venue.open('a', { USDT: '1000' }), venue.open('b', { USDT: '1000' })];
    const first = venue.exchange.place(a, venue.market, command('BUY', 10_000, 5_000, { clientOrderId: 'old' }));
    const second = venue.exchange.place(b, venue.market, command('BUY', 10_000, 5_000));
    const executionId = venue.exchange.amend(first, 3_000, 'new');
    expect(shown(venue, 'BUY')).toEqual([[10_000, 8_000]]);
    expect([unitsText(a.balance('USDT').free), unitsText(a.balance('USDT').locked)]).toEqual([
      '700.00000000',
      '300.00000000',
    ]);
    expect(lastReport(venue)).toMatchObject({
      x: 'REPLACED',
      X: 'NEW',
      c: 'new',
      C: 'old',
      q: '3.00000000',
      I: executionId,
      w: true,
    });
    expect([a.orderByClientId('TESTUSDT', 'new'), a.orderByClientId('TESTUSDT', 'old')]).toEqual([first, undefined]);
    venue.floor.placeForMarket(venue.market, 'SELL', 10_000, 4_000);
    expect(filled([first, second])).toEqual([3_000, 1_000]);
    venue.exchange.assertInvariants();
  });

  it('takes from an iceberg what it hides before what it shows', () => {
    const venue = testSpot();
    const a = venue.open('a', { TEST: '10' });
    const iceberg = venue.exchange.place(a, venue.market, command('SELL', 10_000, 2_500, { sliceLots: 1_000 }));
    venue.exchange.amend(iceberg, 1_200, 'x');
    expect(shown(venue, 'SELL')).toEqual([[10_000, 1_000]]);
    venue.exchange.amend(iceberg, 900, 'x');
    expect(shown(venue, 'SELL')).toEqual([[10_000, 900]]);
    venue.floor.placeForMarket(venue.market, 'BUY', 10_000, 900);
    expect(iceberg.status).toBe('FILLED');
    venue.exchange.assertInvariants();
  });

  it('to what is filled already ends the order', () => {
    const venue = testSpot();
    const a = venue.open('a', { TEST: '10' });
    const order = venue.exchange.place(a, venue.market, command('SELL', 10_000, 2_000));
    venue.floor.placeForMarket(venue.market, 'BUY', 10_000, 500);
    venue.exchange.amend(order, 500, 'x');
    expect([order.status, shown(venue, 'SELL'), a.openOrders.size]).toEqual(['FILLED', [], 0]);
    expect(unitsText(a.balance('TEST').locked)).toBe('0.00000000');
    venue.exchange.assertInvariants();
  });

  it('is refused with the vendor’s text, and nothing happens then', () => {
    const venue = testSpot();
    const a = venue.open('a', { TEST: '10' });
    const order = venue.exchange.place(a, venue.market, command('SELL', 10_000, 2_000, { clientOrderId: 'mine' }));
    venue.exchange.place(a, venue.market, command('SELL', 10_001, 100, { clientOrderId: 'taken' }));
    venue.floor.placeForMarket(venue.market, 'BUY', 10_000, 500);
    const before = venue.operations.length;
    const amend = (lots: number, id: string) => () => venue.exchange.amend(order, lots, id);
    expect(amend(2_001, 'x')).toThrow(rejected(-2038, 'Order amend (quantity increase) is not supported.'));
    expect(amend(2_000, 'x')).toThrow(rejected(-2038, 'The requested action would change no state; rejecting.'));
    expect(amend(499, 'x')).toThrow(rejected(-2038, 'Unsupported order combination'));
    expect(amend(1_000, 'taken')).toThrow(rejected(-2038, 'Duplicate order sent.'));
    expect(venue.operations).toHaveLength(before);
    expect(amend(1_000, 'mine')()).toBeGreaterThan(0);
    venue.exchange.cancel(order, 'y');
    expect(amend(900, 'x')).toThrow(rejected(-2038, 'Unknown order sent.'));
  });

  it('survives a restart and a dump, with its history', () => {
    const venue = testSpot();
    const a = venue.open('a', { USDT: '1000' });
    const order = venue.exchange.place(a, venue.market, command('BUY', 10_000, 5_000, { clientOrderId: 'one' }));
    venue.exchange.amend(order, 4_000, 'two');
    venue.floor.placeForMarket(venue.market, 'SELL', 10_000, 1_000);
    const last = venue.exchange.amend(order, 3_000, 'three');
    const dump = dumpLedger(venue.exchange.ledger);
    for (const facts of [venue.operations, [[...venue.customers.dump(), ...dump]]]) {
      const again = testSpot();
      again.restore(facts, true);
      const found = again.exchange.ledger.orders.get(order.id) as Order;
      expect(found).toMatchObject({ lots: 3_000, filledLots: 1_000, clientOrderId: 'three', openLots: 2_000 });
      expect(found.amendments.map(({ fromLots, toLots }) => [fromLots, toLots])).toEqual([
        [5_000, 4_000],
        [4_000, 3_000],
      ]);
      expect(again.exchange.amend(found, 2_500, 'four')).toBeGreaterThan(last);
    }
  });
});

describe('self-trade prevention', () => {
  /** An own buy for 1 at 1.2, one for 1.3 at 1.1 and one for 8.1 at 1; then a sale of 3 at 1, as in the vendor's examples. */
  function scene(selfTrade: 'EXPIRE_MAKER' | 'EXPIRE_TAKER' | 'EXPIRE_BOTH' | 'NONE'): {
    venue: TestSpot;
    makers: Order[];
    taker: Order;
  } {
    const venue = testSpot();
    const a = venue.open('a', { USDT: '100', TEST: '10' });
    const makers = [
      [120, 1_200],
      [110, 1_300],
      [100, 8_100],
    ].map(([ticks = 0, lots = 0]) =>
      venue.exchange.place(a, venue.market, command('BUY', ticks, lots, { selfTrade: 'NONE' })),
    );
    const taker = venue.exchange.place(a, venue.market, command('SELL', 100, 3_000, { selfTrade }));
    venue.exchange.assertInvariants();
    return { venue, makers, taker };
  }
  const summary = (order: Order): unknown[] => [
    order.status,
    order.filledLots,
    order.preventedLots,
    order.preventedMatches.map(({ id }) => id),
  ];

  it('NONE lets them trade', () => {
    const { makers, taker } = scene('NONE');
    expect(summary(taker)).toEqual(['FILLED', 3_000, 0, []]);
    expect(filled(makers)).toEqual([1_200, 1_300, 500]);
  });

  it('EXPIRE_MAKER ends each maker with all it had left, and the taker rests', () => {
    const { venue, makers, taker } = scene('EXPIRE_MAKER');
    expect(makers.map(summary)).toEqual([
      ['EXPIRED_IN_MATCH', 0, 1_200, [1]],
      ['EXPIRED_IN_MATCH', 0, 1_300, [2]],
      ['EXPIRED_IN_MATCH', 0, 8_100, [3]],
    ]);
    expect(summary(taker)).toEqual(['NEW', 0, 0, [1, 2, 3]]);
    expect(shown(venue, 'SELL')).toEqual([[100, 3_000]]);
    expect(lastReport(venue)).toMatchObject({
      x: 'TRADE_PREVENTION',
      X: 'EXPIRED_IN_MATCH',
      v: 3,
      A: '8.10000000',
      B: '8.10000000',
      pl: '3.00000000',
      pL: '1.00000000',
      pY: '3.00000000',
      U: taker.id,
      u: -1,
    });
  });

  it('EXPIRE_TAKER ends the taker and leaves the makers', () => {
    const { makers, taker } = scene('EXPIRE_TAKER');
    expect(summary(taker)).toEqual(['EXPIRED_IN_MATCH', 0, 3_000, [1]]);
    expect(makers.map(({ status }) => status)).toEqual(['NEW', 'NEW', 'NEW']);
  });

  it('EXPIRE_BOTH ends the taker and the first maker', () => {
    const { makers, taker } = scene('EXPIRE_BOTH');
    expect(summary(taker)).toEqual(['EXPIRED_IN_MATCH', 0, 3_000, [1]]);
    expect(makers.map(({ status }) => status)).toEqual(['EXPIRED_IN_MATCH', 'NEW', 'NEW']);
  });

  it('counts on after a restart and finds what was prevented', () => {
    const { venue } = scene('EXPIRE_MAKER');
    const again = restarted(venue);
    const a = again.exchange.ledger.account(1);
    again.exchange.place(a, again.market, command('BUY', 100, 500, { selfTrade: 'EXPIRE_TAKER' }));
    expect(
      a
        .history(again.market.spec)
        .prevented.all()
        .map(({ id, mode }) => [id, mode]),
    ).toEqual([
      [1, 'EXPIRE_MAKER'],
      [2, 'EXPIRE_MAKER'],
      [3, 'EXPIRE_MAKER'],
      [4, 'EXPIRE_TAKER'],
    ]);
  });
});
