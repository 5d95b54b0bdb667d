import type { FaultBook } from './fault-book.js';
import type { FaultRule } from './fault-rules.js';

/** The venue's clock as faults bend it. */
export class VenueClock {
  readonly #seen = new WeakSet<FaultRule>();
  #latest = -Infinity;

  constructor(
    private readonly base: () => number,
    private readonly book: FaultBook,
  ) {}

  /** What the venue takes for the time, ms since 1970: what it compares timestamps with. May step back. */
  readonly now = (): number => {
    const base = this.base();
    if (this.book.isFree('clock')) return base;
    let error = 0;
    for (const { rule, addedAt, fire } of this.book.standing('clock', null)) {
      if (rule.fault !== 'clock') continue;
      const { args } = rule;
      if (args.how === 'jump' && base < addedAt + args.afterMs) continue;
      error += args.how === 'drift' ? ((base - addedAt) * args.ppm) / 1_000_000 : args.ms;
      if (this.#seen.has(rule)) continue;
      this.#seen.add(rule);
      fire();
    }
    return Math.round(base + error);
  };

  /** The same for times of orders and trades, which at the vendor never step back: it stands still instead. */
  readonly monotone = (): number => {
    this.#latest = Math.max(this.#latest, this.now());
    return this.#latest;
  };

  /** Orders and trades are forgotten: their times may begin anew. */
  reset(): void {
    this.#latest = -Infinity;
  }
}
