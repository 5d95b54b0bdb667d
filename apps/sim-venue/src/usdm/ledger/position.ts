import type { Side } from '../../matching/book.js';
import type { SymbolSpec } from '../../matching/symbol-spec.js';
import { abs } from './exact.js';
import type { PositionSide } from './records.js';

const PRICE_UNIT = 100_000_000n;

/** How one trade changed a position. */
export interface PositionChange {
  readonly closedLots: number;
  readonly openedLots: number;
  /** What the opened part costs, never negative. */
  readonly openedUnits: bigint;
  readonly realisedUnits: bigint;
}

/** One position of one account: signed lots, and what they cost. */
export class Position {
  /** Positive when long, negative when short. */
  lots = 0;
  /**
   * What the open lots cost, with their sign; entry price is cost / lots. Closing a part takes its share of the cost
   * off, cut to the unit towards zero; the rest stays with the position, so that nothing is lost over its life.
   */
  costUnits = 0n;
  /** Margin that belongs to this position alone; 0 when its symbol is crossed. */
  isolatedUnits = 0n;
  /** Open buy and sell orders that would open or turn this position, at their limit prices. */
  bidUnits = 0n;
  askUnits = 0n;
  /** The lots of those orders. */
  bidLots = 0;
  askLots = 0;
  /** Profit of everything this position ever closed. */
  realisedUnits = 0n;
  updatedAt = 0;

  constructor(
    readonly spec: SymbolSpec,
    readonly side: PositionSide,
  ) {}

  get isOpen(): boolean {
    return this.lots !== 0;
  }

  /** Cost without its sign: the notional at entry. */
  get entryUnits(): bigint {
    return abs(this.costUnits);
  }

  /** A position like this one, to try something on. */
  copy(): Position {
    return Object.assign(new Position(this.spec, this.side), this);
  }

  /** Books what an open order claims; negative when it ends. */
  claim(side: Side, lots: number, units: bigint): void {
    if (side === 'BUY') {
      this.bidLots += lots;
      this.bidUnits += units;
    } else {
      this.askLots += lots;
      this.askUnits += units;
    }
  }

  /** Signed value at a mark price (10^-8 units of price), cut to the unit towards zero. */
  valueAt(markUnits: bigint): bigint {
    return valueOf(this.spec, this.lots, markUnits);
  }

  unrealisedAt(markUnits: bigint): bigint {
    return this.lots === 0 ? 0n : this.valueAt(markUnits) - this.costUnits;
  }

  /**
   * Books a trade of `delta` lots (negative: sold) that cost `notionalUnits` in all: first it closes what stands
   * against it, then it opens.
   */
  trade(delta: number, notionalUnits: bigint): PositionChange {
    const size = Math.abs(delta);
    const perLot = notionalUnits / BigInt(size);
    const closedLots = this.lots * delta < 0 ? Math.min(size, Math.abs(this.lots)) : 0;
    let realisedUnits = 0n;
    if (closedLots > 0) {
      const closesAll = closedLots === Math.abs(this.lots);
      const cost = closesAll ? this.costUnits : (this.costUnits * BigInt(closedLots)) / BigInt(Math.abs(this.lots));
      const proceeds = perLot * BigInt(closedLots) * (this.lots > 0 ? 1n : -1n);
      realisedUnits = proceeds - cost;
      this.realisedUnits += realisedUnits;
      this.costUnits -= cost;
      this.lots += Math.sign(delta) * closedLots;
    }
    const openedLots = size - closedLots;
    const openedUnits = perLot * BigInt(openedLots);
    this.lots += Math.sign(delta) * openedLots;
    this.costUnits += delta > 0 ? openedUnits : -openedUnits;
    return { closedLots, openedLots, openedUnits, realisedUnits };
  }
}

/** Signed value of lots at a mark price, cut to the unit towards zero. */
export function valueOf(spec: SymbolSpec, lots: number, markUnits: bigint): bigint {
  return (spec.baseUnits(lots) * markUnits) / PRICE_UNIT;
}
