import type { Onlooker } from '../floor/order-policy.js';

/** What is kept from onlookers for a while although the ledger has it. Measures on a clock that no fault moves. */
export class Veil {
  readonly #until = new WeakMap<object, Record<Onlooker, number>>();
  readonly #latest = new Map<number, number>();

  constructor(private readonly clock: () => number = () => performance.now()) {}

  /** Keeps `what`, which is of this account, from one kind of onlooker for `ms`. What a reply may not tell, no query may. */
  hide(accountId: number, what: object, from: Onlooker, ms: number): void {
    const end = this.clock() + ms;
    const before = this.#until.get(what) ?? { query: 0, reply: 0 };
    this.#until.set(what, {
      query: Math.max(before.query, end),
      reply: from === 'reply' ? Math.max(before.reply, end) : before.reply,
    });
    this.#latest.set(accountId, Math.max(this.#latest.get(accountId) ?? 0, end));
  }

  hides(what: object, from: Onlooker): boolean {
    return this.clock() < (this.#until.get(what)?.[from] ?? 0);
  }

  hidesAnything(accountId: number): boolean {
    const end = this.#latest.get(accountId);
    if (end === undefined) return false;
    if (this.clock() < end) return true;
    this.#latest.delete(accountId);
    return false;
  }

  /** Nothing is hidden any more. */
  clear(): void {
    this.#latest.clear();
  }
}
