import type { SymbolMarket } from '../../floor/symbol-market.js';
import type { PublicTrade } from '../../market/market-data.js';
import type { StreamEvent } from '../market-events.js';
import { Turn, type Feed, type Publish } from './feed.js';

/** `@trade`, `@aggTrade`: every trade. */
export class TradeFeed implements Feed {
  constructor(
    private readonly build: (market: SymbolMarket, trade: PublicTrade, now: number) => StreamEvent,
    private readonly publish: Publish,
  ) {}

  trade(market: SymbolMarket, trade: PublicTrade, now: number): void {
    this.publish(this.build(market, trade, now));
  }
}

/** What a symbol's statistics depend on; equal texts mean that there is nothing new to tell. */
export type StateOf = (market: SymbolMarket) => string;

export const lastTradeOf: StateOf = ({ tape }) => String(tape.last()?.id);
export const tradeAndBookOf: StateOf = (market) => `${lastTradeOf(market)} ${market.updateId}`;

/** Statistics of one symbol or of all, as they are every so many milliseconds, where they changed. */
export class StatsFeed implements Feed {
  readonly #turn: Turn;
  readonly #told = new Map<SymbolMarket, string>();

  constructor(
    private readonly markets: readonly SymbolMarket[],
    /** Whether symbols go out together in one list. */
    private readonly isList: boolean,
    everyMs: number,
    private readonly stateOf: StateOf,
    private readonly build: (market: SymbolMarket, now: number) => StreamEvent,
    private readonly publish: Publish,
  ) {
    this.#turn = new Turn(everyMs);
  }

  tick(now: number): void {
    if (!this.#turn.isDue()) return;
    const events: StreamEvent[] = [];
    for (const market of this.markets) {
      const state = this.stateOf(market);
      if (this.#told.get(market) === state) continue;
      this.#told.set(market, state);
      events.push(this.build(market, now));
    }
    if (events.length === 0) return;
    if (this.isList) this.publish(events);
    else for (const event of events) this.publish(event);
  }
}
