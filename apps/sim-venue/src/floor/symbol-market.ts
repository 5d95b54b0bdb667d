import { Book, MARKET_OWNER, type BookOrder, type Level, type Side } from '../matching/book.js';
import type { SelfTradeMode, Taker } from '../matching/match.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import { ChangedLevels, TradeTape } from '../market/market-data.js';

/** The highest ids of a symbol that were given out. */
export interface IdMarks {
  trade: number;
  update: number;
  /** Of recorded trades; absent while no tape was ever replayed. */
  recorded?: number;
}

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

/** The higher of two marks of each kind: an id that was given out once stays used up. */
export function higherMarks(one: IdMarks | undefined, other: IdMarks): Required<IdMarks> {
  return {
    trade: Math.max(one?.trade ?? 0, other.trade),
    update: Math.max(one?.update ?? 0, other.update),
    recorded: Math.max(one?.recorded ?? 0, other.recorded ?? 0),
  };
}

const ID_BLOCK = 100_000;

/** One symbol's book with what is published about it. */
export class SymbolMarket {
  readonly book: Book;
  readonly tape = new TradeTape();
  /** What changed in the book since streams looked last. */
  readonly changes = new ChangedLevels();
  updateId = 0;
  lastTradeId = 0;
  /** Highest id of a recorded trade that was printed; a replay keeps them apart from the venue's own. */
  recordedTradeId = 0;
  /** While a recorded update is made: the id before it. */
  #updateIdBefore: number | null = null;
  #reserved: Required<IdMarks> = { trade: 0, update: 0, recorded: 0 };

  constructor(
    readonly spec: SymbolSpec,
    private readonly reserveIds: (marks: Required<IdMarks>) => void,
  ) {
    this.book = new Book((_side, _ticks, _lots, level) => this.#noteChange(level));
  }

  /** Continues above ids that an earlier life of the process may have used, and above its own. */
  continueIds({ trade, update, recorded = 0 }: IdMarks): void {
    const known = { trade: Math.max(trade, recorded), update, recorded };
    this.lastTradeId = Math.max(this.lastTradeId, known.trade);
    this.updateId = Math.max(this.updateId, update);
    this.recordedTradeId = Math.max(this.recordedTradeId, recorded);
    this.#reserved = higherMarks(this.#reserved, known);
  }

  /** A recorded trade is printed under `id`. */
  noteRecordedTrade(id: number): void {
    this.recordedTradeId = Math.max(this.recordedTradeId, id);
    if (this.recordedTradeId > this.#reserved.recorded) this.#reserve();
  }

  /** The record ended: the venue's own ids go on above every recorded one, so that they still rise. */
  continueAboveRecorded(): void {
    if (this.recordedTradeId <= this.lastTradeId) return;
    this.lastTradeId = this.recordedTradeId;
    this.#reserve();
  }

  /**
   * Makes all that `action` changes one update, as it was one message of a record, under the recorded id unless ours is
   * ahead already. Without a change the id stays: one that no change carries would be a gap to those who follow.
   */
  recordedUpdate(id: number, action: () => void): void {
    const before = this.updateId;
    this.#updateIdBefore = before;
    try {
      action();
    } finally {
      this.#updateIdBefore = null;
    }
    if (this.updateId === before || id <= this.updateId) return;
    this.updateId = id;
    if (id > this.#reserved.update) this.#reserve();
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

  #noteChange(level: Level): void {
    if (this.#updateIdBefore === null || this.#updateIdBefore === this.updateId) this.updateId += 1;
    if (this.updateId > this.#reserved.update) this.#reserve();
    this.changes.note(level, this.updateId);
  }

  #reserve(): void {
    this.#reserved = {
      trade: this.lastTradeId + ID_BLOCK,
      update: this.updateId + ID_BLOCK,
      recorded: this.recordedTradeId === 0 ? 0 : this.recordedTradeId + ID_BLOCK,
    };
    this.reserveIds(this.#reserved);
  }
}
