import type { TradingFloor } from '../../floor/trading-floor.js';
import { MarketOrder, type SymbolMarket } from '../../floor/symbol-market.js';
import {
  crosses,
  firstOfAccounts,
  MARKET_OWNER,
  type Book,
  type BookOrder,
  type Level,
  type Side,
} from '../../matching/book.js';
import { LevelQueue, TRADE_LAG_MICROS, type QueueMode } from './level-queue.js';
import type { RecordKind, RecordTarget } from './recorded-book.js';

/** More falls than this are not remembered at once: those of 10 ms are a handful. */
const KEPT_FALLS = 256;

/**
 * A recorded market in the venue's book, by the rules of venues.md C7. Recorded quantity stands in the book as interest
 * of the market, so that takers walk it and everybody sees it; where orders of accounts rest, it is split into what
 * stands before and behind them. What takers consume is missing until the record next sets that level.
 *
 * All methods but `close` are to be called inside {@link TradingFloor.applyRecord}.
 */
export class ReplayMarket implements RecordTarget {
  /** Receive time of the record's line at hand, microseconds. */
  atMicros = 0;
  readonly book: Book;
  readonly #queues = new Map<number, LevelQueue<BookOrder>>();
  /** What tickers took off levels a moment ago, for orders that join before the trade is told. */
  readonly #falls = new Map<number, { lots: number; at: number }>();

  constructor(
    private readonly exchange: TradingFloor,
    private readonly market: SymbolMarket,
    private readonly mode: QueueMode,
  ) {
    this.book = market.book;
  }

  /** The record begins, or begins anew: the book becomes this one, and whoever rests stands behind it. */
  open(levels: Iterable<readonly [side: Side, ticks: number, lots: number]>): void {
    this.#queues.clear();
    this.#falls.clear();
    const wanted = { BUY: new Map<number, number>(), SELL: new Map<number, number>() };
    for (const [side, ticks, lots] of levels) wanted[side].set(ticks, lots);
    for (const side of ['BUY', 'SELL'] as const)
      for (const { ticks } of [...this.book.levels(side)])
        if (!wanted[side].has(ticks)) this.set(side, ticks, 0, 'depth');
    for (const side of ['BUY', 'SELL'] as const)
      for (const [ticks, lots] of wanted[side]) {
        this.set(side, ticks, lots, 'depth');
        const level = this.book.levelAt(side, ticks);
        const queue = level === undefined ? null : this.#queueOf(level);
        if (level === undefined || queue === null) continue;
        queue.joinAtBack();
        this.#arrange(level, queue, marketLots(level));
      }
  }

  set(side: Side, ticks: number, lots: number, kind: RecordKind): void {
    const best = this.book.best(side);
    const level = best?.ticks === ticks ? best : this.book.levelAt(side, ticks);
    if (level === undefined) {
      if (lots > 0) this.#appear(side, ticks, lots);
      return;
    }
    const only = level.first === level.last && level.first?.owner === MARKET_OWNER ? level.first : null;
    if (only !== null) {
      const fall = only.openLots - lots;
      if (fall > 0 && kind === 'ticker') this.#noteFall(side, ticks, fall);
      this.#resize(only, lots);
      return;
    }
    const queue = this.#queueOf(level);
    if (queue === null) return this.#merge(level, lots);
    queue.set(lots, kind, this.atMicros);
    this.#arrange(level, queue, lots);
  }

  /** A recorded trade: printed as it was, and its flow fills who of ours stands in its way. */
  trade(ticks: number, lots: number, buyerIsMaker: boolean, id: number): void {
    this.exchange.printTrade(this.market, ticks, lots, buyerIsMaker, id);
    const side: Side = buyerIsMaker ? 'BUY' : 'SELL';
    let left = lots;
    const best = this.book.best(side);
    if (best !== undefined && best.ticks !== ticks && crosses(side, best.ticks, ticks))
      for (const beyond of this.#levelsBeyond(side, ticks))
        for (let own = firstOfAccounts(beyond); own !== null && left > 0; own = firstOfAccounts(beyond))
          left -= this.exchange.tradeWithResting(this.market, own, Math.min(left, own.openLots));
    const level = this.book.levelAt(side, ticks);
    const queue = level === undefined ? null : this.#queueOf(level);
    if (level === undefined || queue === null) return this.#explainFall(side, ticks, lots);
    const shown = marketLots(level);
    for (const fill of queue.trade(left, this.atMicros)) {
      // An earlier fill may have ended or cut this order: on USD-M two may only reduce the same position.
      if (fill.order.level !== null)
        this.exchange.tradeWithResting(this.market, fill.order, Math.min(fill.lots, fill.order.openLots));
    }
    // With the last order filled the level may be gone; there is nothing to arrange then.
    if (level.first !== null) {
      queue.sync(accountOrders(level));
      this.#arrange(level, queue, shown);
    }
  }

  /** Takes everything recorded off the book. */
  close(): void {
    this.exchange.applyRecord(this.market, 'end', () => {
      this.#queues.clear();
      for (const side of ['BUY', 'SELL'] as const)
        for (const level of [...this.book.levels(side)])
          for (const order of queueOf(level)) if (order.owner === MARKET_OWNER) this.book.remove(order);
    });
  }

  /** Recorded lots before each order of an account at this price, in the order of the queue. */
  aheadAt(side: Side, ticks: number): readonly number[] {
    const level = this.book.levelAt(side, ticks);
    return level === undefined ? [] : (this.#queueOf(level)?.aheads ?? []);
  }

  /** A level that was not there. Where it crosses orders of accounts it trades with them first, at their prices. */
  #appear(side: Side, ticks: number, lots: number): void {
    this.#queues.delete(keyOf(side, ticks));
    const opposite = this.book.best(side === 'BUY' ? 'SELL' : 'BUY');
    if (opposite !== undefined && crosses(side, ticks, opposite.ticks))
      this.exchange.placeForMarket(this.market, side, ticks, lots);
    else this.book.add(new MarketOrder(side, ticks, lots));
  }

  #resize(order: BookOrder, lots: number): void {
    if (lots === 0) this.book.remove(order);
    else if (lots > order.openLots) this.book.grow(order, lots - order.openLots);
    else if (lots < order.openLots) this.book.reduce(order, order.openLots - lots);
  }

