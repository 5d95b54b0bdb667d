import type { BookOrder, Level, Side } from './level.js';
import { LevelLadder } from './level-ladder.js';

export type { BookOrder, Level, Side };

/** Who stands behind an order: 0 is the market itself (synthetic or scripted), anything else an account. */
export const MARKET_OWNER = 0;

/**
 * Price-time priority. Levels stand in sorted arrays with the best one last; within a level orders form a doubly linked
 * list, oldest first.
 *
 * An order with `sliceLots` is an iceberg: the book splits it when it joins, refills what it shows when that is used
 * up, which costs it its place, and puts the reserve back into `openLots` when it leaves.
 */
export class Book {
  readonly #bids = new LevelLadder('BUY');
  readonly #asks = new LevelLadder('SELL');

  /** @param onChange called with what the level shows, in lots, after every change of that; at 0 it has left the book */
  constructor(private readonly onChange: (side: Side, ticks: number, lots: number, level: Level) => void) {}

  best(side: Side): Level | undefined {
    return this.#ladder(side).best();
  }

  /** Levels from the best one outwards. */
  levels(side: Side): Generator<Level> {
    return this.#ladder(side).outwards();
  }

  levelAt(side: Side, ticks: number): Level | undefined {
    return this.#ladder(side).find(ticks);
  }

  count(side: Side): number {
    return this.#ladder(side).size;
  }

  /** Puts the order at the back of its level's queue; an iceberg shows its slice from now on. */
  add(order: BookOrder): void {
    if (order.level !== null) throw new Error(`Order at ${order.ticks} ticks is already in the book`);
    if (!(order.openLots > 0)) throw new Error(`Open lots of a resting order must be positive, were ${order.openLots}`);
    const opposite = this.best(order.side === 'BUY' ? 'SELL' : 'BUY');
    if (opposite !== undefined && crosses(order.side, order.ticks, opposite.ticks))
      throw new Error(`Book would be crossed: ${order.side} ${order.ticks} against ${opposite.ticks}`);
    const level = this.#ladder(order.side).findOrAdd(order.ticks);
    const slice = order.sliceLots ?? 0;
    if (slice > 0 && order.openLots > slice) {
      const hidden = order.openLots - slice;
      order.hiddenLots = hidden;
      order.openLots = slice;
      level.hiddenLots += hidden;
    }
    order.level = level;
    append(order, level);
    level.lots += order.openLots;
    this.onChange(level.side, level.ticks, level.lots, level);
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
    this.onChange(level.side, level.ticks, level.lots, level);
  }

  /** Adds lots to an order in place; its queue position stays. Only for interest of the market, as above. */
  grow(order: BookOrder, lots: number): void {
    const level = order.level;
    if (level === null) throw new Error('Order is not in the book');
    if (!(lots > 0)) throw new Error(`Lots added must be positive, were ${lots}`);
    order.openLots += lots;
    level.lots += lots;
    this.onChange(level.side, level.ticks, level.lots, level);
  }

  /**
   * Takes traded lots off what the order shows. An iceberg that shows nothing then shows its next slice from the back
   * of the level; any other order that has nothing left leaves.
   */
  fill(order: BookOrder, lots: number): void {
    const level = order.level;
    if (level === null) throw new Error('Order is not in the book');
    if (!(lots > 0) || lots > order.openLots)
      throw new Error(`Lots filled must be between 1 and ${order.openLots}, were ${lots}`);
    order.openLots -= lots;
    level.lots -= lots;
    if (order.openLots === 0) {
      if ((order.hiddenLots ?? 0) > 0) showNextSlice(order, level);
      else this.#unlink(order, level);
    }
    this.onChange(level.side, level.ticks, level.lots, level);
  }

  /**
   * Takes lots off an order without a trade: an amend down. Its queue position stays. An iceberg gives up its reserve
   * first, so that what it shows changes last. At zero the order leaves.
   */
  reduce(order: BookOrder, lots: number): void {
    const level = order.level;
    if (level === null) throw new Error('Order is not in the book');
    const hidden = order.hiddenLots ?? 0;
    if (!(lots > 0) || lots > order.openLots + hidden)
      throw new Error(`Lots taken off must be between 1 and ${order.openLots + hidden}, were ${lots}`);
    const fromHidden = Math.min(hidden, lots);
    if (fromHidden > 0) {
      order.hiddenLots = hidden - fromHidden;
      level.hiddenLots -= fromHidden;
      if (fromHidden === lots) return;
    }
    const fromShown = lots - fromHidden;
    order.openLots -= fromShown;
    level.lots -= fromShown;
    if (order.openLots === 0) this.#unlink(order, level);
    this.onChange(level.side, level.ticks, level.lots, level);
  }

