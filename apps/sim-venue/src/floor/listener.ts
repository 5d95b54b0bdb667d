import type { PublicTrade } from '../market/market-data.js';
import type { SymbolMarket } from './symbol-market.js';

/** What a trading floor tells the outside. All calls come after the operation's journal line is written. */
export interface ExchangeListener {
  /** Whether anybody reads this account's events; if not they are not even built. */
  wantsUserEvents(accountId: number): boolean;
  userEvent(accountId: number, event: Record<string, unknown>): void;
  trade(market: SymbolMarket, trade: PublicTrade): void;
  /** The book of this market changed in the operation that just ended. */
  bookChanged(market: SymbolMarket): void;
  /** First fill of an order: the vendor then takes orders off the unfilled-order count. */
  firstFill(accountId: number, isMaker: boolean): void;
  /** Every account, order and market interest is gone. */
  reset(): void;
}
