import type { SymbolMarket } from '../floor/symbol-market.js';

const MINUTE = 60_000;

/**
 * The vendor's weighted average price, in 10^-8 quote per base, rounded down: over the trades of the last minutes, begun
 * ones included; without any, the last trade's; before the first trade, the middle of the book.
 *
 * @param now the venue's clock, in ms
 * @returns null when there is no price at all
 */
export function averagePriceUnits(market: SymbolMarket, now: number, minutes: number): bigint | null {
  const { spec, tape } = market;
  const candles = tape.candles();
  let lots = 0;
  let quote = 0n;
  for (let i = candles.length - 1; i >= 0; i -= 1) {
    const candle = candles[i];
    if (candle === undefined || candle.openAt <= now - minutes * MINUTE) break;
    lots += candle.lots;
    quote += candle.quote;
  }
  if (lots > 0) return (quote * 100_000_000n) / spec.baseUnits(lots);
  const last = tape.last();
  if (last !== undefined) return BigInt(last.ticks) * spec.tickUnits;
  const reference = market.referenceTicks();
  // The middle of the book may lie half-way between two ticks.
  return reference === null ? null : (BigInt(Math.round(reference * 2)) * spec.tickUnits) / 2n;
}
