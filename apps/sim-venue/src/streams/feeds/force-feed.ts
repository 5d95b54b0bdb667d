import type { SymbolMarket } from '../../floor/symbol-market.js';
import { forceOrder, type ForcedTrade } from '../usdm-events.js';
import { Turn, type Feed, type Publish } from './feed.js';

/** A liquidation with its number; a higher one is a later one. */
export type NumberedTrade = ForcedTrade & { readonly number: number };

/** @returns null while no position of the symbol was closed by force */
export type ForcedOfMarket = (market: SymbolMarket) => NumberedTrade | null;

/** `@forceOrder`, `!forceOrder@arr`: of each symbol the latest liquidation since the last turn. */
export class ForceOrderFeed implements Feed {
  readonly #turn: Turn;
  readonly #told = new Map<SymbolMarket, number>();

  constructor(
    private readonly markets: readonly SymbolMarket[],
    everyMs: number,
    private readonly forcedOf: ForcedOfMarket,
    private readonly publish: Publish,
  ) {
    this.#turn = new Turn(everyMs);
    for (const market of markets) this.#told.set(market, forcedOf(market)?.number ?? 0);
  }

  tick(now: number): void {
    if (!this.#turn.isDue()) return;
    for (const market of this.markets) {
      const forced = this.forcedOf(market);
      if (forced === null || forced.number <= (this.#told.get(market) ?? 0)) continue;
      this.#told.set(market, forced.number);
      this.publish(forceOrder(market, forced, now));
    }
  }
}
