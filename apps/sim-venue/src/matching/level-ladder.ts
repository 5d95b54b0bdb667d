import type { Level, Side } from './level.js';

/** A block is cut in two beyond this; an insertion moves at most so many pointers, however many levels there are. */
const MOST_IN_A_BLOCK = 512;

/**
 * The levels of one side in a sorted array, worst first, so that the best one is simply the last. The array is cut into
 * blocks: in one piece, each new price among hundreds of thousands would move hundreds of thousands of pointers.
 */
export class LevelLadder {
  /** None is empty, unless it is the only one. */
  readonly #blocks: Level[][] = [[]];
  readonly #sign: 1 | -1;
  /** The block that holds the best level. */
  #top: Level[];
  #size = 0;
  /** Block of the place that was located last. */
  #at = 0;

  constructor(
    private readonly side: Side,
    private readonly mostInABlock = MOST_IN_A_BLOCK,
  ) {
    this.#sign = side === 'BUY' ? 1 : -1;
    this.#top = this.#blocks[0] as Level[];
  }

  get size(): number {
    return this.#size;
  }

  best(): Level | undefined {
    return this.#top[this.#top.length - 1];
  }

  find(ticks: number): Level | undefined {
    const found = this.#locate(ticks);
    const level = (this.#blocks[this.#at] as Level[])[found];
    return level?.ticks === ticks ? level : undefined;
  }

  /** The level at this price, an empty one if there was none. */
  findOrAdd(ticks: number): Level {
    const at = this.#locate(ticks);
    const block = this.#blocks[this.#at] as Level[];
    const found = block[at];
    if (found?.ticks === ticks) return found;
    const level: Level = { side: this.side, ticks, lots: 0, hiddenLots: 0, noted: 0, first: null, last: null };
    if (at === block.length) block.push(level);
    else block.splice(at, 0, level);
    this.#size += 1;
    if (block.length > this.mostInABlock) this.#cut(block);
    return level;
  }

  remove(level: Level): void {
    if (this.best() === level) {
      this.#top.pop();
      this.#at = this.#blocks.length - 1;
    } else {
      const at = this.#locate(level.ticks);
      const block = this.#blocks[this.#at] as Level[];
      if (block[at] !== level) throw new Error(`Level ${level.ticks} is not in the book`);
      block.splice(at, 1);
    }
    this.#size -= 1;
    if ((this.#blocks[this.#at] as Level[]).length > 0 || this.#blocks.length === 1) return;
    this.#blocks.splice(this.#at, 1);
    this.#top = this.#blocks[this.#blocks.length - 1] as Level[];
  }

  /** From the best one outwards. A level may be removed while it is at hand. */
  *outwards(): Generator<Level> {
    for (let b = this.#blocks.length - 1; b >= 0; b -= 1) {
      const block = this.#blocks[b] as Level[];
      for (let i = block.length - 1; i >= 0; i -= 1) yield block[i] as Level;
    }
  }

  /** Sets `#at` to the block where this price belongs and returns its place there: that of the first at least as good. */
  #locate(ticks: number): number {
    const rank = ticks * this.#sign;
    const top = this.#blocks.length - 1;
    let low = 0;
    let high = top;
    if (top > 0 && rank >= (this.#top[0] as Level).ticks * this.#sign) low = top;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const block = this.#blocks[middle] as Level[];
      if ((block[block.length - 1] as Level).ticks * this.#sign < rank) low = middle + 1;
      else high = middle;
    }
    this.#at = low;
    const block = this.#blocks[low] as Level[];
    low = 0;
    high = block.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((block[middle] as Level).ticks * this.#sign < rank) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #cut(block: Level[]): void {
    const better = block.splice(block.length >>> 1);
    this.#blocks.splice(this.#at + 1, 0, better);
    if (block === this.#top) this.#top = better;
  }
}
