import type { ParentOrderId, TenantId } from '#domain';
import { wakeParents, type Database } from '#persistence';
import type { WatchingOrder } from './watch-list.js';

/** Orders woken in one statement: few enough to hold their wake-ups for a moment only. */
const AT_ONCE = 500;

/**
 * Writes down which orders a price, or a feed that is lost or back, wakes: one statement after the other, each for many
 * orders of one tenant. Ten thousand orders on one instrument must neither take all connections nor be forgotten.
 */
export class WakeWriter {
  /** Not yet written, by tenant; an order is in it once. */
  private readonly waiting = new Map<TenantId, Map<ParentOrderId, WatchingOrder>>();
  private writing: Promise<void> | null = null;

  /** @param onError told of orders that could not be woken: their timers will, and the next look at the market may */
  constructor(
    private readonly db: Pick<Database, 'inTenant'>,
    private readonly onError: (error: unknown) => void,
  ) {}

  wake(orders: readonly WatchingOrder[]): void {
    for (const order of orders) {
      const ofTenant = this.waiting.get(order.tenantId) ?? new Map<ParentOrderId, WatchingOrder>();
      this.waiting.set(order.tenantId, ofTenant.set(order.parentOrderId, order));
    }
    this.writing ??= this.write();
  }

  /** Once nothing is left to write. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private async write(): Promise<void> {
    for (let next = this.take(); next !== null; next = this.take()) {
      const { tenantId, orders } = next;
      try {
        await this.db.inTenant(tenantId, (tx) => wakeParents(tx, tenantId, orders));
      } catch (error) {
        this.onError(error);
      }
    }
    this.writing = null;
  }

  private take(): { readonly tenantId: TenantId; readonly orders: readonly WatchingOrder[] } | null {
    for (const [tenantId, ofTenant] of this.waiting) {
      const orders = [...ofTenant.values()].slice(0, AT_ONCE);
      for (const { parentOrderId } of orders) ofTenant.delete(parentOrderId);
      // To the end, behind the other tenants.
      this.waiting.delete(tenantId);
      if (ofTenant.size > 0) this.waiting.set(tenantId, ofTenant);
      if (orders.length > 0) return { tenantId, orders };
    }
    return null;
  }
}
