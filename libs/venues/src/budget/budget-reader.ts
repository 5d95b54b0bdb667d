import { figuresOf, freeShare, usageOf, type LimitUsage, type Priority, type Scopes } from '#domain';
import type { Redis } from 'ioredis';
import { BudgetStore } from './budget-store.js';
import { drawsOf, type VenueLimits } from './venue-limits.js';

/** Looks at a venue's budget without spending it. Throws what the connection throws. */
export class BudgetReader {
  private readonly store: BudgetStore;

  constructor(
    redis: Redis,
    private readonly limits: VenueLimits,
    prefix: string,
  ) {
    this.store = new BudgetStore(redis, prefix, limits.venue);
  }

  get venue(): string {
    return this.limits.venue;
  }

  get crossingsStream(): string {
    return this.store.keys.crossings;
  }

  /**
   * Unused fraction, 0..1, of the ceiling of `priority` on the tightest limit that `call` draws on; 0 while
   * one is closed or unknown.
   */
  async freeShare(call: string, scopes: Scopes, priority: Priority): Promise<number> {
    const draws = drawsOf(this.limits, call, { scopes, priority });
    const { state, now } = await this.store.read(draws.map((draw) => draw.name));
    return freeShare(state, draws, priority, now);
  }

  /** Every limit that has a state, in every scope. */
  async usage(): Promise<LimitUsage[]> {
    const names = (await this.store.names()).sort();
    const { state, now } = await this.store.read(names);
    return names.flatMap((name) => {
      const end = name.indexOf(':');
      const [id, scope] = [name.slice(0, end), name.slice(end + 1)] as const;
      const definition = this.limits.definitions.find((d) => d.id === id);
      if (!definition) return [];
      return [usageOf(state, { name, id, scope, ...figuresOf(definition) }, now)];
    });
  }
}
