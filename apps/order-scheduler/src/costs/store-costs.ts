import type { ParentOrderId, TenantId } from '#domain';
import { costOfInputs, OrderCostRepository, removeWorkAhead, type Database } from '#persistence';
import type { Logger } from '#observability';
import type { OrderVolume } from '../market/order-volume.js';

/**
 * Stores what an order cost, right behind the transaction that ended it: whatever goes wrong with a report, the order has
 * ended. No transaction is open while it is computed, which takes a while where there are ten thousand fills. The wake-up
 * that is due when the market after the last fill is known stores it again, as does each late fill; it stands until that is
 * done.
 */
export class StoreCosts {
  constructor(
    private readonly db: Pick<Database, 'inTenant'>,
    private readonly logger: Pick<Logger, 'error'>,
  ) {}

  /** @param isWhole the market after the last fill is known: nothing more is to come */
  async store(tenantId: TenantId, id: ParentOrderId, volume: OrderVolume, isWhole: boolean): Promise<void> {
    try {
      const { all: marketBase, quote: marketQuote, others: othersBase } = volume;
      const inputs = await this.db.inTenant(tenantId, (tx) =>
        new OrderCostRepository(tx, tenantId).read(id, { marketBase, marketQuote, othersBase, mid: null }),
      );
      const cost = inputs === null ? null : await costOfInputs(inputs);
      await this.db.inTenant(tenantId, async (tx) => {
        if (inputs !== null && cost !== null) await new OrderCostRepository(tx, tenantId).save(id, cost, inputs.readAt);
        if (isWhole) await removeWorkAhead(tx, { kind: 'parent.wake', parentOrderId: id, sequence: -1 });
      });
    } catch (error) {
      this.logger.error({ err: error, parentOrderId: id }, 'cost of an order not stored');
    }
  }
}
