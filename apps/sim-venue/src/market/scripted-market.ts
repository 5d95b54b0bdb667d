import type { TradingFloor } from '../floor/trading-floor.js';
import { MarketOrder, type SymbolMarket } from '../floor/symbol-market.js';
import { firstOfAccounts, type BookOrder, type Side } from '../matching/book.js';

export interface ScriptedLevel {
  readonly ticks: number;
  readonly lots: number;
}

export interface PathPoint {
  readonly atMs: number;
  readonly bids: readonly ScriptedLevel[];
  readonly asks: readonly ScriptedLevel[];
}

/** A market that does what it is told: books, trades and paths of the touch, through the same matching core. */
export class ScriptedMarket {
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly exchange: TradingFloor,
    private readonly market: SymbolMarket,
  ) {}

  /**
   * Makes the market's own quantity at each level exactly the given one. A level that shrinks keeps its place in the
   * queue (every order of the market there shrinks in proportion); what grows joins at the back. What crosses resting
   * orders of accounts trades with them first.
   */
  setBook(bids: readonly ScriptedLevel[], asks: readonly ScriptedLevel[]): void {
    this.exchange.transact(() => {
      const growth: { side: Side; ticks: number; lots: number }[] = [];
      for (const [side, levels] of [['BUY', bids] as const, ['SELL', asks] as const]) {
        const wanted = new Map(levels.map(({ ticks, lots }) => [ticks, lots]));
        for (const level of [...this.market.book.levels(side)]) {
          const own = ownOrders(level.first);
          const lots = own.reduce((sum, order) => sum + order.openLots, 0);
          const target = wanted.get(level.ticks) ?? 0;
          wanted.delete(level.ticks);
          if (target < lots) this.#shrink(own, lots, target);
          else if (target > lots) growth.push({ side, ticks: level.ticks, lots: target - lots });
        }
        for (const [ticks, lots] of wanted) growth.push({ side, ticks, lots });
      }
      for (const { side, ticks, lots } of growth) this.exchange.placeForMarket(this.market, side, ticks, lots);
    });
  }

  /**
   * A trade of somebody else. It fills resting orders of accounts at better prices (it went through them), then those
   * in the queue at its own price in order of time, market quantity in front of them included; the rest is printed.
   *
   * @param aggressor side of the order that took
   */
  trade(ticks: number, lots: number, aggressor: Side): void {
    const side: Side = aggressor === 'BUY' ? 'SELL' : 'BUY';
    this.exchange.transact(() => {
      let left = lots;
      const hit = (order: BookOrder): void => {
        left -= this.exchange.tradeWithResting(this.market, order, Math.min(left, order.openLots));
      };
      for (const level of [...this.market.book.levels(side)]) {
        const isThrough = side === 'BUY' ? level.ticks > ticks : level.ticks < ticks;
        if (!isThrough) break;
        for (let own = firstOfAccounts(level); own !== null && left > 0; own = firstOfAccounts(level)) hit(own);
      }
      // An iceberg comes round again with its next slice.
      const level = this.market.book.levelAt(side, ticks);
      for (let first = level?.first; first && left > 0; first = level?.first) hit(first);
      if (left > 0) this.exchange.printTrade(this.market, ticks, left, side === 'BUY');
    });
  }

  /** Sets the book at each point's time from now; a new path replaces what is left of the old one. */
  follow(path: readonly PathPoint[]): void {
    this.stop();
    for (const { atMs, bids, asks } of path) {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.setBook(bids, asks);
      }, atMs);
      this.#timers.add(timer);
    }
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  close(): void {
    this.stop();
    this.setBook([], []);
  }

  #shrink(own: readonly MarketOrder[], lots: number, target: number): void {
    let excess = lots - target;
    own.forEach((order, i) => {
      const isLast = i === own.length - 1;
      const share = isLast ? excess : Math.floor((order.openLots * (lots - target)) / lots);
      const taken = Math.min(share, order.openLots, excess);
      excess -= taken;
      if (taken > 0) this.exchange.withdrawForMarket(this.market, order, taken);
    });
    for (const order of own) {
      if (excess === 0) break;
      const taken = Math.min(excess, order.openLots);
      excess -= taken;
      if (taken > 0) this.exchange.withdrawForMarket(this.market, order, taken);
    }
  }
}

function queueOf(first: BookOrder | null): BookOrder[] {
  const queue: BookOrder[] = [];
  for (let order = first; order !== null; order = order.after) queue.push(order);
  return queue;
}

function ownOrders(first: BookOrder | null): MarketOrder[] {
  return queueOf(first).filter((order): order is MarketOrder => order instanceof MarketOrder);
}
