import { Book, MARKET_OWNER, type BookOrder, type Level, type Side } from '../matching/book.js';
import type { SelfTradeMode, Taker } from '../matching/match.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import { DepthAccumulator, TradeTape } from '../market/market-data.js';

/** Interest of the market itself, from a generator or a script; it has no balances and no journal. */
export class MarketOrder implements Taker {
  readonly owner = MARKET_OWNER;
  readonly selfTrade: SelfTradeMode = 'NONE';
  level: Level | null = null;
  before: BookOrder | null = null;
  after: BookOrder | null = null;

  constructor(
    readonly side: Side,
    readonly ticks: number,
    public openLots: number,
  ) {}
}

export interface Top {
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
}

const ID_BLOCK = 100_000;

/** One symbol's book with what is published about it. */
export class SymbolMarket {
  readonly book: Book;
  readonly tape = new TradeTape();
  /** One accumulator per published speed of the difference stream. */
  readonly changes = { fast: new DepthAccumulator(), slow: new DepthAccumulator() };
  updateId = 0;
  lastTradeId = 0;
  #reserved = { trade: 0, update: 0 };

  constructor(
    readonly spec: SymbolSpec,
    private readonly reserveIds: (marks: { trade: number; update: number }) => void,
  ) {
    this.book = new Book((side, ticks, lots) => this.#noteChange(side, ticks, lots));
  }

  /** Continues above ids that an earlier life of the process may have used. */
  continueIds(marks: { trade: number; update: number }): void {
    this.lastTradeId = marks.trade;
    this.updateId = marks.update;
    this.#reserved = { ...marks };
  }

  nextTradeId(): number {
    this.lastTradeId += 1;
    if (this.lastTradeId > this.#reserved.trade) this.#reserve();
    return this.lastTradeId;
  }

  top(): Top {
    const [bid, ask] = [this.book.best('BUY'), this.book.best('SELL')];
    return { bidTicks: bid?.ticks ?? 0, bidLots: bid?.lots ?? 0, askTicks: ask?.ticks ?? 0, askLots: ask?.lots ?? 0 };
  }

  /** Mid of the touch, else the last trade, else null. In ticks, halves possible. */
  referenceTicks(): number | null {
    const { bidTicks, askTicks } = this.top();
    if (bidTicks > 0 && askTicks > 0) return (bidTicks + askTicks) / 2;
    return this.tape.last()?.ticks ?? (bidTicks || askTicks || null);
  }

  #noteChange(side: Side, ticks: number, lots: number): void {
    this.updateId += 1;
    if (this.updateId > this.#reserved.update) this.#reserve();
    this.changes.fast.note(side, ticks, lots, this.updateId);
    this.changes.slow.note(side, ticks, lots, this.updateId);
  }

  #reserve(): void {
    this.#reserved = { trade: this.lastTradeId + ID_BLOCK, update: this.updateId + ID_BLOCK };
    this.reserveIds(this.#reserved);
  }
}
