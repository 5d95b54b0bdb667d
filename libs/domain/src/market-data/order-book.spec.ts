import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { price, quantity, toDecimalString } from '../numeric/decimal.js';
import type { BookLevel } from '../execution/contract.js';
import { MAX_BOOK_LEVELS, OrderBook } from './order-book.js';

const level = (px: number, qty: number): BookLevel => ({ price: price(String(px)), qty: quantity(String(qty)) });
const shown = (levels: readonly BookLevel[]) =>
  levels.map((l) => [Number(toDecimalString(l.price)), Number(toDecimalString(l.qty))]);

const changes = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 3 })), { maxLength: 12 });

it('holds what a plain map of prices would hold, in order', () => {
  fc.assert(
    fc.property(changes, changes, fc.array(fc.tuple(changes, changes), { maxLength: 15 }), (bids, asks, deltas) => {
      const book = new OrderBook();
      const model = { bids: new Map<number, number>(), asks: new Map<number, number>() };
      const set = (side: Map<number, number>, rows: readonly (readonly [number, number])[]) => {
        for (const [px, qty] of rows) {
          if (qty === 0) side.delete(px);
          else side.set(px, qty);
        }
      };
      const levels = (rows: readonly (readonly [number, number])[]) => rows.map(([px, qty]) => level(px, qty));
      book.applySnapshot(10, levels(bids), levels(asks));
      set(model.bids, bids);
      set(model.asks, asks);
      deltas.forEach(([b, a], index) => {
        expect(book.applyDelta(10 + index, 11 + index, levels(b), levels(a))).toBe('applied');
        set(model.bids, b);
        set(model.asks, a);
      });
      const top = book.top(1_000);
      expect(shown(top.bids)).toEqual([...model.bids].sort((x, y) => y[0] - x[0]));
      expect(shown(top.asks)).toEqual([...model.asks].sort((x, y) => x[0] - y[0]));
      const best = [Math.max(...model.bids.keys()), Math.min(...model.asks.keys())] as const;
      expect(book.isCrossed).toBe(model.bids.size > 0 && model.asks.size > 0 && best[0] >= best[1]);
      if (book.mid !== null) expect(book.mid.toNumber()).toBe((best[0] + best[1]) / 2);
    }),
    { numRuns: 500 },
  );
});

it('has no book after a gap until the next snapshot', () => {
  const book = new OrderBook();
  expect(book.applyDelta(1, 2, [level(1, 1)], [])).toBe('no_book');
  book.applySnapshot(5, [level(10, 1)], [level(11, 1)]);
  expect(book.applyDelta(6, 7, [level(10, 2)], [])).toBe('gap');
  expect([book.seq, book.mid, book.top(5)]).toEqual([null, null, { bids: [], asks: [] }]);
  expect(book.applyDelta(7, 8, [], [])).toBe('no_book');
  book.applySnapshot(8, [level(10, 2)], [level(12, 1)]);
  expect(book.mid?.toNumber()).toBe(11);
});

it('keeps the best thousand levels of a side', () => {
  const book = new OrderBook();
  const many = Array.from({ length: 1_500 }, (_, index) => level(index + 1, 1));
  book.applySnapshot(1, many, many);
  const top = book.top(5_000);
  expect([top.bids.length, top.asks.length]).toEqual([MAX_BOOK_LEVELS, MAX_BOOK_LEVELS]);
  expect([shown(top.bids)[0], shown(top.asks)[0]]).toEqual([
    [1_500, 1],
    [1, 1],
  ]);
  expect(shown(top.bids).at(-1)).toEqual([501, 1]);
});

it('has no mid while it is crossed or a side is empty', () => {
  const book = new OrderBook();
  book.applySnapshot(1, [level(10, 1)], []);
  expect(book.mid).toBeNull();
  book.applyDelta(1, 2, [], [level(10, 1)]);
  expect([book.isCrossed, book.mid]).toEqual([true, null]);
});
