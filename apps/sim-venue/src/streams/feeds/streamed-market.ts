import type { SymbolMarket } from '../../floor/symbol-market.js';
import { DepthAccumulator, type DepthChange } from '../../market/market-data.js';
import type { Feed } from './feed.js';

/** What a reader of a book's changes has not told yet. */
export class DepthReader {
  readonly #pending = new DepthAccumulator();

  constructor(
    private readonly hub: StreamedMarket,
    /** Last id that was told. */
    public lastUpdateId: number,
  ) {}

  add(change: DepthChange): void {
    this.#pending.add(change);
  }

  /** What changed since the last call, or null. Its first id is always the last one's last id + 1. */
  take(): DepthChange | null {
    this.hub.drain();
    const change = this.#pending.take(this.hub.market.updateId);
    if (change === null) return null;
    const told = { ...change, firstUpdateId: this.lastUpdateId + 1 };
    this.lastUpdateId = change.lastUpdateId;
    return told;
  }
}

/** A symbol with the feeds that read it. */
export class StreamedMarket {
  readonly feeds = new Set<Feed>();
  /** When the book changed last, on the venue's clock. */
  changedAt = 0;
  readonly #readers = new Set<DepthReader>();

  constructor(readonly market: SymbolMarket) {}

  /** A reader of what changes from now on. */
  readDepth(): DepthReader {
    this.drain();
    const reader = new DepthReader(this, this.market.updateId);
    this.#readers.add(reader);
    return reader;
  }

  stopReading(reader: DepthReader): void {
    this.#readers.delete(reader);
  }

  /** Hands what the book changed to everybody who reads it; what nobody reads is forgotten. */
  drain(): void {
    if (this.#readers.size === 0) return this.market.changes.forget();
    const change = this.market.changes.take(this.market.updateId);
    if (change !== null) for (const reader of this.#readers) reader.add(change);
  }
}
