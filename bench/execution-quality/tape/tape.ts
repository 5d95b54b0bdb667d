/** Prices are whole ticks and quantities whole lots; times are microseconds since 1970, as received. */
export interface Tape {
  readonly symbol: string;
  readonly product: 'spot' | 'usdm';
  /** Size of one tick and of one lot, in units of 10^-8. */
  readonly tickUnits: number;
  readonly lotUnits: number;
  readonly frames: Frames;
  /** From here on the book is known. */
  readonly readyAt: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly tradedLots: number;
  readonly trades: number;
  /** Lines that could not be read or are of no use, and depth messages that did not follow the one before. */
  readonly skipped: number;
  readonly gaps: number;
}

/** What one line of a capture did: it set levels of the book, or it was a trade. */
export interface FrameVisitor {
  /** Sets the level to `lots`, 0 for none. */
  set(isBid: boolean, ticks: number, lots: number): void;
  trade(ticks: number, lots: number, buyerIsMaker: boolean): void;
}

const BOOK = 0;
const TRADE_HIT_BID = 1;
const TRADE_HIT_ASK = 2;

/** The lines of a capture in receive-time order, kept flat: an object per line would not fit for a long one. */
export class Frames {
  readonly #at: number[] = [];
  readonly #kind: number[] = [];
  /** Where the levels of frame i begin; they end where those of the next begin. */
  readonly #from: number[] = [];
  /** Of book levels; negative: of the ask side. */
  readonly #ticks: number[] = [];
  readonly #lots: number[] = [];

  get count(): number {
    return this.#at.length;
  }

  at(index: number): number {
    return this.#at[index] as number;
  }

  isTrade(index: number): boolean {
    return this.#kind[index] !== BOOK;
  }

  /** Begins a frame of book changes; `set` adds to it. */
  begin(at: number): void {
    this.#push(at, BOOK);
  }

  set(isBid: boolean, ticks: number, lots: number): void {
    this.#ticks.push(isBid ? ticks : -ticks);
    this.#lots.push(lots);
  }

  trade(at: number, ticks: number, lots: number, buyerIsMaker: boolean): void {
    this.#push(at, buyerIsMaker ? TRADE_HIT_BID : TRADE_HIT_ASK);
    this.#ticks.push(ticks);
    this.#lots.push(lots);
  }

  visit(index: number, visitor: FrameVisitor): void {
    const from = this.#from[index] as number;
    const to = this.#from[index + 1] ?? this.#ticks.length;
    const kind = this.#kind[index];
    for (let i = from; i < to; i += 1) {
      const ticks = this.#ticks[i] as number;
      const lots = this.#lots[i] as number;
      if (kind === BOOK) visitor.set(ticks > 0, Math.abs(ticks), lots);
      else visitor.trade(ticks, lots, kind === TRADE_HIT_BID);
    }
  }

  /** Receive time never runs back: a line stamped before its predecessor happened when that one did. */
  #push(at: number, kind: number): void {
    this.#at.push(Math.max(at, this.#at.at(-1) ?? at));
    this.#kind.push(kind);
    this.#from.push(this.#ticks.length);
  }
}
