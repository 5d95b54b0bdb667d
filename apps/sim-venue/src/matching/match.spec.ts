import fc from 'fast-check';
import { describe, expect, it, jest } from '@jest/globals';
import { Book, type BookOrder, type Level, type Side } from './book.js';
import { matchTaker, walkBook, type SelfTradeMode, type Taker } from './match.js';

jest.setTimeout(30_000);

class TestOrder implements Taker {
  level: Level | null = null;
  before: BookOrder | null = null;
  after: BookOrder | null = null;

  constructor(
    readonly id: number,
    readonly owner: number,
    readonly side: Side,
    readonly ticks: number,
    public openLots: number,
    readonly selfTrade: SelfTradeMode = 'NONE',
  ) {}
}

type Trade = [maker: number, taker: number, ticks: number, lots: number];

function place(book: Book, order: TestOrder, trades: Trade[] = []): Trade[] {
  const ended = matchTaker(book, order, order.ticks, {
    trade: (maker, taker, ticks, lots) => trades.push([(maker as TestOrder).id, (taker as TestOrder).id, ticks, lots]),
    prevented: () => undefined,
  });
  if (order.openLots > 0 && !ended) book.add(order);
  return trades;
}

const newBook = (): Book => new Book(() => undefined);

describe('matching', () => {
  it('VE-C45 fills the older order at a price first', () => {
    const book = newBook();
    const [a, b] = [new TestOrder(1, 1, 'BUY', 100, 5), new TestOrder(2, 2, 'BUY', 100, 5)];
    place(book, a);
    place(book, b);
    expect(place(book, new TestOrder(3, 3, 'SELL', 100, 7))).toEqual([
      [1, 3, 100, 5],
      [2, 3, 100, 2],
    ]);
    expect([a.openLots, b.openLots]).toEqual([0, 3]);
  });

  it('VE-C45 an order amended down keeps its place; one that comes back goes last', () => {
    const book = newBook();
    const [a, b] = [new TestOrder(1, 1, 'BUY', 100, 5), new TestOrder(2, 2, 'BUY', 100, 5)];
    place(book, a);
    place(book, b);
    book.reduce(a, 2);
    expect(place(book, new TestOrder(3, 3, 'SELL', 100, 4))).toEqual([
      [1, 3, 100, 3],
      [2, 3, 100, 1],
    ]);
    const again = new TestOrder(4, 1, 'BUY', 100, 9);
    place(book, again);
    expect(place(book, new TestOrder(5, 3, 'SELL', 100, 5))).toEqual([
      [2, 5, 100, 4],
      [4, 5, 100, 1],
    ]);
  });

  it('trades at the price of the resting order, best price first', () => {
    const book = newBook();
    for (const [id, ticks] of [
      [1, 103],
      [2, 101],
      [3, 102],
    ] as const)
      place(book, new TestOrder(id, 1, 'SELL', ticks, 1));
    expect(place(book, new TestOrder(4, 2, 'BUY', 102, 5))).toEqual([
      [2, 4, 101, 1],
      [3, 4, 102, 1],
    ]);
    expect(book.best('BUY')).toMatchObject({ ticks: 102, lots: 3 });
    expect(book.best('SELL')).toMatchObject({ ticks: 103, lots: 1 });
  });

  it.each([
    ['NONE', [[1, 3, 100, 2]], 0, null, [3]],
    ['EXPIRE_TAKER', [], 2, 100, [2, 5]],
    ['EXPIRE_MAKER', [[2, 3, 100, 2]], 0, 100, [1]],
    ['EXPIRE_BOTH', [], 2, 100, [5]],
  ] as const)('self-trade mode %s', (mode, trades, takerOpen, _bestTicks, levelSums) => {
    const book = newBook();
    place(book, new TestOrder(1, 7, 'BUY', 100, mode === 'NONE' ? 5 : 2));
    if (mode === 'EXPIRE_MAKER') place(book, new TestOrder(2, 8, 'BUY', 100, 3));
    if (mode === 'EXPIRE_TAKER' || mode === 'EXPIRE_BOTH') place(book, new TestOrder(2, 8, 'BUY', 99, 5));
    const taker = new TestOrder(3, 7, 'SELL', 99, 2, mode);
    expect(place(book, taker)).toEqual(trades);
    expect(taker.openLots).toBe(takerOpen);
    expect([...book.levels('BUY')].map(({ lots }) => lots)).toEqual(levelSums);
    book.assertInvariants();
  });

  it('refuses to rest an order that would cross', () => {
    const book = newBook();
    book.add(new TestOrder(1, 1, 'SELL', 100, 1));
    expect(() => book.add(new TestOrder(2, 2, 'BUY', 100, 1))).toThrow('Book would be crossed: BUY 100 against 100');
  });

  it('a walk foretells the trades and changes nothing', () => {
    const book = newBook();
    place(book, new TestOrder(1, 1, 'SELL', 100, 2));
    place(book, new TestOrder(2, 1, 'SELL', 105, 9));
    let left = 5;
    const walk = walkBook(book, { side: 'BUY', owner: 2, selfTrade: 'NONE' }, null, (_level, offered) => {
      const lots = Math.min(left, offered);
      left -= lots;
      return lots;
    });
    expect(walk).toEqual({
      lots: 5,
      steps: [
        { ticks: 100, lots: 2 },
        { ticks: 105, lots: 3 },
      ],
    });
    expect(book.best('SELL')).toMatchObject({ ticks: 100, lots: 2 });
  });
});

