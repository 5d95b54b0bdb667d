import type { Price } from '../numeric/decimal.js';
import { epochMs, type EpochMs } from '../time/clock.js';

/** What a trigger may look at: the newest public trade, the middle of the book, the venue's mark price. */
export const PRICE_KINDS = ['last', 'mid', 'mark'] as const;
export type PriceKind = (typeof PRICE_KINDS)[number];

/** A price and when it was heard, by the database's clock. */
export interface PriceAt {
  readonly price: Price;
  readonly at: EpochMs;
}

/** One step of a price: where it is, and where it has been since the update before. */
export interface PriceUpdate extends PriceAt {
  /** One more than that of the update before; more than that when prices between the two may be missing. */
  readonly seq: number;
  readonly low: Price;
  readonly high: Price;
  /** Of the oldest price in `low` to `high`. */
  readonly from: EpochMs;
}

/** Whether `update` tells everything since `before`. */
export function isNextUpdate(before: PriceUpdate | null, update: PriceUpdate): boolean {
  return before !== null && update.seq === before.seq + 1;
}

interface Range {
  readonly low: Price;
  readonly high: Price;
  readonly from: EpochMs;
}

function joined(a: Range | null, b: Range): Range {
  if (a === null) return b;
  return {
    low: b.low.lt(a.low) ? b.low : a.low,
    high: b.high.gt(a.high) ? b.high : a.high,
    from: epochMs(Math.min(a.from, b.from)),
  };
}

/** One kind of price of one instrument, told in numbered updates: however it is cut into these, none of it is lost. */
export class PriceTrack {
  private current: PriceAt | null = null;
  /** Heard, and in no update yet. */
  private untold: Range | null = null;
  private isHoled = false;
  /** Null before {@link begin}: nothing is told until then. */
  private seq: number | null = null;
  private told: PriceUpdate | null = null;

  get price(): PriceAt | null {
    return this.current;
  }

  get isChanged(): boolean {
    return this.seq !== null && this.untold !== null;
  }

  /** The newest update; null before the first, and after {@link begin}. */
  get newest(): PriceUpdate | null {
    return this.told;
  }

  add(price: Price, at: EpochMs): void {
    this.current = { price, at };
    this.untold = joined(this.untold, { low: price, high: price, from: at });
  }

  /** A price of the past that becomes known now: it was touched, and the price stays what it is. */
  addPast(price: Price, at: EpochMs): void {
    if (this.current === null) return this.add(price, at);
    this.untold = joined(this.untold, { low: price, high: price, from: at });
  }

  /** Prices may be missing before the next: its update leaves a number out. */
  skip(): void {
    this.isHoled = true;
  }

  /** What was told before we came: the price stands until there is another. */
  remember({ price, at }: PriceAt): void {
    this.current ??= { price, at };
  }

  /** The first number is above `seq` and all so far. What was heard until now is told as the price of now alone. */
  begin(seq: number): void {
    this.seq = Math.max(seq, (this.seq ?? -Infinity) + 1);
    this.isHoled = false;
    this.told = null;
    const now = this.current;
    this.untold = now && { low: now.price, high: now.price, from: now.at };
  }

  /** The next update, to be told now; null when there is nothing new. */
  next(): PriceUpdate | null {
    if (this.seq === null || this.current === null || this.untold === null) return null;
    this.seq += this.isHoled ? 2 : 1;
    this.told = { seq: this.seq, ...this.current, ...this.untold };
    this.untold = null;
    this.isHoled = false;
    return this.told;
  }

  /** It may not have been told: the next one tells all of it again, under a number of its own. */
  giveBack({ low, high, from }: PriceUpdate): void {
    this.untold = joined(this.untold, { low, high, from });
  }
}
