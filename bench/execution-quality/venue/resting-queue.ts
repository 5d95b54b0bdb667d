/** One resting child of ours, and how much displayed quantity stands before it. */
export interface Resting {
  readonly ticks: number;
  openLots: number;
  aheadLots: number;
}

/**
 * The queue rules of algorithms.md 10 for children that rest on one side of a replayed book. Our fills change nothing
 * in the book, so that children of different orders do not see each other.
 */
export class RestingQueue<Child extends Resting> {
  readonly #byTicks = new Map<number, Set<Child>>();

  constructor(
    private readonly isBuy: boolean,
    private readonly onFill: (child: Child, lots: number) => void,
  ) {}

  /** Joins behind what is displayed at its price. */
  join(child: Child, displayedLots: number): void {
    child.aheadLots = displayedLots;
    const level = this.#byTicks.get(child.ticks);
    if (level === undefined) this.#byTicks.set(child.ticks, new Set([child]));
    else level.add(child);
  }

  /** @returns false when it does not rest here any more */
  leave(child: Child): boolean {
    const level = this.#byTicks.get(child.ticks);
    if (level?.delete(child) !== true) return false;
    if (level.size === 0) this.#byTicks.delete(child.ticks);
    return true;
  }

  /** A level shows `lots` now: no more than that can stand before a child. */
  displayed(ticks: number, lots: number): void {
    const level = this.#byTicks.get(ticks);
    if (level === undefined) return;
    for (const child of level) if (child.aheadLots > lots) child.aheadLots = lots;
  }

  /** The best price of the other side; undefined without one. Children it has reached are filled. */
  opposite(ticks: number | undefined): void {
    if (ticks !== undefined) this.#fillThrough((own) => (this.isBuy ? ticks <= own : ticks >= own));
  }

  /**
   * A trade: beyond a child's price it fills the child, at its price it eats the queue and then the child.
   *
   * @param hitsUs whether the aggressor came against this side
   */
  trade(ticks: number, lots: number, hitsUs: boolean): void {
    if (this.#byTicks.size === 0) return;
    this.#fillThrough((own) => (this.isBuy ? ticks < own : ticks > own));
    const level = hitsUs ? this.#byTicks.get(ticks) : undefined;
    if (level === undefined) return;
    for (const child of [...level]) {
      const eaten = Math.min(child.aheadLots, lots);
      child.aheadLots -= eaten;
      if (lots > eaten) this.#fill(child, Math.min(child.openLots, lots - eaten));
    }
  }

  #fillThrough(isReached: (ticks: number) => boolean): void {
    for (const [ticks, level] of this.#byTicks)
      if (isReached(ticks)) for (const child of [...level]) this.#fill(child, child.openLots);
  }

  #fill(child: Child, lots: number): void {
    child.openLots -= lots;
    if (child.openLots === 0) this.leave(child);
    this.onFill(child, lots);
  }
}
