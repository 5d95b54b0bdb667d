import type { ParentOrderId, TenantId } from '#domain';
import { ExecutionOrderRepository, type Database, type PlacedOrder } from '#persistence';

/** Where an order trades and what it belongs to: known before its lock is asked for, and never changed. */
export type Whereabouts = PlacedOrder;

/** More than a process works at a time; the one looked for longest ago is forgotten first. */
const MOST_KNOWN = 20_000;

/** Where orders trade, read once per order and process. */
export class OrderWhereabouts {
  private readonly known = new Map<ParentOrderId, Whereabouts>();

  constructor(private readonly db: Pick<Database, 'inTenant'>) {}

  /** Null when the tenant has no such order. */
  async of(tenantId: TenantId, id: ParentOrderId): Promise<Whereabouts | null> {
    const found =
      this.known.get(id) ??
      (await this.db.inTenant(tenantId, (tx) => new ExecutionOrderRepository(tx, tenantId).accountsOf(id)));
    if (found === null) return null;
    this.known.delete(id); // looked for last goes last, so the first is the one to forget
    this.known.set(id, found);
    const oldest = this.known.size > MOST_KNOWN ? this.known.keys().next() : null;
    if (oldest?.done === false) this.known.delete(oldest.value);
    return found;
  }

  forget(id: ParentOrderId): void {
    this.known.delete(id);
  }
}
