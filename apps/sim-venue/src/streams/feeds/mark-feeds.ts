import type { SymbolMarket } from '../../floor/symbol-market.js';
import type { StreamEvent } from '../market-events.js';
import { markPriceUpdate, type MarkState } from '../usdm-events.js';
import { Turn, type Feed, type Publish } from './feed.js';

/** @returns null while the symbol never had a price */
export type MarkOfMarket = (market: SymbolMarket) => MarkState | null;

/** `@markPrice`, `!markPrice@arr`: mark, index and funding, changed or not. */
export class MarkPriceFeed implements Feed {
  readonly #turn: Turn;

  constructor(
    private readonly markets: readonly SymbolMarket[],
    private readonly isList: boolean,
    everyMs: number,
    private readonly markOf: MarkOfMarket,
    private readonly publish: Publish,
  ) {
    this.#turn = new Turn(everyMs);
  }

  tick(now: number): void {
    if (!this.#turn.isDue()) return;
    const events = this.markets.flatMap((market): StreamEvent[] => {
      const mark = this.markOf(market);
      return mark === null ? [] : [markPriceUpdate(market, mark, now)];
    });
    if (events.length === 0) return;
    if (this.isList) this.publish(events);
    else for (const event of events) this.publish(event);
  }
}
