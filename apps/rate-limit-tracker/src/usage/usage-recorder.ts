import { randomBytes } from 'node:crypto';
import type { Crossing, LimitUsage, VenueId } from '#domain';
import { forgetParentLimitUses, RateLimitEventRepository, type Database } from '#persistence';
import { limitRecoveredBroadcast, type QueryClient } from '#queues';
import type { BudgetReader, CeiledUsage } from '#venues';
import type { LimitMetrics } from '../limit-metrics.js';

/** What did not change is written again after this, so that each step of 10 s has its point. */
const REPEAT_AFTER_MS = 4_000;
/** What became of a parent's calls is told for so long after its last call, once it has ended. */
const PARENT_USES_KEPT_MS = 30 * 86_400_000;
/** Of one tenant; what is more waits for the next time. */
const PARENT_USES_AT_ONCE = 5_000;
/** A limit that fell while no tracker ran is told as recovered after all. */
const REMEMBERED_MS = 600_000;

/** Looks at every limit of a venue: gauges, the history of what was used, and who has recovered. */
export class UsageRecorder {
  private readonly written = new Map<string, { readonly value: string; readonly at: number }>();
  /** Limits that were at half of their figure or above and have not been told as recovered. */
  private readonly high = new Set<string>();
  private isLoaded = false;

  constructor(
    private readonly db: Database,
    private readonly reader: Pick<BudgetReader, 'usage'>,
    private readonly venue: VenueId,
    private readonly client: Pick<QueryClient, 'say'>,
    private readonly metrics: Pick<LimitMetrics, 'used' | 'banned'>,
  ) {}

  /** Between two looks a window may fill and end: its crossing tells that it was high. */
  crossed({ limit, scope }: Pick<Crossing, 'limit' | 'scope'>): void {
    this.high.add(nameOf({ limit, scope }));
  }

  async record(): Promise<void> {
    await this.load();
    const usage = await this.reader.usage();
    this.measure(usage);
    await this.tellRecovered(usage);
    await this.keepHistory(usage.filter((u) => !u.isBan));
  }

  private async load(): Promise<void> {
    if (this.isLoaded) return;
    const recent = await this.db.inSystem((tx) =>
      new RateLimitEventRepository(tx).recentlyCrossed(this.venue, REMEMBERED_MS),
    );
    for (const one of recent) this.crossed(one);
    this.isLoaded = true;
  }

  private measure(usage: readonly CeiledUsage[]): void {
    const fullest = new Map<string, number>();
    for (const { limit, used, limitValue } of usage) {
      if (limitValue > 0) fullest.set(limit, Math.max(fullest.get(limit) ?? 0, used / limitValue));
    }
    for (const [limit, ratio] of fullest) this.metrics.used.set({ venue: this.venue, limit }, ratio);
    const banned = usage.some((u) => u.isBan && u.closedUntil !== null);
    this.metrics.banned.set({ venue: this.venue }, banned ? 1 : 0);
  }

  /** A fall below half, a new window included. It may be lost, so it is only said, and has no row. */
  private async tellRecovered(usage: readonly CeiledUsage[]): Promise<void> {
    for (const { limit, scope, used, limitValue, isBan, cold } of usage) {
      if (isBan || cold) continue; // of a count that was lost nobody knows whether it fell
      const name = nameOf({ limit, scope });
      if (used * 2 >= limitValue) {
        this.high.add(name);
      } else if (this.high.delete(name)) {
        const message = { venue: this.venue, limit, scope, used, limitValue };
        await this.client.say(limitRecoveredBroadcast, message, randomBytes(16).toString('hex'));
      }
    }
  }

  private async keepHistory(usage: readonly LimitUsage[]): Promise<void> {
    const now = performance.now();
    const points = usage.filter((u) => {
      const last = this.written.get(nameOf(u));
      if (last?.value === valueOf(u)) return u.used > 0 && now - last.at > REPEAT_AFTER_MS;
      return u.used > 0 || last !== undefined;
    });
    if (points.length === 0) return;
    await this.db.inSystem((tx) => new RateLimitEventRepository(tx).addUsage(this.venue, points));
    for (const u of points) this.written.set(nameOf(u), { value: valueOf(u), at: now });
  }
}

/** Steps of 10 s become steps of 5 minutes before they go; counts of parents that ended long ago go. */
export async function rollUpHistory(db: Database): Promise<void> {
  await db.inSystem(async (tx) => {
    const history = new RateLimitEventRepository(tx);
    await history.rollUpUsage();
    await history.pruneUsage();
  });
  await forgetParentLimitUses(db, { olderThanMs: PARENT_USES_KEPT_MS, mostPerTenant: PARENT_USES_AT_ONCE });
}

const nameOf = ({ limit, scope }: Pick<LimitUsage, 'limit' | 'scope'>): string => `${limit}:${scope}`;
const valueOf = ({ used, limitValue }: LimitUsage): string => `${used}/${limitValue}`;
