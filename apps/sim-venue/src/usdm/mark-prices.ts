import type { SymbolMarket } from '../floor/symbol-market.js';

/** The mark moves by at most 0.5 % of itself in a second. */
const MAX_MOVE_BPS_PER_SECOND = 50n;
/** A mark is written down again when it is this much away from the one that was. */
const NOTED_BPS = 100n;

export interface MarkChange {
  readonly symbol: string;
  readonly units: bigint;
  readonly scripted: boolean;
}

interface Mark {
  units: bigint;
  at: number;
  scripted: boolean;
  /** As it was last written down. */
  notedUnits: bigint;
}

/**
 * Mark prices in 10^-8 units: the mid of the book, clamped in its speed, or what control says. Where a side of the book
 * is missing the mark stays; before there was any price there is none.
 */
export class MarkPrices {
  readonly #marks = new Map<string, Mark>();

  constructor(
    private readonly markets: ReadonlyMap<string, SymbolMarket>,
    /** A mark that a restart should begin with. */
    private readonly note: (change: MarkChange) => void,
  ) {}

  /** 0 while the symbol never had a price. */
  of(symbol: string, now: number): bigint {
    const known = this.#marks.get(symbol);
    if (known !== undefined) return known.units;
    const units = firstPrice(this.markets.get(symbol));
    if (units > 0n) this.#marks.set(symbol, { units, at: now, scripted: false, notedUnits: 0n });
    return units;
  }

  /** Mid of the book, or the last trade: what the vendor calls the index. 0 while there is none. */
  index(symbol: string): bigint {
    return firstPrice(this.markets.get(symbol));
  }

  isScripted(symbol: string): boolean {
    return this.#marks.get(symbol)?.scripted === true;
  }

  /** Lets every mark follow its book. To be called in an operation, about once a second. */
  follow(now: number): void {
    for (const [symbol, market] of this.markets) {
      const mark = this.#known(symbol, now);
      if (mark === undefined) continue;
      const mid = midUnits(market);
      if (!mark.scripted && mid !== null) mark.units = clamped(mark.units, mid, now - mark.at);
      mark.at = now;
      if (isFar(mark.units, mark.notedUnits)) this.#note(symbol, mark);
    }
  }

  /** Sees to it that a restart would know the mark of a symbol that somebody now has a position in. In an operation. */
  keep(symbol: string, now: number): void {
    const mark = this.#known(symbol, now);
    if (mark !== undefined && mark.notedUnits === 0n) this.#note(symbol, mark);
  }

  /** Holds the mark where control wants it, at once; null lets it follow the book again. */
  script(symbol: string, units: bigint | null, now: number): void {
    const mark = this.#known(symbol, now) ?? { units: 0n, at: now, scripted: false, notedUnits: 0n };
    if (units === null && mark.units === 0n) return;
    mark.scripted = units !== null;
    mark.units = units ?? mark.units;
    mark.at = now;
    this.#marks.set(symbol, mark);
    this.#note(symbol, mark);
  }

  /** Begins with what an earlier life of the process wrote down. */
  restore({ symbol, units, scripted }: MarkChange, at: number): void {
    this.#marks.set(symbol, { units, at, scripted, notedUnits: units });
  }

  clear(): void {
    this.#marks.clear();
  }

  #known(symbol: string, now: number): Mark | undefined {
    this.of(symbol, now);
    return this.#marks.get(symbol);
  }

  #note(symbol: string, mark: Mark): void {
    mark.notedUnits = mark.units;
    this.note({ symbol, units: mark.units, scripted: mark.scripted });
  }
}

function midUnits({ book, spec }: SymbolMarket): bigint | null {
  const [bid, ask] = [book.best('BUY'), book.best('SELL')];
  return bid === undefined || ask === undefined ? null : (BigInt(bid.ticks + ask.ticks) * spec.tickUnits) / 2n;
}

function firstPrice(market: SymbolMarket | undefined): bigint {
  if (market === undefined) return 0n;
  const mid = midUnits(market);
  if (mid !== null) return mid;
  return BigInt(Math.floor(market.referenceTicks() ?? 0)) * market.spec.tickUnits;
}

/** Towards `wanted`, by at most the speed limit times the time that passed, cut to the unit. */
function clamped(from: bigint, wanted: bigint, elapsedMs: number): bigint {
  const most = (from * MAX_MOVE_BPS_PER_SECOND * BigInt(Math.max(0, elapsedMs))) / 10_000_000n;
  if (wanted > from + most) return from + most;
  return wanted < from - most ? from - most : wanted;
}

function isFar(units: bigint, noted: bigint): boolean {
  const gap = units > noted ? units - noted : noted - units;
  return gap * 10_000n >= noted * NOTED_BPS;
}
