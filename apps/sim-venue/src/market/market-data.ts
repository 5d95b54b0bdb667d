import type { Book, Level, Side } from '../matching/book.js';

/** A trade as the public sees it. */
export interface PublicTrade {
  readonly id: number;
  readonly ticks: number;
  readonly lots: number;
  /** Vendor's field `m`: the buyer's order rested, so a seller hit it. */
  readonly buyerIsMaker: boolean;
  readonly at: number;
  readonly buyerOrderId: number;
  readonly sellerOrderId: number;
}

/** One minute of trading; ticks, lots, and quote units. */
export interface Candle {
  readonly openAt: number;
  readonly firstTradeId: number;
  readonly open: number;
  high: number;
  low: number;
  close: number;
  lots: number;
  quote: bigint;
  trades: number;
  takerBuyLots: number;
  takerBuyQuote: bigint;
}

export interface DepthChange {
  readonly firstUpdateId: number;
  readonly lastUpdateId: number;
  readonly bids: readonly (readonly [ticks: number, lots: number])[];
  readonly asks: readonly (readonly [ticks: number, lots: number])[];
}

/** Levels changed since one publication, gathered from others that are looked at more often. */
export class DepthAccumulator {
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  #firstUpdateId = 0;

  add({ firstUpdateId, bids, asks }: DepthChange): void {
    if (this.#firstUpdateId === 0) this.#firstUpdateId = firstUpdateId;
    for (const [ticks, lots] of bids) this.#bids.set(ticks, lots);
    for (const [ticks, lots] of asks) this.#asks.set(ticks, lots);
  }

  /** What changed since the last call, or null. Its first id is the last call's last id + 1, as no id is skipped. */
  take(lastUpdateId: number): DepthChange | null {
    if (this.#firstUpdateId === 0) return null;
    const change = { firstUpdateId: this.#firstUpdateId, lastUpdateId, bids: [...this.#bids], asks: [...this.#asks] };
    this.#bids.clear();
    this.#asks.clear();
    this.#firstUpdateId = 0;
    return change;
  }
}

/** Levels changed since the last publication, with the range of update ids they used; each is noted once. */
export class ChangedLevels {
  #levels: Level[] = [];
  #publication = 1;
  #firstUpdateId = 0;

  note(level: Level, updateId: number): void {
    if (this.#firstUpdateId === 0) this.#firstUpdateId = updateId;
    if (level.noted === this.#publication) return;
    level.noted = this.#publication;
    this.#levels.push(level);
  }

  /** Nobody wants to know what changed up to now. */
  forget(): void {
    if (this.#firstUpdateId === 0) return;
    this.#levels = [];
    this.#publication += 1;
    this.#firstUpdateId = 0;
  }

  /** As {@link DepthAccumulator.take}, with what the levels show by now. */
  take(lastUpdateId: number): DepthChange | null {
    if (this.#firstUpdateId === 0) return null;
    const sides = { BUY: new Map<number, number>(), SELL: new Map<number, number>() };
    // At the price of a level that left another one may stand by now, which is noted too.
    for (const { side, ticks, lots } of this.#levels) if (lots === 0) sides[side].set(ticks, 0);
    for (const { side, ticks, lots } of this.#levels) if (lots > 0) sides[side].set(ticks, lots);
    const firstUpdateId = this.#firstUpdateId;
    const change = { firstUpdateId, lastUpdateId, bids: [...sides.BUY], asks: [...sides.SELL] };
    this.forget();
    return change;
  }
}

const KEPT_TRADES = 1_000;
const KEPT_CANDLES = 1_500;
const MINUTE = 60_000;

/** Recent trades and minute candles of one symbol. */
export class TradeTape {
  readonly #trades: PublicTrade[] = [];
  readonly #candles: Candle[] = [];

  add(trade: PublicTrade, quote: bigint): void {
    this.#trades.push(trade);
    if (this.#trades.length >= 2 * KEPT_TRADES) this.#trades.splice(0, KEPT_TRADES);
    const openAt = trade.at - (trade.at % MINUTE);
    let candle = this.#candles.at(-1);
    if (candle === undefined || candle.openAt < openAt) {
      candle = newCandle(openAt, trade);
      this.#candles.push(candle);
      if (this.#candles.length > KEPT_CANDLES) this.#candles.shift();
    }
    candle.high = Math.max(candle.high, trade.ticks);
    candle.low = Math.min(candle.low, trade.ticks);
    candle.close = trade.ticks;
    candle.lots += trade.lots;
    candle.quote += quote;
    candle.trades += 1;
    if (trade.buyerIsMaker) return;
    candle.takerBuyLots += trade.lots;
    candle.takerBuyQuote += quote;
  }

  /** The latest `limit` trades, oldest first. */
  recent(limit: number): readonly PublicTrade[] {
    return this.#trades.slice(-Math.min(limit, KEPT_TRADES));
  }

  last(): PublicTrade | undefined {
    return this.#trades.at(-1);
  }

  candles(): readonly Candle[] {
    return this.#candles;
  }

  clear(): void {
    this.#trades.length = 0;
    this.#candles.length = 0;
  }
}

function newCandle(openAt: number, { id, ticks }: PublicTrade): Candle {
  return {
    openAt,
    firstTradeId: id,
    open: ticks,
    high: ticks,
    low: ticks,
    close: ticks,
    lots: 0,
    quote: 0n,
    trades: 0,
    takerBuyLots: 0,
    takerBuyQuote: 0n,
  };
}

/** The best `limit` levels of one side as (ticks, lots). */
export function topLevels(book: Book, side: Side, limit: number): (readonly [ticks: number, lots: number])[] {
  const top: (readonly [number, number])[] = [];
  for (const level of book.levels(side)) {
    if (top.length === limit) break;
    top.push([level.ticks, level.lots]);
  }
  return top;
}