  /** Several pieces of recorded quantity with nobody between them any more. */
  #merge(level: Level, lots: number): void {
    const [first, ...others] = queueOf(level);
    if (first === undefined) return;
    for (const order of others) this.book.remove(order);
    this.#resize(first, lots);
  }

  /** @returns the queue of this level as it stands now, or null when no account rests there */
  #queueOf(level: Level): LevelQueue<BookOrder> | null {
    const key = keyOf(level.side, level.ticks);
    const orders = accountOrders(level);
    if (orders.length === 0) {
      this.#queues.delete(key);
      return null;
    }
    let queue = this.#queues.get(key);
    if (queue === undefined || !queue.knowsAny(orders)) {
      queue = new LevelQueue<BookOrder>(marketLots(level), this.mode, this.#recentFall(key));
      this.#queues.set(key, queue);
    }
    queue.sync(orders);
    return queue;
  }

  /** Splits the level's recorded quantity into what stands before, between and behind the orders of accounts. */
  #arrange(level: Level, queue: LevelQueue<BookOrder>, shown: number): void {
    const segments = queue.arrange(shown);
    let at = 0;
    let wanted = segments[0] ?? 0;
    for (const order of queueOf(level)) {
      if (order.owner === MARKET_OWNER) {
        this.#resize(order, wanted);
        wanted = 0;
        continue;
      }
      if (wanted > 0) this.book.insertBefore(new MarketOrder(level.side, level.ticks, wanted), order);
      at += 1;
      wanted = segments[at] ?? 0;
    }
    if (wanted > 0) this.book.add(new MarketOrder(level.side, level.ticks, wanted));
  }

  /** Levels at better prices than this, best first; collected before anything there trades. */
  #levelsBeyond(side: Side, ticks: number): Level[] {
    const found: Level[] = [];
    for (const level of this.book.levels(side)) {
      if (level.ticks === ticks || !crosses(side, level.ticks, ticks)) break;
      found.push(level);
    }
    return found;
  }

  #noteFall(side: Side, ticks: number, lots: number): void {
    const key = keyOf(side, ticks);
    const known = this.#recentFall(key);
    if (this.#falls.size >= KEPT_FALLS) this.#falls.clear();
    this.#falls.set(key, { lots: lots + (known?.lots ?? 0), at: this.atMicros });
  }

  #recentFall(key: number): { readonly lots: number; readonly at: number } | undefined {
    const fall = this.#falls.get(key);
    return fall !== undefined && this.atMicros - fall.at <= TRADE_LAG_MICROS ? fall : undefined;
  }

  #explainFall(side: Side, ticks: number, lots: number): void {
    const fall = this.#falls.get(keyOf(side, ticks));
    if (fall !== undefined) fall.lots = Math.max(0, fall.lots - lots);
  }
}

/** Ticks are safe integers far below 2^52. */
function keyOf(side: Side, ticks: number): number {
  return 2 * ticks + (side === 'BUY' ? 1 : 0);
}

function queueOf(level: Level): BookOrder[] {
  const queue: BookOrder[] = [];
  for (let order = level.first; order !== null; order = order.after) queue.push(order);
  return queue;
}

function accountOrders(level: Level): { order: BookOrder; front: number }[] {
  const found: { order: BookOrder; front: number }[] = [];
  let front = 0;
  for (let order = level.first; order !== null; order = order.after)
    if (order.owner === MARKET_OWNER) front += order.openLots;
    else found.push({ order, front });
  return found;
}

function marketLots(level: Level): number {
  let lots = 0;
  for (let order = level.first; order !== null; order = order.after)
    if (order.owner === MARKET_OWNER) lots += order.openLots;
  return lots;
}
