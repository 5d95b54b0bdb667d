import { crosses, type Book, type Side } from '../../matching/book.js';
import type { TapeLevels, TapeLineReader } from './tape-line.js';

/** How a record shows a level: a ticker as it happens, depth and snapshots in batches a little later. */
export type RecordKind = 'ticker' | 'depth';

/** Where recorded levels go. */
export interface RecordTarget {
  readonly book: Book;
  /** The record sets this level to `lots`, 0 for none. */
  set(side: Side, ticks: number, lots: number, kind: RecordKind): void;
}

interface Diff {
  readonly updateId: number;
  readonly atMicros: number;
  readonly bids: readonly number[];
  readonly asks: readonly number[];
}

/** Diffs kept in case a snapshot comes that is older than they are. */
const KEPT_MICROS = 5_000_000;

/**
 * Merges what a capture says about one book: diffs, tickers and snapshots of different streams, each in the order of
 * its own update ids. It decides which levels are set to what, and leaves the setting to its target.
 */
export class RecordedBook {
  /** Depth messages that did not follow the one before. */
  gaps = 0;
  hasSnapshot = false;
  #depthId = 0;
  readonly #ticker = { id: 0, bidTicks: 0, bidLots: 0, askTicks: 0, askLots: 0 };
  #recent: Diff[] = [];
  /** Levels that tickers set, by their update id, until depth that is as new speaks of them. */
  readonly #byTicker = { BUY: new Map<number, number>(), SELL: new Map<number, number>() };

  constructor(public target: RecordTarget) {}

  /** Nothing better than the touch is left, and the touch is what it says. Older than the book: no effect. */
  ticker(line: TapeLineReader): void {
    if (line.updateId < this.#depthId || line.updateId < this.#ticker.id) return;
    const ticker = this.#ticker;
    ticker.id = line.updateId;
    ticker.bidTicks = line.bidTicks;
    ticker.bidLots = line.bidLots;
    ticker.askTicks = line.askTicks;
    ticker.askLots = line.askLots;
    this.#showTicker();
  }

  depth(line: TapeLineReader): void {
    const { updateId, firstUpdateId, previousUpdateId } = line;
    if (updateId <= this.#depthId) return;
    const follows = previousUpdateId > 0 ? previousUpdateId === this.#depthId : firstUpdateId <= this.#depthId + 1;
    if (this.#depthId > 0 && !follows) this.gaps += 1;
    this.#depthId = updateId;
    this.#forgetTickers();
    this.#keep(line);
    this.#clearLevels('BUY', line.bids);
    this.#clearLevels('SELL', line.asks);
    this.#setLevels('BUY', line.bids);
    this.#setLevels('SELL', line.asks);
  }

  /** The whole book as of its id; diffs and a ticker that are newer stay in force. Older than what is kept: no effect. */
  snapshot(line: TapeLineReader): void {
    const newer = this.#recent.filter(({ updateId }) => updateId > line.updateId);
    const isCovered = this.#depthId <= line.updateId || newer.length < this.#recent.length;
    if (this.hasSnapshot && !isCovered) return;
    this.hasSnapshot = true;
    this.#depthId = Math.max(this.#depthId, line.updateId);
    for (const side of ['BUY', 'SELL'] as const) {
      const levels = side === 'BUY' ? line.bids : line.asks;
      const wanted = new Map<number, number>();
      const put = (pairs: readonly number[], count: number): void => {
        for (let i = 0; i < count; i += 1) wanted.set(pairs[2 * i] as number, pairs[2 * i + 1] as number);
      };
      put(levels.pairs, levels.count);
      for (const diff of newer) {
        const pairs = side === 'BUY' ? diff.bids : diff.asks;
        put(pairs, pairs.length / 2);
      }
      for (const { ticks } of [...this.target.book.levels(side)])
        if ((wanted.get(ticks) ?? 0) === 0) this.target.set(side, ticks, 0, 'depth');
      for (const [ticks, lots] of wanted)
        if (lots > 0 && !this.#isOverruled(side, ticks)) this.#show(side, ticks, lots, 'depth');
    }
    if (this.#ticker.id > line.updateId) this.#showTicker();
  }

  #showTicker(): void {
    const { bidTicks, bidLots, askTicks, askLots } = this.#ticker;
    this.#clearBetter('BUY', bidTicks);
    this.#clearBetter('SELL', askTicks);
    if (bidLots > 0) this.#setByTicker('BUY', bidTicks, bidLots);
    if (askLots > 0) this.#setByTicker('SELL', askTicks, askLots);
  }

  #setByTicker(side: Side, ticks: number, lots: number): void {
    if (this.#ticker.id > this.#depthId) this.#byTicker[side].set(ticks, this.#ticker.id);
    this.target.set(side, ticks, lots, 'ticker');
  }

  /** @param ticks 0: the side is empty */
  #clearBetter(side: Side, ticks: number): void {
    const { book } = this.target;
    if (book.best(side)?.ticks === ticks) return;
    for (const level of book.levels(side)) {
      if (ticks > 0 && (side === 'BUY' ? level.ticks <= ticks : level.ticks >= ticks)) return;
      this.#setByTicker(side, level.ticks, 0);
    }
  }

  #clearLevels(side: Side, { pairs, count }: TapeLevels): void {
    for (let i = 0; i < count; i += 1)
      if (pairs[2 * i + 1] === 0 && !this.#isOverruled(side, pairs[2 * i] as number))
        this.target.set(side, pairs[2 * i] as number, 0, 'depth');
  }

  #setLevels(side: Side, { pairs, count }: TapeLevels): void {
    for (let i = 0; i < count; i += 1) {
      const lots = pairs[2 * i + 1] as number;
      if (lots > 0 && !this.#isOverruled(side, pairs[2 * i] as number))
        this.#show(side, pairs[2 * i] as number, lots, 'depth');
    }
  }

  /** What the record still holds on the other side at or beyond this price is gone: it is older. */
  #show(side: Side, ticks: number, lots: number, kind: RecordKind): void {
    const { book } = this.target;
    const opposite: Side = side === 'BUY' ? 'SELL' : 'BUY';
    const best = book.best(opposite);
    if (best !== undefined && crosses(side, ticks, best.ticks))
      for (const level of book.levels(opposite)) {
        if (!crosses(side, ticks, level.ticks)) break;
        this.target.set(opposite, level.ticks, 0, kind);
      }
    this.target.set(side, ticks, lots, kind);
  }

  /** Whether a ticker that is newer than the depth at hand has the say about this price. */
  #isOverruled(side: Side, ticks: number): boolean {
    const { id, bidTicks, askTicks } = this.#ticker;
    if (id <= this.#depthId) return false;
    if ((this.#byTicker[side].get(ticks) ?? 0) > this.#depthId) return true;
    return side === 'BUY' ? ticks >= bidTicks : askTicks === 0 || ticks <= askTicks;
  }

  #forgetTickers(): void {
    for (const side of ['BUY', 'SELL'] as const)
      for (const [ticks, id] of this.#byTicker[side]) if (id <= this.#depthId) this.#byTicker[side].delete(ticks);
  }

  #keep(line: TapeLineReader): void {
    const oldest = line.atMicros - KEPT_MICROS;
    if (this.#recent[0] !== undefined && this.#recent[0].atMicros < oldest)
      this.#recent = this.#recent.filter(({ atMicros }) => atMicros >= oldest);
    this.#recent.push({
      updateId: line.updateId,
      atMicros: line.atMicros,
      bids: line.bids.pairs.slice(0, 2 * line.bids.count),
      asks: line.asks.pairs.slice(0, 2 * line.asks.count),
    });
  }
}
