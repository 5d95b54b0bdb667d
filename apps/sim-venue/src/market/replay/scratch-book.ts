import { MarketOrder } from '../../floor/symbol-market.js';
import { Book, type Side } from '../../matching/book.js';
import type { RecordTarget } from './recorded-book.js';

/** A book of recorded quantity alone, in which a tape is built up before it opens. */
export class ScratchBook implements RecordTarget {
  readonly book = new Book(() => undefined);

  set(side: Side, ticks: number, lots: number): void {
    const order = this.book.levelAt(side, ticks)?.first ?? null;
    if (order === null) {
      if (lots > 0) this.book.add(new MarketOrder(side, ticks, lots));
    } else if (lots === 0) this.book.remove(order);
    else if (lots > order.openLots) this.book.grow(order, lots - order.openLots);
    else if (lots < order.openLots) this.book.reduce(order, order.openLots - lots);
  }

  *levels(): Generator<readonly [side: Side, ticks: number, lots: number]> {
    for (const side of ['BUY', 'SELL'] as const)
      for (const { ticks, lots } of this.book.levels(side)) yield [side, ticks, lots];
  }
}
