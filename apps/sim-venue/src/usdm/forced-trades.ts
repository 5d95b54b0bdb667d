import type { FuturesFill, FuturesOrder } from './ledger/futures-account.js';
import { perBase } from './texts.js';

/** What the public learns of a position that was closed by force, as far as one trade filled it. */
export interface ForcedTrade {
  /** Counts up; a higher one is a later one. */
  readonly number: number;
  readonly side: 'BUY' | 'SELL';
  readonly orderLots: number;
  readonly orderTicks: number;
  readonly averageUnits: bigint;
  readonly filledLots: number;
  readonly status: string;
  readonly trade: { readonly lots: number; readonly at: number };
}

/** The latest liquidation of every symbol: the vendor tells no more of them than one a second. */
export class ForcedTrades {
  readonly #latest = new Map<string, ForcedTrade>();
  #number = 0;

  note(order: FuturesOrder, { ticks, lots, at }: FuturesFill): void {
    this.#number += 1;
    this.#latest.set(order.spec.symbol, {
      number: this.#number,
      side: order.side,
      orderLots: order.lots,
      // A liquidation has no price of its own: that of its trade stands for it.
      orderTicks: ticks,
      averageUnits: perBase(order.quoteFilled, order.spec.baseUnits(order.filledLots)),
      filledLots: order.filledLots,
      status: order.status,
      trade: { lots, at },
    });
  }

  latest(symbol: string): ForcedTrade | null {
    return this.#latest.get(symbol) ?? null;
  }

  clear(): void {
    this.#latest.clear();
  }
}
