import { Inject, Injectable } from '@nestjs/common';
import { whyNotPausable, whyNotResumable, type ParentOrderId } from '#domain';
import { OrderLifeRepository, OrderViewRepository, type LockedOrder, type TokenOwner, type Tx } from '#persistence';
import { requireReach } from '../accounts/require-reach.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { showOrderDetail, type OrderView } from './order-detail-view.js';

/** Stops and restarts the clock of an order: everything that follows from it in one transaction (order-api.md 5.2). */
@Injectable()
export class PauseOrders {
  constructor(@Inject(RequestDatabase) private readonly db: RequestDatabase) {}

  /** Pausing a paused order changes nothing. @throws ApiError when there is no such order, or it cannot be paused */
  pause(caller: TokenOwner, id: ParentOrderId): Promise<OrderView> {
    return this.change(caller, id, 'Successfully paused order.', async (order, orders) => {
      const refusal = whyNotPausable({ ...order, isLeg: order.multiOrderId !== null });
      if (refusal !== null) throw new ApiError('not_pausable', refusal);
      if (order.status !== 'PAUSED') await orders.pause(order);
    });
  }

  /** Resuming an active order changes nothing. @throws ApiError when there is no such order, or it cannot be resumed */
  resume(caller: TokenOwner, id: ParentOrderId): Promise<OrderView> {
    return this.change(caller, id, 'Successfully resumed order.', async (order, orders, tx) => {
      const refusal = whyNotResumable({ ...order, isLeg: order.multiOrderId !== null });
      if (refusal !== null) throw new ApiError('not_resumable', refusal);
      if (order.status !== 'PAUSED') return;
      await requireReach(tx, caller, [id]);
      await orders.resume(order);
    });
  }

  private change(
    { tenantId, userId }: TokenOwner,
    id: ParentOrderId,
    message: string,
    work: (order: LockedOrder, orders: OrderLifeRepository, tx: Tx) => Promise<void>,
  ): Promise<OrderView> {
    return this.db.inTenant(tenantId, async (tx) => {
      const orders = new OrderLifeRepository(tx, tenantId, userId);
      const locked = await orders.lock(id);
      if (locked === null) throw new ApiError('not_found', 'Not found.');
      await work(locked, orders, tx);
      const changed = await new OrderViewRepository(tx, userId).get(id);
      if (changed === null) throw new Error('A locked order must be there');
      return { ...showOrderDetail(changed), message };
    });
  }
}
