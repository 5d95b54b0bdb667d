export type StrategyMarket = 'SPOT' | 'FUTURES';

/** What reading a signal needs to know of the strategy that it is for. */
export interface StrategyTerms {
  /** `FUTURES` means perpetuals. */
  readonly market: StrategyMarket;
  /** All that it may trade, in capitals. */
  readonly symbols: readonly { readonly base: string; readonly quote: string }[];
  /** Of a symbol that names only the base; `USDT` unless set. */
  readonly defaultQuote: string;
}
