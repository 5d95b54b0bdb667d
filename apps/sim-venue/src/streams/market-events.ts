import type { SymbolMarket, Top } from '../floor/symbol-market.js';
import type { TradeStats } from '../market/day-stats.js';
import type { Candle, DepthChange, PublicTrade } from '../market/market-data.js';

export type StreamEvent = Readonly<Record<string, unknown>>;

/** The first levels of a book, and the change since it was last told. */
export interface PartialBook extends DepthChange {
  /** Last id of the message before. */
  readonly previousUpdateId: number;
}

/** A candle as it is told: what traded in it, and which of the vendor's lengths it has. */
export interface KlineState {
  readonly interval: string;
  readonly openAt: number;
  readonly closeAt: number;
  readonly candle: Candle;
  /** -1 while nothing traded in it. */
  readonly lastTradeId: number;
  readonly isClosed: boolean;
}

/**
 * How a product words what happens in its markets: the vendor's events, field by field.
 * `now` is the time of the message, `changedAt` that of the last change of the book.
 */
export interface MarketEvents {
  trade(market: SymbolMarket, trade: PublicTrade, now: number): StreamEvent;
  aggTrade(market: SymbolMarket, trade: PublicTrade, now: number): StreamEvent;
  bookTicker(market: SymbolMarket, top: Top, now: number, changedAt: number): StreamEvent;
  depth(
    market: SymbolMarket,
    change: DepthChange,
    previousUpdateId: number,
    now: number,
    changedAt: number,
  ): StreamEvent;
  partial(market: SymbolMarket, book: PartialBook, now: number, changedAt: number): StreamEvent;
  kline(market: SymbolMarket, state: KlineState, now: number): StreamEvent;
  ticker(market: SymbolMarket, stats: TradeStats, now: number): StreamEvent;
  miniTicker(market: SymbolMarket, stats: TradeStats, now: number): StreamEvent;
  windowTicker(market: SymbolMarket, window: string, stats: TradeStats, now: number): StreamEvent;
  avgPrice(market: SymbolMarket, stats: TradeStats, now: number): StreamEvent;
}

/** Quote per base, both in units, cut to 8 decimals; 0 without base. */
export function perBase(quote: bigint, base: bigint): bigint {
  return base === 0n ? 0n : (quote * 100_000_000n) / base;
}

/** Change from `open` to `close` in percent, three decimals. */
export function percentText(open: number, close: number): string {
  return open > 0 ? (((close - open) / open) * 100).toFixed(3) : '0.000';
}
