import type { SymbolMarket } from '../floor/symbol-market.js';
import type { PublicTrade } from './market-data.js';

/** What traded in a stretch of time up to now: ticks, lots, and quote units. */
export interface TradeStats {
  readonly openAt: number;
  readonly closeAt: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly lots: number;
  readonly quote: bigint;
  readonly trades: number;
  /** -1 when nothing traded. */
  readonly firstId: number;
  readonly lastId: number;
  readonly last: PublicTrade | undefined;
}

/** Of the `lengthMs` before `now`, by the minutes that began in it. */
export function statsOf(market: SymbolMarket, now: number, lengthMs: number): TradeStats {
  const last = market.tape.last();
  const close = last?.ticks ?? Math.floor(market.referenceTicks() ?? 0);
  const from = now - lengthMs;
  let [open, high, low, lots, quote, trades, firstId] = [close, close, close, 0, 0n, 0, -1];
  for (const candle of market.tape.candles()) {
    if (candle.openAt <= from) continue;
    if (firstId === -1) {
      [open, high, low, firstId] = [candle.open, candle.high, candle.low, candle.firstTradeId];
    }
    high = Math.max(high, candle.high);
    low = Math.min(low, candle.low);
    lots += candle.lots;
    quote += candle.quote;
    trades += candle.trades;
  }
  const lastId = firstId === -1 ? -1 : (last?.id ?? -1);
  return { openAt: from, closeAt: now, open, high, low, close, lots, quote, trades, firstId, lastId, last };
}
