export type Side = 'BUY' | 'SELL';

/** Who stands behind an order: 0 is the market itself (synthetic or scripted), anything else an account. */
export const MARKET_OWNER = 0;

/** What the book needs of an order; links make queues intrusive, so a fill allocates nothing. */
export interface BookOrder {
  readonly owner: number;
  readonly side: Side;
  readonly ticks: number;
  /** Lots not yet filled. In the book it is what the order shows; an iceberg out of the book has its reserve in it. */
  openLots: number;
  /** Most lots that an iceberg shows at once; absent or 0 for an order that shows everything. */
  readonly sliceLots?: number;
  /** What an iceberg in the book has beyond `openLots`. Only the book sets it; 0 or absent out of the book. */
  hiddenLots?: number;
  level: Level | null;
  before: BookOrder | null;
  after: BookOrder | null;
}

export interface Level {
  readonly side: Side;
  readonly ticks: number;
  /** What its orders show. */
  lots: number;
  /** What icebergs have in reserve here; never published. */
  hiddenLots: number;
  first: BookOrder | null;
  last: BookOrder | null;
}

/**
 * Price-time priority. Levels stand in sorted arrays with the best one last, so that the touch is a plain index;
 * within a level orders form a doubly linked list, oldest first.
 *
 * An order with `sliceLots` is an iceberg: the book splits it when it joins, refills what it shows when that is used
 * up, which costs it its place, and puts the reserve back into `openLots` when it leaves.
 */
export class Book {
  readonly #bids: Level[] = [];
  readonly #asks: Level[] = [];

  /** @param onChange called with what the level shows, in lots, after every change of that */
  constructor(private readonly onChange: (side: Side, ticks: number, lots: number) => void) {}

  best(side: Side): Level | undefined {
    const levels = side === 'BUY' ? this.#bids : this.#asks;
    return levels[levels.length - 1];
  }

  /** The best level for 0, the next one outwards for 1, and so on. */
  levelFromBest(side: Side, index: number): Level | undefined {
    const levels = side === 'BUY' ? this.#bids : this.#asks;
    return levels[levels.length - 1 - index];
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

  /** Puts the order at the back of its level's queue; an iceberg shows its slice from now on. */
  add(order: BookOrder): void {
    if (order.level !== null) throw new Error(`Order at ${order.ticks} ticks is already in the book`);
    if (!(order.openLots > 0)) throw new Error(`Open lots of a resting order must be positive, were ${order.openLots}`);
    const opposite = this.best(order.side === 'BUY' ? 'SELL' : 'BUY');
    if (opposite !== undefined && crosses(order.side, order.ticks, opposite.ticks))
      throw new Error(`Book would be crossed: ${order.side} ${order.ticks} against ${opposite.ticks}`);
    const level = this.#levelFor(order.side, order.ticks);
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
    this.onChange(level.side, level.ticks, level.lots);
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
    this.onChange(level.side, level.ticks, level.lots);
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
        assertLevel(level);
      }
    }
  }

  #levelFor(side: Side, ticks: number): Level {
    const levels = side === 'BUY' ? this.#bids : this.#asks;
    const at = position(levels, side, ticks);
    const found = levels[at];
    if (found?.ticks === ticks) return found;
    const level: Level = { side, ticks, lots: 0, hiddenLots: 0, first: null, last: null };
    levels.splice(at, 0, level);
    return level;
  }

  #unlink(order: BookOrder, level: Level): void {
    detach(order, level);
    order.level = null;
    if (level.first !== null) return;
    if (level.lots !== 0 || level.hiddenLots !== 0)
      throw new Error(`Empty level ${level.ticks} must hold 0 lots, held ${level.lots} and ${level.hiddenLots} hidden`);
    const levels = level.side === 'BUY' ? this.#bids : this.#asks;
    if (levels[levels.length - 1] === level) levels.pop();
    else levels.splice(position(levels, level.side, level.ticks), 1);
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
