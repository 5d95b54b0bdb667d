import type { SymbolMarket } from '../floor/symbol-market.js';
import type { PublicTrade } from '../market/market-data.js';
import { unitsText } from '../matching/scaled.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';

export function publicTradeView(spec: SymbolSpec, trade: PublicTrade): Record<string, unknown> {
  return {
    id: trade.id,
    price: spec.priceText(trade.ticks),
    qty: spec.qtyText(trade.lots),
    quoteQty: unitsText(spec.notional(trade.ticks, trade.lots)),
    time: trade.at,
    isBuyerMaker: trade.buyerIsMaker,
    isBestMatch: true,
  };
}

/** Vendor's aggregate: here one per trade, so that its id is the trade's and nothing has to be remembered. */
export function aggregateView(spec: SymbolSpec, trade: PublicTrade): Record<string, unknown> {
  return {
    a: trade.id,
    p: spec.priceText(trade.ticks),
    q: spec.qtyText(trade.lots),
    f: trade.id,
    l: trade.id,
    T: trade.at,
    m: trade.buyerIsMaker,
    M: true,
  };
}

/** Trades from an id on, oldest first, as far as the tape goes back; without an id the latest. */
export function tradesFrom(market: SymbolMarket, fromId: number | undefined, limit: number): readonly PublicTrade[] {
  if (fromId === undefined) return market.tape.recent(limit);
  return market.tape
    .recent(1_000)
    .filter(({ id }) => id >= fromId)
    .slice(0, limit);
}

export interface TradeRange {
  readonly fromId: number | undefined;
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  readonly limit: number;
}

export function aggregateTrades(market: SymbolMarket, range: TradeRange): Record<string, unknown>[] {
  const trades = market.tape
    .recent(1_000)
    .filter(
      ({ id, at }) => id >= (range.fromId ?? 0) && at >= (range.startTime ?? 0) && at <= (range.endTime ?? Infinity),
    );
  const fromStart = range.fromId !== undefined || range.startTime !== undefined;
  return (fromStart ? trades.slice(0, range.limit) : trades.slice(-range.limit)).map((trade) =>
    aggregateView(market.spec, trade),
  );
}
