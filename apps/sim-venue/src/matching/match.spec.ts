import { describe, expect, it } from '@jest/globals';
import { CoreOrder } from '../../../../test/support/core-order.js';
import { Book } from './book.js';
import { matchTaker, walkBook } from './match.js';

type Trade = [maker: number, taker: number, ticks: number, lots: number];

function place(book: Book, order: CoreOrder, trades: Trade[] = []): Trade[] {
  const ended = matchTaker(book, order, order.ticks, {
    trade: (maker, taker, ticks, lots) => trades.push([(maker as CoreOrder).id, (taker as CoreOrder).id, ticks, lots]),
    prevented: () => undefined,
  });
  if (order.openLots > 0 && !ended) book.add(order);
  return trades;
}

const newBook = (): Book => new Book(() => undefined);

describe('matching', () => {
  describe('VE-C45 bids A 5 and B 5 at 100', () => {
    const bids = (): { book: Book; a: CoreOrder; b: CoreOrder } => {
      const book = newBook();
      const [a, b] = [new CoreOrder(1, 1, 'BUY', 100, 5), new CoreOrder(2, 2, 'BUY', 100, 5)];
      place(book, a);
      place(book, b);
      return { book, a, b };
    };

    it('VE-C45 sell 7: A filled 5, B filled 2', () => {
      const { book, a, b } = bids();
      expect(place(book, new CoreOrder(3, 3, 'SELL', 100, 7))).toEqual([
        [1, 3, 100, 5],
        [2, 3, 100, 2],
      ]);
      expect([a.openLots, b.openLots]).toEqual([0, 3]);
    });

    it('VE-C45 A amended down before keeps first place', () => {
      const { book, a, b } = bids();
      book.reduce(a, 2);
      expect(place(book, new CoreOrder(3, 3, 'SELL', 100, 7))).toEqual([
        [1, 3, 100, 3],
        [2, 3, 100, 4],
      ]);
      expect([a.openLots, b.openLots]).toEqual([0, 1]);
    });

    it('VE-C45 A amended up goes last', () => {
      const { book, a, b } = bids();
      book.remove(a);
      a.openLots = 6;
      place(book, a);
      expect(place(book, new CoreOrder(3, 3, 'SELL', 100, 7))).toEqual([
        [2, 3, 100, 5],
        [1, 3, 100, 2],
      ]);
      expect([a.openLots, b.openLots]).toEqual([4, 0]);
    });
  });

  it('trades at the price of the resting order, best price first', () => {
    const book = newBook();
    for (const [id, ticks] of [
      [1, 103],
      [2, 101],
      [3, 102],
    ] as const)
      place(book, new CoreOrder(id, 1, 'SELL', ticks, 1));
    expect(place(book, new CoreOrder(4, 2, 'BUY', 102, 5))).toEqual([
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
    place(book, new CoreOrder(1, 7, 'BUY', 100, mode === 'NONE' ? 5 : 2));
    if (mode === 'EXPIRE_MAKER') place(book, new CoreOrder(2, 8, 'BUY', 100, 3));
    if (mode === 'EXPIRE_TAKER' || mode === 'EXPIRE_BOTH') place(book, new CoreOrder(2, 8, 'BUY', 99, 5));
    const taker = new CoreOrder(3, 7, 'SELL', 99, 2, mode);
    expect(place(book, taker)).toEqual(trades);
    expect(taker.openLots).toBe(takerOpen);
    expect([...book.levels('BUY')].map(({ lots }) => lots)).toEqual(levelSums);
    book.assertInvariants();
  });

  describe('an iceberg', () => {
    /** 10 lots of which 4 show, then 5 of somebody else, all at 100. */
    const icebergAndOther = (): { book: Book; iceberg: CoreOrder; other: CoreOrder; shown: number[] } => {
      const shown: number[] = [];
      const book = new Book((_side, _ticks, lots) => shown.push(lots));
      const [iceberg, other] = [new CoreOrder(1, 1, 'SELL', 100, 10, 'NONE', 4), new CoreOrder(2, 2, 'SELL', 100, 5)];
      place(book, iceberg);
      place(book, other);
      return { book, iceberg, other, shown };
    };

    it('shows its slice and keeps the rest in reserve', () => {
      const { book, iceberg, shown } = icebergAndOther();
      expect(iceberg).toMatchObject({ openLots: 4, hiddenLots: 6 });
      expect(book.best('SELL')).toMatchObject({ lots: 9, hiddenLots: 6 });
      expect(shown).toEqual([4, 9]);
      book.assertInvariants();
    });

    it('shows its next slice behind everybody at its price once one is used up', () => {
      const { book, iceberg, other, shown } = icebergAndOther();
      expect(place(book, new CoreOrder(3, 3, 'BUY', 100, 3))).toEqual([[1, 3, 100, 3]]);
      expect(place(book, new CoreOrder(4, 3, 'BUY', 100, 3))).toEqual([
        [1, 4, 100, 1],
        [2, 4, 100, 2],
      ]);
      expect(iceberg).toMatchObject({ openLots: 4, hiddenLots: 2 });
      expect([book.best('SELL')?.first, book.best('SELL')?.last]).toEqual([other, iceberg]);
      expect(shown).toEqual([4, 9, 6, 9, 7]);
      book.assertInvariants();
    });

    it('gives all of its reserve to one taker, slice by slice, with others in between', () => {
      const { book, iceberg } = icebergAndOther();
      expect(place(book, new CoreOrder(3, 3, 'BUY', 100, 15))).toEqual([
        [1, 3, 100, 4],
        [2, 3, 100, 5],
        [1, 3, 100, 4],
        [1, 3, 100, 2],
      ]);
      expect(iceberg).toMatchObject({ openLots: 0, hiddenLots: 0, level: null });
      expect(book.best('SELL')).toBeUndefined();
    });

    it('takes with all that it has before it rests with its slice', () => {
      const { book } = icebergAndOther();
      const taker = new CoreOrder(3, 3, 'BUY', 100, 20, 'NONE', 2);
      expect(place(book, taker).reduce((sum, [, , , lots]) => sum + lots, 0)).toBe(15);
      expect(taker).toMatchObject({ openLots: 2, hiddenLots: 3 });
      expect(book.best('BUY')).toMatchObject({ ticks: 100, lots: 2, hiddenLots: 3 });
    });

    it('keeps its place when amended down, and gives up its reserve first', () => {
      const { book, iceberg, shown } = icebergAndOther();
      book.reduce(iceberg, 5);
      expect(iceberg).toMatchObject({ openLots: 4, hiddenLots: 1 });
      book.reduce(iceberg, 2);
      expect(iceberg).toMatchObject({ openLots: 3, hiddenLots: 0 });
      expect(shown).toEqual([4, 9, 8]);
      expect(place(book, new CoreOrder(3, 3, 'BUY', 100, 4))).toEqual([
        [1, 3, 100, 3],
        [2, 3, 100, 1],
      ]);
      expect(() => book.reduce(iceberg, 1)).toThrow('Order is not in the book');
    });

    it.each([
      ['NONE', 3, 15],
      ['EXPIRE_MAKER', 2, 10],
      ['EXPIRE_TAKER', 2, 4],
      ['EXPIRE_BOTH', 1, 0],
    ] as const)('offers its reserve to a walk: %s by owner %i gets %i', (selfTrade, owner, lots) => {
      const { book } = icebergAndOther();
      expect(walkBook(book, { side: 'BUY', owner, selfTrade }, 100, (_level, offered) => offered).lots).toBe(lots);
      expect(book.best('SELL')).toMatchObject({ lots: 9, hiddenLots: 6 });
    });

    it('leaves with its reserve in what is open', () => {
      const { book, iceberg } = icebergAndOther();
      place(book, new CoreOrder(3, 3, 'BUY', 100, 1));
      book.remove(iceberg);
      expect(iceberg).toMatchObject({ openLots: 9, hiddenLots: 0, level: null });
      expect(book.best('SELL')).toMatchObject({ lots: 5, hiddenLots: 0 });
      book.add(iceberg);
      expect(iceberg).toMatchObject({ openLots: 4, hiddenLots: 5 });
    });

    it.each([
      ['EXPIRE_MAKER', false, [[2, 3, 100, 5]], 7, 0],
      ['EXPIRE_TAKER', true, [], 12, 4],
      ['EXPIRE_BOTH', true, [], 12, 0],
    ] as const)('of the taker himself is prevented whole: %s', (mode, ended, trades, takerOpen, shownAfter) => {
      const { book, iceberg } = icebergAndOther();
      const prevented: unknown[] = [];
      const made: Trade[] = [];
      const taker = new CoreOrder(3, 1, 'BUY', 100, 12, mode);
      const result = matchTaker(book, taker, 100, {
        trade: (maker, _taker, ticks, lots) => made.push([(maker as CoreOrder).id, 3, ticks, lots]),
        prevented: (maker, _taker, lots) => prevented.push([maker.openLots, lots, maker.level !== null]),
      });
      expect([result, made, taker.openLots]).toEqual([ended, trades, takerOpen]);
      expect(prevented).toEqual([mode === 'EXPIRE_TAKER' ? [4, 4, true] : [10, 4, false]]);
      expect(iceberg.level === null ? 0 : iceberg.openLots).toBe(shownAfter);
      book.assertInvariants();
    });
  });

  it('refuses to rest an order that would cross', () => {
    const book = newBook();
    book.add(new CoreOrder(1, 1, 'SELL', 100, 1));
    expect(() => book.add(new CoreOrder(2, 2, 'BUY', 100, 1))).toThrow('Book would be crossed: BUY 100 against 100');
  });

  it('a walk foretells the trades and changes nothing', () => {
    const book = newBook();
    place(book, new CoreOrder(1, 1, 'SELL', 100, 2));
    place(book, new CoreOrder(2, 1, 'SELL', 105, 9));
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
