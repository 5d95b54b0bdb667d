import type { SymbolMarket } from '../../floor/symbol-market.js';
import type { PublicTrade } from '../../market/market-data.js';
import type { StreamEvent } from '../market-events.js';

/** What makes the messages of one stream, for as long as somebody listens to it. */
export interface Feed {
  /** A trade was printed. */
  trade?(market: SymbolMarket, trade: PublicTrade, now: number): void;
  /** The book changed in the operation that just ended. */
  bookChanged?(now: number): void;
  /** Every {@link TICK_MS}. */
  tick?(now: number): void;
  /** Nobody listens any more. */
  close?(): void;
}

/** Sends an event, or the list of events that some streams send at once. */
export type Publish = (event: StreamEvent | readonly StreamEvent[]) => void;

/** How often feeds may do what they do by the clock. */
export const TICK_MS = 50;

/** Counts ticks, and says when a stream's turn has come. */
export class Turn {
  #ticks = 0;
  readonly #every: number;

  constructor(everyMs: number) {
    this.#every = Math.max(1, Math.round(everyMs / TICK_MS));
  }

  /** To be called once every tick. */
  isDue(): boolean {
    this.#ticks += 1;
    if (this.#ticks < this.#every) return false;
    this.#ticks = 0;
    return true;
  }
}
