import type { VenueId } from '#domain';
import { RepeatingTask, tenantsAt, UnknownOrderRepository, type Database } from '#persistence';
import type { Logger } from '#observability';
import type { GatewayMetrics } from '../gateway-metrics.js';

const EVERY_MS = 5_000;
/** An outcome that nobody knows for so long calls a person (reliability.md P-03). */
const PAGE_AFTER_MS = 60_000;

/** Counts the orders whose outcome is not known, and calls a person for those that stay so. */
export class UnknownWatch {
  private readonly task: RepeatingTask;

  constructor(
    private readonly db: Database,
    private readonly venues: readonly VenueId[],
    private readonly metrics: GatewayMetrics,
    private readonly logger: Logger,
  ) {
    this.task = new RepeatingTask(
      () => this.look(),
      EVERY_MS,
      (error) => logger.warn({ err: error }, 'unknown orders not counted'),
    );
  }

  start(): this {
    this.task.start();
    return this;
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  private async look(): Promise<void> {
    const open = new Map<VenueId, number>(this.venues.map((venue) => [venue, 0]));
    const parked = new Map(open);
    const oldest = new Map(open);
    for (const tenantId of await tenantsAt(this.db, this.venues)) {
      const { counts, paged } = await this.db.inTenant(tenantId, async (tx) => {
        const unknowns = new UnknownOrderRepository(tx, tenantId);
        const [found, toPage] = await Promise.all([unknowns.count(), unknowns.page(PAGE_AFTER_MS)]);
        return { counts: found, paged: toPage };
      });
      for (const count of counts) {
        open.set(count.venue, (open.get(count.venue) ?? 0) + count.open);
        parked.set(count.venue, (parked.get(count.venue) ?? 0) + count.parked);
        oldest.set(count.venue, Math.max(oldest.get(count.venue) ?? 0, count.oldestAgeSeconds));
      }
      for (const order of paged) {
        this.metrics.unknownPaged.inc({ venue: order.venue });
        this.logger.error(
          { ...order, page: true },
          order.parked ? 'parked order waits for a person' : 'outcome of an order not known for a minute',
        );
      }
    }
    for (const [venue, count] of open) this.metrics.unknownOpen.set({ venue }, count);
    for (const [venue, count] of parked) this.metrics.parkedOpen.set({ venue }, count);
    for (const [venue, age] of oldest) this.metrics.unknownOldestAge.set({ venue }, age);
  }
}
