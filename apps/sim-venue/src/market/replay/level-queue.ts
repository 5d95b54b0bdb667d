import type { RecordKind } from './recorded-book.js';

/** How depth that disappears without a trade is shared out (venues.md C7). */
export type QueueMode = 'prorata' | 'back';

/** One order of an account in the queue of a level. */
interface Place<Order> {
  readonly order: Order;
  /** Recorded lots that stand before it; its own account's and others' earlier orders come on top. */
  ahead: number;
  /** How many of those the book showed when it was last arranged: what is missing since, takers ate. */
  shown: number;
}

/**
 * How long a fall that a ticker shows waits for its trade before it counts as cancelled, in microseconds of tape. The
 * vendor sends tickers and trades on separate streams: in the captures at hand the ticker comes first in half of the
 * cases, by 1 ms in the median and 3 ms in nine of ten. Without the wait such a trade would move the queue twice.
 */
export const TRADE_LAG_MICROS = 10_000;

/**
 * The queue of one price level in which orders of accounts rest among recorded quantity: how many recorded lots stand
 * before each of them, by the rules of venues.md C7. Pure bookkeeping in lots; the book itself is arranged after it.
 */
export class LevelQueue<Order extends { readonly openLots: number }> {
  #places: Place<Order>[] = [];
  /** Lots traded that the record has not taken off the level yet. */
  #traded = 0;
  /** Lots a ticker took off for which neither trade nor time has given the reason yet. */
  #unexplained: number;
  #unexplainedAt: number;

  /**
   * @param recorded lots the record shows at this level now
   * @param fall what a ticker took off the level a moment ago, its trade still to come
   */
  constructor(
    private recorded: number,
    private readonly mode: QueueMode,
    fall: { readonly lots: number; readonly at: number } = { lots: 0, at: 0 },
  ) {
    this.#unexplained = fall.lots;
    this.#unexplainedAt = fall.at;
  }

  /** Recorded lots before each order, in the order of the queue. */
  get aheads(): readonly number[] {
    return this.#places.map(({ ahead }) => ahead);
  }

  /** Whether any of these orders was here before: if not, this queue is of another time. */
  knowsAny(orders: readonly { readonly order: Order }[]): boolean {
    return orders.some(({ order }) => this.#places.some((place) => place.order === order));
  }

  /**
   * Takes over who rests here now and how many recorded lots the book holds before each. Those that are new joined at
   * the back; before those that are known, takers may have eaten some.
   */
  sync(orders: readonly { readonly order: Order; readonly front: number }[]): void {
    const known = new Map(this.#places.map((place) => [place.order, place]));
    let least = 0;
    this.#places = orders.map(({ order, front }) => {
      const place = known.get(order);
      // What a ticker took off a moment ago and its trade will still take does not stand there, but its trade eats it.
      // More before it than there was: it is an iceberg that went to the back with its next slice.
      const isNew = place === undefined || front > place.shown;
      const ahead = isNew ? front + this.#unexplained : Math.max(0, place.ahead - (place.shown - front));
      least = Math.max(least, ahead);
      return { order, ahead: least, shown: front };
    });
  }

  /** Everybody stands behind what is recorded now: the record begins anew. */
  joinAtBack(): void {
    for (const place of this.#places) place.ahead = this.recorded;
  }

  /**
   * A recorded trade at this price that hit our side.
   *
   * @returns how much of which orders it fills, in the order of the queue
   */
  trade(lots: number, at: number): { order: Order; lots: number }[] {
    this.#settle(at);
    const explained = Math.min(lots, this.#unexplained);
    this.#unexplained -= explained;
    this.#traded += lots - explained;
    let ours = 0;
    const fills: { order: Order; lots: number }[] = [];
    for (const place of this.#places) {
      const left = lots - ours;
      const eaten = Math.min(place.ahead, left);
      const filled = Math.min(place.order.openLots, left - eaten);
      place.ahead -= eaten;
      if (filled > 0) fills.push({ order: place.order, lots: filled });
      ours += filled;
    }
    return fills;
  }

  /** The record sets the level. What is gone beyond the trades was cancelled; what is new joins at the back. */
  set(lots: number, kind: RecordKind, at: number): void {
    this.#settle(at);
    const fall = Math.max(0, this.recorded - lots);
    const explained = Math.min(fall, this.#traded);
    this.recorded = lots;
    this.#traded = kind === 'ticker' ? this.#traded - explained : 0;
    if (kind === 'depth') return this.#cancelled(lots + fall - explained, lots);
    if (fall === explained) return;
    this.#unexplained += fall - explained;
    this.#unexplainedAt = at;
  }

  /** Recorded lots between the orders: before the first, ..., behind the last; `shown` lots in all. */
  arrange(shown: number): number[] {
    let before = 0;
    const segments = this.#places.map((place) => {
      place.shown = Math.min(place.ahead, shown);
      const segment = place.shown - before;
      before = place.shown;
      return segment;
    });
    return [...segments, shown - before];
  }

  /** A fall that no trade explained in time was cancelled. */
  #settle(at: number): void {
    if (this.#unexplained === 0 || at - this.#unexplainedAt <= TRADE_LAG_MICROS) return;
    this.#cancelled(this.recorded + this.#unexplained, this.recorded);
    this.#unexplained = 0;
  }

  #cancelled(from: number, to: number): void {
    for (const place of this.#places) {
      const kept = this.mode === 'prorata' && from > to ? share(place.ahead, to, from) : place.ahead;
      place.ahead = Math.min(kept, to); // no more can stand before it than there is
    }
  }
}

/** lots * to / from, rounded up: never nearer to the front than the share says. */
function share(lots: number, to: number, from: number): number {
  const product = lots * to;
  if (Number.isSafeInteger(product)) return Math.ceil(product / from);
  return Number((BigInt(lots) * BigInt(to) + BigInt(from) - 1n) / BigInt(from));
}
