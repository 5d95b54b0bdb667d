import type { ParentOrderId, TenantId } from '#domain';
import { OrderCostRepository, type Database } from '#persistence';
import type { Logger } from '#observability';
import type { OrderVolume } from '../market/order-volume.js';

/**
 * Stores what an order cost, in a transaction of its own right behind the one that ended it: whatever goes wrong with a
 * report, the order has ended. The wake-up that is due when the market after the last fill is known stores it again, as
 * does each late fill.
 */
export class StoreCosts {
  constructor(
    private readonly db: Pick<Database, 'inTenant'>,
    private readonly logger: Pick<Logger, 'error'>,
  ) {}

  async store(tenantId: TenantId, id: ParentOrderId, volume: OrderVolume): Promise<void> {
    try {
      await this.db.inTenant(tenantId, async (tx) => {
        const costs = new OrderCostRepository(tx, tenantId);
        const { all: marketBase, quote: marketQuote, others: othersBase } = volume;
        const computed = await costs.compute(id, { marketBase, marketQuote, othersBase, mid: null });
        if (computed !== null) await costs.save(id, computed);
      });
    } catch (error) {
      this.logger.error({ err: error, parentOrderId: id }, 'cost of an order not stored');
    }
  }
}
