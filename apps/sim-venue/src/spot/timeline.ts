export interface TimelineRange {
  /** Lowest id wanted. */
  readonly fromId?: number | undefined;
  /** In ms, both ends included. */
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
  readonly limit: number;
}

/** Things in the order in which they happened, found by id or time without a walk through all of them. */
export class Timeline<T> {
  readonly #items: T[] = [];
  /** Clocks can be set back, and orders can live later than they got their number: then all are looked through. */
  #rises = true;

  constructor(
    private readonly idOf: (item: T) => number,
    private readonly timeOf: (item: T) => number,
  ) {}

  all(): readonly T[] {
    return this.#items;
  }

  add(item: T): void {
    const last = this.#items.at(-1);
    if (last !== undefined && (this.timeOf(item) < this.timeOf(last) || this.idOf(item) < this.idOf(last)))
      this.#rises = false;
    this.#items.push(item);
  }

  remove(isMeant: (item: T) => boolean): void {
    const at = this.#items.findLastIndex(isMeant);
    if (at !== -1) this.#items.splice(at, 1);
  }

  /** The oldest of those in the range when it has a beginning, else the newest; oldest first in either case. */
  select({ fromId, startTime, endTime, limit }: TimelineRange): readonly T[] {
    const hasStart = fromId !== undefined || startTime !== undefined;
    if (this.#rises) {
      let from = fromId === undefined ? 0 : this.#firstWhere((item) => this.idOf(item) >= fromId);
      let to = this.#items.length;
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
    const found = this.#items.filter(
      (item) =>
        this.idOf(item) >= (fromId ?? 0) &&
        this.timeOf(item) >= (startTime ?? 0) &&
        this.timeOf(item) <= (endTime ?? Infinity),
    );
    return hasStart ? found.slice(0, limit) : found.slice(-limit);
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
