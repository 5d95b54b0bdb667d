export interface TimelineRange {
  /** Lowest id wanted. */
  readonly fromId?: number | undefined;
  /** In ms, both ends included. */
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
  readonly limit: number;
}

/**
 * Things in the order of their ids, found by id or time without a walk through all of them. One may come in with a lower
 * id than those before it: an order can live later than it got its number.
 */
export class Timeline<T> {
  readonly #items: T[] = [];
  /** Clocks can be set back, and what came in late has a late time: then times are looked up one by one. */
  #timesRise = true;

  constructor(
    private readonly idOf: (item: T) => number,
    private readonly timeOf: (item: T) => number,
  ) {}

  all(): readonly T[] {
    return this.#items;
  }

  add(item: T): void {
    const last = this.#items.at(-1);
    const id = this.idOf(item);
    const at =
      last === undefined || this.idOf(last) <= id
        ? this.#items.length
        : this.#firstWhere((other) => this.idOf(other) > id);
    this.#items.splice(at, 0, item);
    const [before, after] = [this.#items[at - 1], this.#items[at + 1]];
    const time = this.timeOf(item);
    if ((before !== undefined && time < this.timeOf(before)) || (after !== undefined && time > this.timeOf(after)))
      this.#timesRise = false;
  }

  remove(isMeant: (item: T) => boolean): void {
    const at = this.#items.findLastIndex(isMeant);
    if (at !== -1) this.#items.splice(at, 1);
  }

  /** Those with the lowest ids in the range when it has a beginning, else those with the highest; lowest first in either case. */
  select({ fromId, startTime, endTime, limit }: TimelineRange): readonly T[] {
    const hasStart = fromId !== undefined || startTime !== undefined;
    let from = fromId === undefined ? 0 : this.#firstWhere((item) => this.idOf(item) >= fromId);
    let to = this.#items.length;
    if (!this.#timesRise && (startTime !== undefined || endTime !== undefined)) {
      const found = this.#items
        .slice(from)
        .filter((item) => this.timeOf(item) >= (startTime ?? 0) && this.timeOf(item) <= (endTime ?? Infinity));
      return hasStart ? found.slice(0, limit) : found.slice(-limit);
    }
    if (startTime !== undefined)
      from = Math.max(
        from,
        this.#firstWhere((item) => this.timeOf(item) >= startTime),
      );
    if (endTime !== undefined) to = this.#firstWhere((item) => this.timeOf(item) > endTime);
    return hasStart
      ? this.#items.slice(from, Math.min(to, from + limit))
      : this.#items.slice(Math.max(from, to - limit), Math.max(from, to));
  }

  /** @param holds false for the first ones, true from some item on */
  #firstWhere(holds: (item: T) => boolean): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.#items[middle] as T)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
