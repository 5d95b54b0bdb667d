export type Side = 'BUY' | 'SELL';

/** Who stands behind an order: 0 is the market itself (synthetic or scripted), anything else an account. */
export const MARKET_OWNER = 0;

/** What the book needs of an order; links make queues intrusive, so a fill allocates nothing. */
export interface BookOrder {
  readonly owner: number;
  readonly side: Side;
  readonly ticks: number;
  /** Lots not yet filled; what a resting order shows. */
  openLots: number;
  level: Level | null;
  before: BookOrder | null;
  after: BookOrder | null;
}

export interface Level {
  readonly side: Side;
  readonly ticks: number;
  lots: number;
  first: BookOrder | null;
  last: BookOrder | null;
}

/**
 * Price-time priority. Levels stand in sorted arrays with the best one last, so that the touch is a plain index;
 * within a level orders form a doubly linked list, oldest first.
 */
export class Book {
  readonly #bids: Level[] = [];
  readonly #asks: Level[] = [];

  /** @param onChange called with the level's new total after every change of it */
  constructor(private readonly onChange: (side: Side, ticks: number, lots: number) => void) {}

  best(side: Side): Level | undefined {
    return (side === 'BUY' ? this.#bids : this.#asks).at(-1);
  }

  /** Levels from the best one outwards. */
  *levels(side: Side): Generator<Level> {
    const levels = side === 'BUY' ? this.#bids : this.#asks;
    for (let i = levels.length - 1; i >= 0; i -= 1) yield levels[i] as Level;
  }

  levelAt(side: Side, ticks: number): Level | undefined {
    const levels = side === 'BUY' ? this.#bids : this.#asks;
    const found = levels[position(levels, side, ticks)];
    return found?.ticks === ticks ? found : undefined;
  }

  count(side: Side): number {
    return (side === 'BUY' ? this.#bids : this.#asks).length;
  }

  /** Puts the order at the back of its level's queue. */
  add(order: BookOrder): void {
    if (order.level !== null) throw new Error(`Order at ${order.ticks} ticks is already in the book`);
    if (!(order.openLots > 0)) throw new Error(`Open lots of a resting order must be positive, were ${order.openLots}`);
    const opposite = this.best(order.side === 'BUY' ? 'SELL' : 'BUY');
    if (opposite !== undefined && crosses(order.side, order.ticks, opposite.ticks))
      throw new Error(`Book would be crossed: ${order.side} ${order.ticks} against ${opposite.ticks}`);
    const level = this.#levelFor(order.side, order.ticks);
    order.level = level;
    order.before = level.last;
    order.after = null;
    if (level.last === null) level.first = order;
    else level.last.after = order;
    level.last = order;
    level.lots += order.openLots;
    this.onChange(level.side, level.ticks, level.lots);
  }

  /**
   * Puts the order right before `next` in its level's queue. Only for interest of the market that a record shows there:
   * everybody else joins at the back.
   */
  insertBefore(order: BookOrder, next: BookOrder): void {
    const level = next.level;
    if (order.level !== null || level === null) throw new Error('Order must be new and its neighbour in the book');
    if (order.side !== level.side || order.ticks !== level.ticks || !(order.openLots > 0))
      throw new Error(`Order must have open lots and belong to ${level.side} ${level.ticks}`);
    order.level = level;
    order.before = next.before;
    order.after = next;
    if (next.before === null) level.first = order;
    else next.before.after = order;
    next.before = order;
    level.lots += order.openLots;
    this.onChange(level.side, level.ticks, level.lots);
  }

  /** Adds lots to an order in place; its queue position stays. Only for interest of the market, as above. */
  grow(order: BookOrder, lots: number): void {
    const level = order.level;
    if (level === null) throw new Error('Order is not in the book');
    if (!(lots > 0)) throw new Error(`Lots added must be positive, were ${lots}`);
    order.openLots += lots;
    level.lots += lots;
    this.onChange(level.side, level.ticks, level.lots);
  }

  /** Takes lots off an order in place: a fill or an amend down. Its queue position stays; at zero it leaves. */
  reduce(order: BookOrder, lots: number): void {
    const level = order.level;
    if (level === null) throw new Error('Order is not in the book');
    if (!(lots > 0) || lots > order.openLots)
      throw new Error(`Lots taken off must be between 1 and ${order.openLots}, were ${lots}`);
    order.openLots -= lots;
    level.lots -= lots;
    if (order.openLots === 0) this.#unlink(order, level);
    this.onChange(level.side, level.ticks, level.lots);
  }

  /** Takes the whole order out; `openLots` keeps what was open. */
  remove(order: BookOrder): void {
    const level = order.level;
    if (level === null) throw new Error('Order is not in the book');
    level.lots -= order.openLots;
    this.#unlink(order, level);
    this.onChange(level.side, level.ticks, level.lots);
  }

  /** @throws Error naming the first rule broken: crossed, unsorted, or a level that is not the sum of its orders. */
  assertInvariants(): void {
    const [bid, ask] = [this.best('BUY'), this.best('SELL')];
    if (bid && ask && bid.ticks >= ask.ticks) throw new Error(`Book is crossed: ${bid.ticks} >= ${ask.ticks}`);
    for (const side of ['BUY', 'SELL'] as const) {
      let previous: number | null = null;
      for (const level of this.levels(side)) {
        if (previous !== null && !crosses(side, previous, level.ticks)) throw new Error(`${side} levels are unsorted`);
        previous = level.ticks;
        let sum = 0;
        for (let o = level.first; o !== null; o = o.after) {
          if (o.openLots <= 0 || o.level !== level || o.ticks !== level.ticks)
            throw new Error(`Order in level ${level.ticks} does not belong there`);
          sum += o.openLots;
        }
        if (sum !== level.lots || sum === 0)
          throw new Error(`Level ${level.ticks} must hold the sum of its orders ${sum}, held ${level.lots}`);
      }
    }
  }

  #levelFor(side: Side, ticks: number): Level {
    const levels = side === 'BUY' ? this.#bids : this.#asks;
    const at = position(levels, side, ticks);
    const found = levels[at];
    if (found?.ticks === ticks) return found;
    const level: Level = { side, ticks, lots: 0, first: null, last: null };
    levels.splice(at, 0, level);
    return level;
  }

  #unlink(order: BookOrder, level: Level): void {
    if (order.before === null) level.first = order.after;
    else order.before.after = order.after;
    if (order.after === null) level.last = order.before;
    else order.after.before = order.before;
    order.level = order.before = order.after = null;
    if (level.first !== null) return;
    if (level.lots !== 0) throw new Error(`Empty level ${level.ticks} must hold 0 lots, held ${level.lots}`);
    const levels = level.side === 'BUY' ? this.#bids : this.#asks;
    if (levels.at(-1) === level) levels.pop();
    else levels.splice(position(levels, level.side, level.ticks), 1);
  }
}

/** Whether an order of `side` at `ticks` would trade with a resting opposite order at `oppositeTicks`. */
export function crosses(side: Side, ticks: number, oppositeTicks: number): boolean {
  return side === 'BUY' ? ticks >= oppositeTicks : ticks <= oppositeTicks;
}

/** First index whose price is at least as good as `ticks`; bids ascend and asks descend, so the best is last. */
function position(levels: readonly Level[], side: Side, ticks: number): number {
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = (levels[middle] as Level).ticks;
    if (side === 'BUY' ? at < ticks : at > ticks) low = middle + 1;
    else high = middle;
  }
  return low;
}
