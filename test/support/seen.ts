import { expect } from '@jest/globals';

/** Cases that a property met, by kind: a property that never meets its case proves nothing. */
export class Seen {
  readonly #counts = new Map<string, number>();

  note(kind: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  /** Fails unless each of these kinds was met that often; says how often each was. */
  atLeast(minimum: Record<string, number>): void {
    const short = Object.entries(minimum).filter(([kind, count]) => (this.#counts.get(kind) ?? 0) < count);
    const actual = Object.fromEntries([...this.#counts].sort(([a], [b]) => a.localeCompare(b)));
    expect({ short, actual }).toEqual({ short: [], actual });
  }
}