/** The same rules in the plainest way: one list, sorted anew for every order. */
class Oracle {
  resting: { id: number; side: Side; ticks: number; lots: number; arrival: number }[] = [];
  #arrivals = 0;

  place(id: number, side: Side, ticks: number, lots: number): Trade[] {
    const trades: Trade[] = [];
    const better = side === 'BUY' ? 1 : -1;
    const makers = this.resting
      .filter((maker) => maker.side !== side && (ticks - maker.ticks) * better >= 0)
      .sort((a, b) => (a.ticks - b.ticks) * better || a.arrival - b.arrival);
    let left = lots;
    for (const maker of makers) {
      if (left === 0) break;
      const traded = Math.min(left, maker.lots);
      left -= traded;
      maker.lots -= traded;
      trades.push([maker.id, id, maker.ticks, traded]);
    }
    this.resting = this.resting.filter((maker) => maker.lots > 0);
    this.#arrivals += 1;
    if (left > 0) this.resting.push({ id, side, ticks, lots: left, arrival: this.#arrivals });
    return trades;
  }
}

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('place' as const),
      side: fc.constantFrom<Side>('BUY', 'SELL'),
      ticks: fc.integer({ min: 95, max: 105 }),
      lots: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reduce' as const), pick: fc.nat() }) },
);

it('VE-C53 trades exactly as an independent oracle under any operations, and never breaks the book', () => {
  let traded = 0;
  fc.assert(
    fc.property(fc.array(operation, { minLength: 20, maxLength: 120 }), (operations) => {
      const changes = new Map<string, number>();
      const book = new Book((side, ticks, lots) => changes.set(`${side} ${ticks}`, lots));
      const oracle = new Oracle();
      const orders = new Map<number, TestOrder>();
      operations.forEach((op, id) => {
        if (op.kind === 'place') {
          const order = new TestOrder(id, 1, op.side, op.ticks, op.lots);
          orders.set(id, order);
          const trades = place(book, order);
          expect(trades).toEqual(oracle.place(id, op.side, op.ticks, op.lots));
          traded += trades.length;
        } else if (oracle.resting.length > 0) {
          const target = oracle.resting[op.pick % oracle.resting.length] as Oracle['resting'][number];
          const order = orders.get(target.id) as TestOrder;
          if (op.kind === 'cancel' || target.lots === 1) {
            book.remove(order);
            oracle.resting = oracle.resting.filter((other) => other !== target);
          } else {
            book.reduce(order, 1);
            target.lots -= 1;
          }
        }
        book.assertInvariants();
      });
      for (const side of ['BUY', 'SELL'] as const) {
        const expected = new Map<number, number>();
        for (const { side: s, ticks, lots } of oracle.resting)
          if (s === side) expected.set(ticks, (expected.get(ticks) ?? 0) + lots);
        expect(new Map([...book.levels(side)].map(({ ticks, lots }) => [ticks, lots]))).toEqual(expected);
        for (const [key, lots] of changes)
          if (key.startsWith(side)) expect(lots).toBe(expected.get(Number(key.split(' ')[1])) ?? 0);
      }
    }),
    { numRuns: 400 },
  );
  expect(traded).toBeGreaterThan(2_000); // guard against a property that never trades
});
