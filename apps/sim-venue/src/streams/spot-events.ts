import type { SymbolSpec } from '../matching/symbol-spec.js';
import { unitsText } from '../matching/scaled.js';
import type { TradeStats } from '../market/day-stats.js';
import type { DepthChange } from '../market/market-data.js';
import { aggregateView } from '../rest/trade-views.js';
import { percentText, perBase, type MarketEvents, type StreamEvent } from './market-events.js';

/** Market streams of spot trading. */
export const SPOT_EVENTS: MarketEvents = {
  trade: ({ spec }, trade, now) => ({
    e: 'trade',
    E: now,
    s: spec.symbol,
    t: trade.id,
    p: spec.priceText(trade.ticks),
    q: spec.qtyText(trade.lots),
    T: trade.at,
    m: trade.buyerIsMaker,
    M: true,
  }),

  aggTrade: ({ spec }, trade, now) => ({ e: 'aggTrade', E: now, s: spec.symbol, ...aggregateView(spec, trade) }),

  bookTicker: ({ spec, updateId }, top) => ({
    u: updateId,
    s: spec.symbol,
    b: spec.priceText(top.bidTicks),
    B: spec.qtyText(top.bidLots),
    a: spec.priceText(top.askTicks),
    A: spec.qtyText(top.askLots),
  }),

  depth: ({ spec }, change, _previous, now) => ({
    e: 'depthUpdate',
    E: now,
    s: spec.symbol,
    U: change.firstUpdateId,
    u: change.lastUpdateId,
    b: rows(spec, change.bids),
    a: rows(spec, change.asks),
  }),

  partial: ({ spec }, book) => ({
    lastUpdateId: book.lastUpdateId,
    bids: rows(spec, book.bids),
    asks: rows(spec, book.asks),
  }),

  kline: ({ spec }, { interval, openAt, closeAt, candle, lastTradeId, isClosed }, now) => ({
    e: 'kline',
    E: now,
    s: spec.symbol,
    k: {
      t: openAt,
      T: closeAt,
      s: spec.symbol,
      i: interval,
      f: candle.firstTradeId,
      L: lastTradeId,
      o: spec.priceText(candle.open),
      c: spec.priceText(candle.close),
      h: spec.priceText(candle.high),
      l: spec.priceText(candle.low),
      v: spec.qtyText(candle.lots),
      n: candle.trades,
      x: isClosed,
      q: unitsText(candle.quote),
      V: spec.qtyText(candle.takerBuyLots),
      Q: unitsText(candle.takerBuyQuote),
      B: '0',
    },
  }),

  ticker: (market, stats, now) => {
    const { spec } = market;
    const top = market.top();
    return {
      e: '24hrTicker',
      E: now,
      s: spec.symbol,
      ...change(spec, stats),
      x: spec.priceText(stats.open),
      c: spec.priceText(stats.close),
      Q: spec.qtyText(stats.last?.lots ?? 0),
      b: spec.priceText(top.bidTicks),
      B: spec.qtyText(top.bidLots),
      a: spec.priceText(top.askTicks),
      A: spec.qtyText(top.askLots),
      ...range(spec, stats),
      ...span(stats),
    };
  },

  miniTicker: ({ spec }, stats, now) => ({
    e: '24hrMiniTicker',
    E: now,
    s: spec.symbol,
    c: spec.priceText(stats.close),
    ...range(spec, stats),
  }),

  windowTicker: ({ spec }, window, stats, now) => ({
    e: `${window}Ticker`,
    E: now,
    s: spec.symbol,
    ...change(spec, stats),
    c: spec.priceText(stats.close),
    ...range(spec, stats),
    ...span(stats),
  }),

  avgPrice: ({ spec }, stats, now) => ({
    e: 'avgPrice',
    E: now,
    s: spec.symbol,
    i: '5m',
    w: stats.lots > 0 ? averageText(spec, stats) : spec.priceText(stats.close),
    T: stats.last?.at ?? now,
  }),
};

function rows(spec: SymbolSpec, levels: DepthChange['bids']): string[][] {
  return levels.map(([ticks, lots]) => [spec.priceText(ticks), spec.qtyText(lots)]);
}

function averageText(spec: SymbolSpec, { quote, lots }: TradeStats): string {
  return unitsText(perBase(quote, spec.baseUnits(lots)));
}

function change(spec: SymbolSpec, stats: TradeStats): StreamEvent {
  return {
    p: unitsText(BigInt(stats.close - stats.open) * spec.tickUnits),
    P: percentText(stats.open, stats.close),
    w: averageText(spec, stats),
  };
}

function range(spec: SymbolSpec, stats: TradeStats): StreamEvent {
  return {
    o: spec.priceText(stats.open),
    h: spec.priceText(stats.high),
    l: spec.priceText(stats.low),
    v: spec.qtyText(stats.lots),
    q: unitsText(stats.quote),
  };
}

function span(stats: TradeStats): StreamEvent {
  return { O: stats.openAt, C: stats.closeAt, F: stats.firstId, L: stats.lastId, n: stats.trades };
}
