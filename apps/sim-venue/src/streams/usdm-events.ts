import type { SymbolMarket } from '../floor/symbol-market.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import type { TradeStats } from '../market/day-stats.js';
import type { DepthChange, PublicTrade } from '../market/market-data.js';
import { atLeast, moneyText, pricePrecision, priceText, qtyText } from '../usdm/texts.js';
import { percentText, perBase, type MarketEvents, type StreamEvent } from './market-events.js';

/** Market streams of USD-M trading: transaction times, `pu`, and numbers with the decimals of the symbol. */
export const USDM_EVENTS: MarketEvents = {
  trade: ({ spec }, trade, now) => ({
    e: 'trade',
    E: now,
    T: trade.at,
    s: spec.symbol,
    t: trade.id,
    p: priceText(spec, trade.ticks),
    q: qtyText(spec, trade.lots),
    X: 'MARKET',
    m: trade.buyerIsMaker,
  }),

  aggTrade: ({ spec }, trade, now) => ({
    e: 'aggTrade',
    E: now,
    a: trade.id,
    s: spec.symbol,
    p: priceText(spec, trade.ticks),
    q: qtyText(spec, trade.lots),
    nq: qtyText(spec, trade.lots),
    f: trade.id,
    l: trade.id,
    T: trade.at,
    m: trade.buyerIsMaker,
  }),

  bookTicker: ({ spec, updateId }, top, now, changedAt) => ({
    e: 'bookTicker',
    u: updateId,
    s: spec.symbol,
    b: priceText(spec, top.bidTicks),
    B: qtyText(spec, top.bidLots),
    a: priceText(spec, top.askTicks),
    A: qtyText(spec, top.askLots),
    T: changedAt,
    E: now,
  }),

  depth: depthUpdate,

  partial: (market, book, now, changedAt) => depthUpdate(market, book, book.previousUpdateId, now, changedAt),

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
      o: priceText(spec, candle.open),
      c: priceText(spec, candle.close),
      h: priceText(spec, candle.high),
      l: priceText(spec, candle.low),
      v: qtyText(spec, candle.lots),
      n: candle.trades,
      x: isClosed,
      q: moneyText(candle.quote),
      V: qtyText(spec, candle.takerBuyLots),
      Q: moneyText(candle.takerBuyQuote),
      B: '0',
    },
  }),

  ticker: ({ spec }, stats, now) => ({
    e: '24hrTicker',
    E: now,
    s: spec.symbol,
    ...change(spec, stats),
    c: priceText(spec, stats.close),
    Q: qtyText(spec, stats.last?.lots ?? 0),
    ...range(spec, stats),
    ...span(stats),
  }),

  miniTicker: ({ spec }, stats, now) => ({
    e: '24hrMiniTicker',
    E: now,
    s: spec.symbol,
    c: priceText(spec, stats.close),
    ...range(spec, stats),
  }),

  windowTicker: ({ spec }, window, stats, now) => ({
    e: `${window}Ticker`,
    E: now,
    s: spec.symbol,
    ...change(spec, stats),
    c: priceText(spec, stats.close),
    ...range(spec, stats),
    ...span(stats),
  }),

  avgPrice: ({ spec }, stats, now) => ({
    e: 'avgPrice',
    E: now,
    s: spec.symbol,
    i: '5m',
    w: averageText(spec, stats),
    T: stats.last?.at ?? now,
  }),
};

/** What a mark price is told with; 10^-8 units, and when positions pay each other next. */
export interface MarkState {
  readonly markUnits: bigint;
  readonly indexUnits: bigint;
  readonly rateUnits: bigint;
  readonly fundingAt: number;
}

/** The vendor's `markPriceUpdate`. Settlement price and moving average are the mark: contracts without an end. */
export function markPriceUpdate({ spec }: SymbolMarket, mark: MarkState, now: number): StreamEvent {
  return {
    e: 'markPriceUpdate',
    E: now,
    s: spec.symbol,
    p: moneyText(mark.markUnits),
    ap: moneyText(mark.markUnits),
    P: moneyText(mark.markUnits),
    i: moneyText(mark.indexUnits),
    r: moneyText(mark.rateUnits),
    T: mark.fundingAt,
  };
}

/** A position that was closed by force, as far as it was filled by one trade. */
export interface ForcedTrade {
  readonly side: 'BUY' | 'SELL';
  readonly orderLots: number;
  readonly orderTicks: number;
  readonly averageUnits: bigint;
  readonly filledLots: number;
  readonly status: string;
  readonly trade: Pick<PublicTrade, 'lots' | 'at'>;
}

/** The vendor's `forceOrder`. */
export function forceOrder({ spec }: SymbolMarket, forced: ForcedTrade, now: number): StreamEvent {
  return {
    e: 'forceOrder',
    E: now,
    o: {
      s: spec.symbol,
      S: forced.side,
      o: 'LIMIT',
      f: 'IOC',
      q: qtyText(spec, forced.orderLots),
      p: priceText(spec, forced.orderTicks),
      ap: atLeast(forced.averageUnits, pricePrecision(spec)),
      X: forced.status,
      l: qtyText(spec, forced.trade.lots),
      z: qtyText(spec, forced.filledLots),
      T: forced.trade.at,
    },
  };
}

function depthUpdate(
  { spec }: SymbolMarket,
  change: DepthChange,
  previousUpdateId: number,
  now: number,
  changedAt: number,
): StreamEvent {
  return {
    e: 'depthUpdate',
    E: now,
    T: changedAt,
    s: spec.symbol,
    U: change.firstUpdateId,
    u: change.lastUpdateId,
    pu: previousUpdateId,
    b: rows(spec, change.bids),
    a: rows(spec, change.asks),
  };
}

function rows(spec: SymbolSpec, levels: DepthChange['bids']): string[][] {
  return levels.map(([ticks, lots]) => [priceText(spec, ticks), qtyText(spec, lots)]);
}

function averageText(spec: SymbolSpec, { quote, lots, close }: TradeStats): string {
  if (lots === 0) return priceText(spec, close);
  return atLeast(perBase(quote, spec.baseUnits(lots)), pricePrecision(spec));
}

function change(spec: SymbolSpec, stats: TradeStats): StreamEvent {
  const moved = stats.close - stats.open;
  return {
    p: `${moved < 0 ? '-' : ''}${priceText(spec, Math.abs(moved))}`,
    P: percentText(stats.open, stats.close),
    w: averageText(spec, stats),
  };
}

function range(spec: SymbolSpec, stats: TradeStats): StreamEvent {
  return {
    o: priceText(spec, stats.open),
    h: priceText(spec, stats.high),
    l: priceText(spec, stats.low),
    v: qtyText(spec, stats.lots),
    q: moneyText(stats.quote),
  };
}

function span(stats: TradeStats): StreamEvent {
  return { O: stats.openAt, C: stats.closeAt, F: stats.firstId, L: stats.lastId, n: stats.trades };
}
