import type { ParentOrderId, TenantId } from '#domain';
import type { Logger } from '#observability';
import { ParentLimitUseRepository, RepeatingTask, type Database, type ParentLimitUse } from '#persistence';

const FLUSH_EVERY_MS = 3_000;
/** While the database is away no more than this is remembered; what comes then is not counted. */
const MOST_KEPT = 20_000;

type Count = { -readonly [Key in keyof ParentLimitUse]: ParentLimitUse[Key] };

/** Adds up what became of each parent's calls at the rate limits, and writes the sums every few seconds. */
export class ParentLimitCounts {
  private counts = new Map<TenantId, Map<string, Count>>();
  private size = 0;
  private readonly task: RepeatingTask;

  constructor(
    private readonly db: Pick<Database, 'inTenant'>,
    logger: Logger,
  ) {
    this.task = new RepeatingTask(
      () => this.flush(),
      FLUSH_EVERY_MS,
      (error) => logger.warn({ err: error }, 'limit counts of parents not written, will try again'),
    );
  }

  start(): void {
    this.task.start();
  }

  async stop(): Promise<void> {
    await this.task.stop();
    await this.flush().catch(() => undefined); // counts only: nothing depends on them
  }

  /** `outcome`: `granted` or the reason of the refusal; `waitMs`: how long the call is put off. */
  add(tenantId: TenantId, parentOrderId: ParentOrderId, callClass: string, outcome: string, waitMs: number): void {
    this.merge(tenantId, { parentOrderId, callClass, outcome, calls: 1, waitedMs: Math.ceil(waitMs) });
  }

  private merge(tenantId: TenantId, use: ParentLimitUse): void {
    const ofTenant = this.counts.get(tenantId) ?? new Map<string, Count>();
    this.counts.set(tenantId, ofTenant);
    const key = `${use.parentOrderId} ${use.callClass} ${use.outcome}`;
    const known = ofTenant.get(key);
    if (known) {
      known.calls += use.calls;
      known.waitedMs += use.waitedMs;
    } else if (this.size < MOST_KEPT) {
      this.size += 1;
      ofTenant.set(key, { ...use });
    }
  }

  private async flush(): Promise<void> {
    const taken = this.counts;
    this.counts = new Map();
    this.size = 0;
    for (const [tenantId, counts] of taken) {
      try {
        const uses = [...counts.values()];
        await this.db.inTenant(tenantId, (tx) => new ParentLimitUseRepository(tx, tenantId).add(uses));
        taken.delete(tenantId);
      } catch (error) {
        for (const [tenant, unwritten] of taken) for (const use of unwritten.values()) this.merge(tenant, use);
        throw error;
      }
    }
  }
}
