import type { SymbolMarket } from '../floor/symbol-market.js';
import { statsOf, type TradeStats } from '../market/day-stats.js';
import { unitsText } from '../matching/scaled.js';
import { averagePriceUnits } from './average-price.js';

const DAY = 86_400_000;
const AVERAGE_MINUTES = 5;

type View = Record<string, unknown>;

export function priceTicker(market: SymbolMarket): View {
  return { symbol: market.spec.symbol, price: market.spec.priceText(lastTicks(market)) };
}

export function bookTicker(market: SymbolMarket): View {
  const { spec } = market;
  const top = market.top();
  return {
    symbol: spec.symbol,
    bidPrice: spec.priceText(top.bidTicks),
    bidQty: spec.qtyText(top.bidLots),
    askPrice: spec.priceText(top.askTicks),
    askQty: spec.qtyText(top.askLots),
  };
}

/** Volume-weighted over the last five minutes; the last price when nothing traded. */
export function averagePrice(market: SymbolMarket, now: number): View {
  return {
    mins: AVERAGE_MINUTES,
    price: unitsText(averagePriceUnits(market, now, AVERAGE_MINUTES) ?? 0n),
    closeTime: market.tape.last()?.at ?? now,
  };
}

export function dayTicker(market: SymbolMarket, now: number): View {
  const { spec } = market;
  const stats = statsOf(market, now, DAY);
  const { open, close, lots, quote, last } = stats;
  const base = spec.baseUnits(lots);
  const { bidPrice, bidQty, askPrice, askQty } = bookTicker(market);
  return {
    symbol: spec.symbol,
    priceChange: unitsText(BigInt(close - open) * spec.tickUnits),
    priceChangePercent: open > 0 ? (((close - open) / open) * 100).toFixed(3) : '0.000',
    weightedAvgPrice: base > 0n ? unitsText((quote * 100_000_000n) / base) : '0.00000000',
    prevClosePrice: spec.priceText(open),
    lastPrice: spec.priceText(close),
    lastQty: spec.qtyText(last?.lots ?? 0),
    bidPrice,
    bidQty,
    askPrice,
    askQty,
    ...range(market, stats),
  };
}

/** The vendor's `type=MINI` of {@link dayTicker}. */
export function miniDayTicker(market: SymbolMarket, now: number): View {
  const { spec } = market;
  const stats = statsOf(market, now, DAY);
  const { openPrice, highPrice, lowPrice, ...rest } = range(market, stats);
  return { symbol: spec.symbol, openPrice, highPrice, lowPrice, lastPrice: spec.priceText(stats.close), ...rest };
}

function range({ spec }: SymbolMarket, { open, high, low, lots, quote, ...stats }: TradeStats): View {
  return {
    openPrice: spec.priceText(open),
    highPrice: spec.priceText(high),
    lowPrice: spec.priceText(low),
    volume: unitsText(spec.baseUnits(lots)),
    quoteVolume: unitsText(quote),
    openTime: stats.openAt,
    closeTime: stats.closeAt,
    firstId: stats.firstId,
    lastId: stats.lastId,
    count: stats.trades,
  };
}

function lastTicks(market: SymbolMarket): number {
  return market.tape.last()?.ticks ?? Math.floor(market.referenceTicks() ?? 0);
}
