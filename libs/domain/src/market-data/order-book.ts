import type { BookLevel } from '../execution/contract.js';
import type { Decimal, Price } from '../numeric/decimal.js';

/** Levels kept per side; what lies deeper is forgotten (venues.md A8). */
export const MAX_BOOK_LEVELS = 1_000;

/** What became of a delta: `gap` means that the book is not right any more and a snapshot is needed. */
export type DeltaResult = 'applied' | 'gap' | 'no_book';

/**
 * One instrument's order book, built from a snapshot and the deltas that follow it. Levels are best first; a
 * quantity of zero removes a level. Deterministic and without I/O.
 */
export class OrderBook {
  private bids: BookLevel[] = [];
  private asks: BookLevel[] = [];
  private held: number | null = null;

  /** Sequence of the last message applied; null while there is no book. */
  get seq(): number | null {
    return this.held;
  }

  /** Forgets everything; there is no book until the next snapshot. */
  clear(): void {
    this.bids = [];
    this.asks = [];
    this.held = null;
  }

  /** Replaces the book. Order of the given levels does not matter. */
  applySnapshot(seq: number, bids: readonly BookLevel[], asks: readonly BookLevel[]): void {
    this.clear();
    this.held = seq;
    for (const level of bids) setLevel(this.bids, level, -1);
    for (const level of asks) setLevel(this.asks, level, 1);
  }

  /** Applies changes that follow `prevSeq`; anything else than what is held is a gap and clears the book. */
  applyDelta(prevSeq: number, seq: number, bids: readonly BookLevel[], asks: readonly BookLevel[]): DeltaResult {
    if (this.held === null) return 'no_book';
    if (prevSeq !== this.held) {
      this.clear();
      return 'gap';
    }
    for (const level of bids) setLevel(this.bids, level, -1);
    for (const level of asks) setLevel(this.asks, level, 1);
    this.held = seq;
    return 'applied';
  }

  /** The best `count` levels of each side, best first. */
  top(count: number): { readonly bids: readonly BookLevel[]; readonly asks: readonly BookLevel[] } {
    return { bids: this.bids.slice(0, count), asks: this.asks.slice(0, count) };
  }

  /** True when someone bids as much as someone else asks: a book that no venue can have. */
  get isCrossed(): boolean {
    const [bid, ask] = [this.bids[0], this.asks[0]];
    return bid !== undefined && ask !== undefined && bid.price.gte(ask.price);
  }

  /** M of algorithms.md 1: half of best bid plus best ask; null while a side is empty or the book is crossed. */
  get mid(): Price | null {
    const [bid, ask] = [this.bids[0], this.asks[0]];
    if (bid === undefined || ask === undefined || this.isCrossed) return null;
    return bid.price.add(ask.price).div(2) as Price;
  }
}

/** `direction` 1: rising prices (asks); -1: falling (bids). */
function setLevel(levels: BookLevel[], level: BookLevel, direction: 1 | -1): void {
  const at = positionOf(levels, level.price, direction);
  const exists = levels[at]?.price.eq(level.price) === true;
  if (level.qty.isZero()) {
    if (exists) levels.splice(at, 1);
    return;
  }
  levels.splice(at, exists ? 1 : 0, level);
  if (levels.length > MAX_BOOK_LEVELS) levels.pop();
}

/** Index of the first level that is not better than `price`. */
function positionOf(levels: readonly BookLevel[], price: Decimal, direction: 1 | -1): number {
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const compared = (levels[middle] as BookLevel).price.cmp(price) * direction;
    if (compared < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
