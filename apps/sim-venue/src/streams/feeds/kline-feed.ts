import type { SymbolMarket } from '../../floor/symbol-market.js';
import type { KlineInterval } from '../../market/kline-interval.js';
import type { Candle, PublicTrade } from '../../market/market-data.js';
import type { MarketEvents } from '../market-events.js';
import type { Feed, Publish } from './feed.js';

/** `@kline_<interval>`: the candle after a trade, no more often than `everyMs`, and once when it closes. */
export class KlineFeed implements Feed {
  #candle: Candle;
  #nextAt: number;
  #lastTradeId = -1;
  #isTold = true;
  #toldAt = 0;

  constructor(
    private readonly market: SymbolMarket,
    private readonly interval: KlineInterval,
    private readonly events: MarketEvents,
    private readonly everyMs: number,
    now: number,
    private readonly publish: Publish,
  ) {
    const openAt = interval.openOf(now);
    this.#candle = emptyCandle(openAt, market.tape.last()?.ticks ?? 0);
    this.#nextAt = interval.nextOf(openAt);
    this.#recall(openAt);
  }

  trade(_market: SymbolMarket, trade: PublicTrade, now: number): void {
    if (trade.at >= this.#nextAt) this.#turn(trade.at, now);
    add(this.#candle, trade, this.market.spec.notional(trade.ticks, trade.lots));
    this.#lastTradeId = trade.id;
    this.#isTold = false;
    this.#tellIfDue(now);
  }

  tick(now: number): void {
    if (now >= this.#nextAt) this.#turn(now, now);
    else this.#tellIfDue(now);
  }

  /** Closes the candle, and begins the one that covers `at`. */
  #turn(at: number, now: number): void {
    this.#tell(now, true);
    const openAt = this.interval.openOf(at);
    this.#candle = emptyCandle(openAt, this.#candle.close);
    this.#nextAt = this.interval.nextOf(openAt);
    this.#lastTradeId = -1;
    this.#toldAt = 0;
  }

  #tellIfDue(now: number): void {
    if (!this.#isTold && Math.abs(now - this.#toldAt) >= this.everyMs) this.#tell(now, false);
  }

  #tell(now: number, isClosed: boolean): void {
    this.#isTold = true;
    this.#toldAt = now;
    // Before the first trade there is no price that a candle could have.
    if (this.#candle.close === 0) return;
    const { market, interval } = this;
    const state = {
      interval: interval.name,
      openAt: this.#candle.openAt,
      closeAt: this.#nextAt - 1,
      candle: this.#candle,
      lastTradeId: this.#lastTradeId,
      isClosed,
    };
    this.publish(this.events.kline(market, state, now));
  }

  /** What traded in the candle before anybody listened: by the minute, or trade by trade if that is too long. */
  #recall(openAt: number): void {
    const { tape, spec } = this.market;
    if (this.#nextAt - openAt < 60_000) {
      for (const trade of tape.recent(1_000))
        if (trade.at >= openAt) {
          add(this.#candle, trade, spec.notional(trade.ticks, trade.lots));
          this.#lastTradeId = trade.id;
        }
      return;
    }
    for (const minute of tape.candles())
      if (minute.openAt >= openAt) {
        merge(this.#candle, minute);
        this.#lastTradeId = tape.last()?.id ?? -1;
      }
  }
}

/** Nothing traded yet: all prices are the last one, and there is no first trade. */
function emptyCandle(openAt: number, ticks: number): Candle & { firstTradeId: number; open: number } {
  return {
    openAt,
    firstTradeId: -1,
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

function add(candle: Candle, trade: PublicTrade, quote: bigint): void {
  const takes = !trade.buyerIsMaker;
  merge(candle, {
    openAt: candle.openAt,
    firstTradeId: trade.id,
    open: trade.ticks,
    high: trade.ticks,
    low: trade.ticks,
    close: trade.ticks,
    lots: trade.lots,
    quote,
    trades: 1,
    takerBuyLots: takes ? trade.lots : 0,
    takerBuyQuote: takes ? quote : 0n,
  });
}

function merge(candle: Candle & { firstTradeId: number; open: number }, later: Candle): void {
  const isFirst = candle.trades === 0;
  if (isFirst) {
    candle.firstTradeId = later.firstTradeId;
    candle.open = later.open;
  }
  candle.high = isFirst ? later.high : Math.max(candle.high, later.high);
  candle.low = isFirst ? later.low : Math.min(candle.low, later.low);
  candle.close = later.close;
  candle.lots += later.lots;
  candle.quote += later.quote;
  candle.trades += later.trades;
  candle.takerBuyLots += later.takerBuyLots;
  candle.takerBuyQuote += later.takerBuyQuote;
}
