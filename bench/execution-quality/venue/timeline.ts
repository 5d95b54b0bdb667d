interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Simulated time: runs what is due in the order of its time, and in the order of asking where that is equal. */
export class Timeline {
  #now: number;
  #asked = 0;
  readonly #heap: Due[] = [];

  constructor(startAt: number) {
    this.#now = startAt;
  }

  /** Microseconds since 1970. */
  get now(): number {
    return this.#now;
  }

  /** An instant that is past already counts as now. */
  at(at: number, run: () => void): void {
    this.#asked += 1;
    const heap = this.#heap;
    heap.push({ at: Math.max(at, this.#now), order: this.#asked, run });
    let child = heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >>> 1;
      if (!isBefore(heap[child] as Due, heap[parent] as Due)) break;
      swap(heap, child, parent);
      child = parent;
    }
  }

  /** Runs everything that is due up to `until`, what that asks for included, and ends there. */
  runUntil(until: number): void {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.at > until) break;
      this.#takeFirst();
      this.#now = next.at;
      next.run();
    }
    this.#now = Math.max(this.#now, until);
  }

  #takeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Due;
    if (heap.length === 0) return;
    heap[0] = last;
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      let least = parent;
      for (const child of [left, left + 1])
        if (child < heap.length && isBefore(heap[child] as Due, heap[least] as Due)) least = child;
      if (least === parent) return;
      swap(heap, parent, least);
      parent = least;
    }
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function swap(heap: Due[], a: number, b: number): void {
  [heap[a], heap[b]] = [heap[b] as Due, heap[a] as Due];
}