  /** Takes the whole order out; `openLots` keeps what was open, an iceberg's reserve included. */
  remove(order: BookOrder): void {
    const level = order.level;
    if (level === null) throw new Error('Order is not in the book');
    level.lots -= order.openLots;
    const hidden = order.hiddenLots ?? 0;
    if (hidden > 0) {
      level.hiddenLots -= hidden;
      order.hiddenLots = 0;
      order.openLots += hidden;
    }
    this.#unlink(order, level);
    this.onChange(level.side, level.ticks, level.lots, level);
  }

  /** @throws Error naming the first rule broken: crossed, unsorted, or a level that is not the sum of its orders. */
  assertInvariants(): void {
    const [bid, ask] = [this.best('BUY'), this.best('SELL')];
    if (bid && ask && bid.ticks >= ask.ticks) throw new Error(`Book is crossed: ${bid.ticks} >= ${ask.ticks}`);
    for (const side of ['BUY', 'SELL'] as const) {
      let previous: number | null = null;
      let count = 0;
      for (const level of this.levels(side)) {
        if (previous !== null && !crosses(side, previous, level.ticks)) throw new Error(`${side} levels are unsorted`);
        previous = level.ticks;
        assertLevel(level);
        count += 1;
      }
      if (count !== this.count(side)) throw new Error(`${side} must have ${this.count(side)} levels, has ${count}`);
    }
  }

  #ladder(side: Side): LevelLadder {
    return side === 'BUY' ? this.#bids : this.#asks;
  }

  #unlink(order: BookOrder, level: Level): void {
    detach(order, level);
    order.level = null;
    if (level.first !== null) return;
    if (level.lots !== 0 || level.hiddenLots !== 0)
      throw new Error(`Empty level ${level.ticks} must hold 0 lots, held ${level.lots} and ${level.hiddenLots} hidden`);
    this.#ladder(level.side).remove(level);
  }
}

function append(order: BookOrder, level: Level): void {
  order.before = level.last;
  order.after = null;
  if (level.last === null) level.first = order;
  else level.last.after = order;
  level.last = order;
}

function detach(order: BookOrder, level: Level): void {
  if (order.before === null) level.first = order.after;
  else order.before.after = order.after;
  if (order.after === null) level.last = order.before;
  else order.after.before = order.before;
  order.before = order.after = null;
}

function showNextSlice(order: BookOrder, level: Level): void {
  const hidden = order.hiddenLots as number;
  const shown = Math.min(order.sliceLots as number, hidden);
  order.openLots = shown;
  order.hiddenLots = hidden - shown;
  level.lots += shown;
  level.hiddenLots -= shown;
  if (order.after === null) return;
  detach(order, level);
  append(order, level);
}

function assertLevel(level: Level): void {
  let shown = 0;
  let hidden = 0;
  let before: BookOrder | null = null;
  for (let order = level.first; order !== null; order = order.after) {
    if (order.level !== level || order.ticks !== level.ticks || order.side !== level.side || order.before !== before)
      throw new Error(`Order in level ${level.ticks} does not belong there`);
    const reserve = order.hiddenLots ?? 0;
    if (order.openLots <= 0 || reserve < 0 || (reserve > 0 && order.openLots > (order.sliceLots ?? 0)))
      throw new Error(`Order at ${level.ticks} ticks shows ${order.openLots} lots with ${reserve} in reserve`);
    shown += order.openLots;
    hidden += reserve;
    before = order;
  }
  if (before !== level.last) throw new Error(`Queue of level ${level.ticks} must end with its last order`);
  if (shown !== level.lots || hidden !== level.hiddenLots || shown === 0)
    throw new Error(
      `Level ${level.ticks} must hold the sums of its orders, ${shown} lots and ${hidden} hidden, ` +
        `held ${level.lots} and ${level.hiddenLots}`,
    );
}

/** The oldest order at this level that an account stands behind. */
export function firstOfAccounts(level: Level): BookOrder | null {
  let order = level.first;
  while (order !== null && order.owner === MARKET_OWNER) order = order.after;
  return order;
}

/** Whether an order of `side` at `ticks` would trade with a resting opposite order at `oppositeTicks`. */
export function crosses(side: Side, ticks: number, oppositeTicks: number): boolean {
  return side === 'BUY' ? ticks >= oppositeTicks : ticks <= oppositeTicks;
}
