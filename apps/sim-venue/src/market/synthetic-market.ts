import type { TradingFloor } from '../floor/trading-floor.js';
import type { MarketOrder, SymbolMarket } from '../floor/symbol-market.js';
import type { Side } from '../matching/book.js';
import { Xoshiro128 } from './xoshiro.js';

/** How one symbol's crowd behaves; distances are in ticks, sizes in lots. */
export interface SyntheticProfile {
  readonly startTicks: number;
  /** Deviation of the fair price's step, per operation. */
  readonly driftTicks: number;
  /** Widest touch the crowd leaves standing. */
  readonly maxSpreadTicks: number;
  readonly meanDistanceTicks: number;
  readonly meanLimitLots: number;
  readonly meanTradeLots: number;
}

/** Spot: about 60,000 and 3,012 with sizes of real money; a resting order at the touch trades within seconds. */
export const SPOT_PROFILES: Readonly<Record<string, SyntheticProfile>> = {
  BTCUSDT: {
    startTicks: 6_000_000,
    driftTicks: 6,
    maxSpreadTicks: 4,
    meanDistanceTicks: 40,
    meanLimitLots: 25_000,
    meanTradeLots: 12_000,
  },
  ETHUSDT: {
    startTicks: 301_200,
    driftTicks: 0.8,
    maxSpreadTicks: 3,
    meanDistanceTicks: 12,
    meanLimitLots: 40_000,
    meanTradeLots: 20_000,
  },
};

/** The same markets on the coarser grid of the perpetual contracts. */
export const USDM_PROFILES: Readonly<Record<string, SyntheticProfile>> = {
  BTCUSDT: {
    startTicks: 600_000,
    driftTicks: 0.6,
    maxSpreadTicks: 2,
    meanDistanceTicks: 6,
    meanLimitLots: 900,
    meanTradeLots: 300,
  },
  ETHUSDT: {
    startTicks: 301_200,
    driftTicks: 0.8,
    maxSpreadTicks: 3,
    meanDistanceTicks: 12,
    meanLimitLots: 9_000,
    meanTradeLots: 4_000,
  },
};

/** Of so many orders on a side, one is cancelled whenever it is that side's turn; of twice as many, two are. */
const ORDERS_PER_CANCEL = 60;
/** So many prices a side are always quoted, however thin the crowd is there. */
const LEAST_LEVELS = 25;
const LEVEL_SPACING = 2;
/** Far more orders than ever stand in the way of one that closes the touch. */
const MOST_TRIES = 1_000;
const PULL_TO_START = 0.00002;

/**
 * A crowd from a seeded generator: limit orders by distance from a drifting fair price, market orders, and cancels in
 * proportion to depth, all through the same matching core as everybody else, as participant `market`. Without
 * wall-clock time inside: the same start value and the same operations give the same event log.
 */
export class SyntheticMarket {
  readonly #random: Xoshiro128;
  readonly #orders: Record<Side, MarketOrder[]> = { BUY: [], SELL: [] };
  #fair: number;

  constructor(
    private readonly exchange: TradingFloor,
    private readonly market: SymbolMarket,
    private readonly profile: SyntheticProfile,
    startValue: number,
    startTicks: number = profile.startTicks,
  ) {
    this.#random = new Xoshiro128(startValue);
    this.#fair = startTicks;
  }

  /** Builds the first book around the fair price. */
  open(): void {
    this.exchange.transact(() => this.#keepDepth());
  }

  /** One operation of the crowd. */
  step(): void {
    const { startTicks, driftTicks } = this.profile;
    this.exchange.transact(() => {
      this.#fair += this.#random.normal() * driftTicks + (startTicks - this.#fair) * PULL_TO_START;
      const kind = this.#random.uniform();
      const side: Side = this.#random.uniform() < 0.5 ? 'BUY' : 'SELL';
      if (kind < 0.55) this.#arrive(side, Math.floor(this.#random.exponential(this.profile.meanDistanceTicks)));
      else if (kind < 0.7) this.#trade(side);
      else this.#cancel(side);
      this.#keepSpread();
      this.#keepDepth();
    });
  }

  /** Takes the crowd's orders off the book. */
  close(): void {
    this.exchange.transact(() => {
      for (const side of ['BUY', 'SELL'] as const)
        for (const order of this.#orders[side].splice(0))
          if (order.level !== null) this.exchange.withdrawForMarket(this.market, order);
    });
  }

  #arrive(side: Side, distance: number): void {
    this.#place(side, Math.max(1, this.#quote(side) + (side === 'BUY' ? -distance : distance)));
  }

  #place(side: Side, ticks: number): void {
    const lots = 1 + Math.floor(this.#random.exponential(this.profile.meanLimitLots));
    const order = this.exchange.placeForMarket(this.market, side, ticks, lots);
    if (order.level !== null) this.#orders[side].push(order);
  }

  /** A market order, but never further than the crowd itself would quote. */
  #trade(side: Side): void {
    const reach = Math.ceil(this.profile.meanDistanceTicks / 2);
    const limit = Math.round(this.#fair) + (side === 'BUY' ? reach : -reach);
    const lots = 1 + Math.floor(this.#random.exponential(this.profile.meanTradeLots));
    const order = this.exchange.placeForMarket(this.market, side, Math.max(1, limit), lots);
    if (order.level !== null) this.exchange.withdrawForMarket(this.market, order);
  }

  /** As many as are due of what stands there: the deeper a side is, the more leave. */
  #cancel(side: Side): void {
    const orders = this.#live(side);
    for (let due = orders.length / ORDERS_PER_CANCEL; due > 0; due -= 1)
      if (due >= 1 || this.#random.uniform() < due) this.#withdrawOne(orders);
  }

  /** Of two drawn at random the one further away goes: old quotes get out of the way of the price. */
  #withdrawOne(orders: MarketOrder[]): void {
    const [a, b] = [this.#random.below(orders.length), this.#random.below(orders.length)];
    const distance = (at: number): number => Math.abs((orders[at] as MarketOrder).ticks - this.#fair);
    const [order] = orders.splice(distance(a) >= distance(b) ? a : b, 1);
    if (order) this.exchange.withdrawForMarket(this.market, order);
  }

  #keepSpread(): void {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const { bidTicks, askTicks } = this.market.top();
      if (bidTicks > 0 && askTicks > 0 && askTicks - bidTicks <= this.profile.maxSpreadTicks) return;
      const isBidBehind = this.#fair - bidTicks > askTicks - this.#fair;
      const side: Side = bidTicks === 0 || (askTicks !== 0 && isBidBehind) ? 'BUY' : 'SELL';
      this.#arrive(side, 0);
    }
  }

  #keepDepth(): void {
    const { book } = this.market;
    for (const side of ['BUY', 'SELL'] as const) {
      const away = side === 'BUY' ? -LEVEL_SPACING : LEVEL_SPACING;
      let ticks = book.best(side)?.ticks ?? this.#quote(side);
      for (let tries = 0; book.count(side) < LEAST_LEVELS && ticks > 0 && tries < MOST_TRIES; tries += 1) {
        if (book.levelAt(side, ticks) === undefined) this.#place(side, ticks);
        ticks += away;
      }
    }
  }

  /** The crowd's own best price on this side of the fair one. */
  #quote(side: Side): number {
    return side === 'BUY' ? Math.ceil(this.#fair) - 1 : Math.floor(this.#fair) + 1;
  }

  #live(side: Side): MarketOrder[] {
    const orders = this.#orders[side];
    let kept = 0;
    for (const order of orders) if (order.level !== null) orders[kept++] = order;
    orders.length = kept;
    return orders;
  }
}
