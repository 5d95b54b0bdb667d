import type { Redis } from 'ioredis';
import type { LimitUsage, VenueId } from '#domain';
import { RateLimitEventRepository, type Database } from '#persistence';
import type { BudgetReader } from '#venues';
import type { LimitMetrics } from '../limit-metrics.js';

/** Looks at every limit of a venue: gauges, a point of history where it changed, and who has recovered. */
export class UsageRecorder {
  private readonly last = new Map<string, string>();
  /** Limits last seen at half of their figure or above. */
  private readonly high = new Set<string>();

  constructor(
    private readonly redis: Redis,
    private readonly db: Database,
    private readonly reader: BudgetReader,
    private readonly venue: VenueId,
    private readonly prefix: string,
    private readonly metrics: LimitMetrics,
  ) {}

  async record(): Promise<void> {
    const usage = await this.reader.usage();
    this.measure(usage);
    await this.broadcastRecovered(usage);
    await this.keepHistory(usage.filter((u) => u.limitValue > 0));
  }

  compact(): Promise<void> {
    return this.db.inSystem((tx) => new RateLimitEventRepository(tx).compactUsage());
  }

  private measure(usage: readonly LimitUsage[]): void {
    const fullest = new Map<string, number>();
    for (const { limit, used, limitValue } of usage) {
      if (limitValue > 0) fullest.set(limit, Math.max(fullest.get(limit) ?? 0, used / limitValue));
    }
    for (const [limit, ratio] of fullest) this.metrics.used.set({ venue: this.venue, limit }, ratio);
    const banned = usage.some((u) => u.limitValue === 0 && u.closedUntil !== null);
    this.metrics.banned.set({ venue: this.venue }, banned ? 1 : 0);
  }

  /** A fall below half, a new window included. It may be lost, so it goes over pub/sub and has no row. */
  private async broadcastRecovered(usage: readonly LimitUsage[]): Promise<void> {
    for (const { limit, scope, used, limitValue } of usage) {
      if (limitValue === 0) continue;
      const name = `${limit}:${scope}`;
      if (used * 2 >= limitValue) {
        this.high.add(name);
      } else if (this.high.delete(name)) {
        const message = JSON.stringify({ event: 'recovered', venue: this.venue, limit, scope, used, limitValue });
        await this.redis.publish(`${this.prefix}:rate-limits`, message);
      }
    }
  }

  private async keepHistory(usage: readonly LimitUsage[]): Promise<void> {
    const changed = usage.filter((u) => this.last.get(`${u.limit}:${u.scope}`) !== `${u.used}/${u.limitValue}`);
    if (changed.length === 0) return;
    await this.db.inSystem(async (tx) => {
      const events = new RateLimitEventRepository(tx);
      for (const point of changed) await events.addUsage(this.venue, point);
    });
    for (const u of changed) this.last.set(`${u.limit}:${u.scope}`, `${u.used}/${u.limitValue}`);
  }
}
