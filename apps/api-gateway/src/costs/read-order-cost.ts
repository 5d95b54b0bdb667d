import { Inject, Injectable } from '@nestjs/common';
import { isFinal, type ParentOrderId } from '#domain';
import { freshMid, type MidPrices } from '#order-intake';
import { costOfInputs, OrderCostRepository, OrderViewRepository, type TokenOwner } from '#persistence';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { MID_PRICES } from '../market/snapshot-mid-prices.js';
import type { OrderView } from '../orders/order-detail-view.js';
import { showOrderCost } from './show-order-cost.js';

/** What one order costs: as it was stored with its end, and while it runs from what has happened so far. */
@Injectable()
export class ReadOrderCost {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(MID_PRICES) private readonly mids: MidPrices,
  ) {}

  /** @throws ApiError when there is no such order of the caller */
  async run(caller: TokenOwner, id: ParentOrderId): Promise<OrderView> {
    const { order, stored, inputs } = await this.db.inTenant(caller.tenantId, async (tx) => {
      const order = await new OrderViewRepository(tx, caller.userId).get(id);
      if (order === null) throw new ApiError('not_found', 'Not found.');
      const costs = new OrderCostRepository(tx, caller.tenantId);
      const stored = isFinal(order.status) ? await costs.stored(id) : null;
      // A late fill is stored with the next wake-up; until then it is computed here.
      if (stored !== null && stored.cumBase.eq(order.cumBase)) return { order, stored, inputs: null };
      const inputs = await costs.read(id, {
        marketBase: order.market?.base ?? null,
        marketQuote: order.market?.quote ?? null,
        othersBase: order.market?.others ?? null,
        mid: freshMid(this.mids, order, order.asOf),
      });
      return { order, stored: null, inputs };
    });
    return showOrderCost(order, inputs === null ? stored : await costOfInputs(inputs));
  }
}
