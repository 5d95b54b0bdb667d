import {
  CANCEL_CEILINGS,
  figuresOf,
  freeShare,
  PRIORITIES,
  scaleOf,
  scopeOf,
  simulatePlan,
  usageOf,
  type CostBasis,
  type LimitDraw,
  type LimitUsage,
  type PlanForecast,
  type PlannedCall,
  type Priority,
  type Scopes,
} from '#domain';
import type { Redis } from 'ioredis';
import { BudgetStore } from './budget-store.js';
import { definitionOf, drawsAsFarAsNamed, drawsOf, type VenueLimits } from './venue-limits.js';

/** A limit as it stands, and how far each priority may go, in whole units. */
export interface CeiledUsage extends LimitUsage {
  readonly isBan: boolean;
  /** Null for a ban, which has no figure. */
  readonly ceilings: Readonly<Record<Priority, number>> | null;
}

/** Calls of one kind that a plan makes: the first after `afterMs`, each later one `everyMs` after the one before. */
export interface PlannedCalls extends CostBasis {
  readonly call: string;
  readonly priority: Priority;
  readonly count: number;
  readonly afterMs: number;
  readonly everyMs: number;
}

/** What a plan takes of one limit, in whole units. */
export interface PlanNeed {
  readonly limit: string;
  readonly scope: string;
  readonly needed: number;
}

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
   * Unused fraction, 0..1, of the ceiling of `priority` on the tightest limit that `call` draws on, as far as the
   * scopes name it; 0 while one is closed or unknown. `lost`: those without any state.
   */
  async freeShare(
    call: string,
    scopes: Scopes,
    priority: Priority,
  ): Promise<{ readonly share: number; readonly lost: readonly LimitDraw[] }> {
    const draws = drawsAsFarAsNamed(this.limits, call, { scopes, priority });
    const { state, now } = await this.store.read(draws.map((draw) => draw.name));
    const lost = draws.filter(({ kind, cost, name }) => kind !== 'ban' && cost > 0 && !(name in state.limits));
    return { share: freeShare(state, draws, priority, now), lost };
  }

  /** The figure in force of one limit, in whole units; null for one without any state. */
  async figureOf(id: string, scopes: Scopes): Promise<number | null> {
    const definition = definitionOf(this.limits, id);
    const scope = scopeOf(definition, scopes);
    const name = `${id}:${scope}`;
    const { state, now } = await this.store.read([name]);
    if (!(name in state.limits)) return null;
    return usageOf(state, { name, id, scope, ...figuresOf(definition, this.limits.tier) }, now).limitValue;
  }

  /** Every limit that has a state, in every scope. */
  async usage(): Promise<CeiledUsage[]> {
    const names = (await this.store.names()).sort();
    const { state, now } = await this.store.read(names);
    return names.flatMap((name) => {
      const end = name.indexOf(':');
      const [id, scope] = [name.slice(0, end), name.slice(end + 1)] as const;
      const definition = this.limits.definitions.find((d) => d.id === id);
      if (!definition) return [];
      const usage = usageOf(state, { name, id, scope, ...figuresOf(definition) }, now);
      const isBan = definition.kind === 'ban';
      const shares = { ...CANCEL_CEILINGS, ...definition.ceilings };
      const ceilings = Object.fromEntries(
        PRIORITIES.map((priority) => [priority, Math.floor((usage.limitValue * shares[priority]) / 1000)]),
      ) as Record<Priority, number>;
      return [{ ...usage, isBan, ceilings: isBan ? null : ceilings }];
    });
  }

  /**
   * Whether a plan's calls would be granted at their times, and what they take; see `simulatePlan`.
   * @throws RangeError when a call has no known cost or a scope is missing
   */
  async simulate(
    plan: readonly PlannedCalls[],
    scopes: Scopes,
  ): Promise<PlanForecast & { readonly now: number; readonly needs: readonly PlanNeed[] }> {
    const calls = plan
      .flatMap(({ call, priority, count, afterMs, everyMs, ...basis }): PlannedCall[] => {
        const draws = drawsOf(this.limits, call, { ...basis, scopes, priority });
        return Array.from({ length: count }, (_, i) => ({ afterMs: afterMs + i * everyMs, priority, draws }));
      })
      .sort((a, b) => a.afterMs - b.afterMs);
    const needs = new Map<string, { limit: string; scope: string; needed: number }>();
    for (const { name, id, scope, kind, onSuccess } of calls.flatMap(({ draws }) => draws)) {
      const need = needs.get(name) ?? { limit: id, scope, needed: 0 };
      need.needed += onSuccess / scaleOf(kind);
      if (kind !== 'ban') needs.set(name, need);
    }
    const names = [...new Set(calls.flatMap(({ draws }) => draws.map((draw) => draw.name)))];
    const { state, now } = await this.store.read(names);
    const told = [...needs.values()].map((need) => ({ ...need, needed: Math.ceil(need.needed) }));
    return { ...simulatePlan(state, calls, now), now, needs: told };
  }
}
