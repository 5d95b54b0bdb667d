import { Inject, Injectable } from '@nestjs/common';
import { whyNotPausable, whyNotResumable, type ParentOrderId } from '#domain';
import {
  ManyOrdersRepository,
  OrderLifeRepository,
  OrderViewRepository,
  type LockedOrder,
  type TokenOwner,
  type Tx,
} from '#persistence';
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
    return this.change(caller, id, 'Successfully paused order.', async (order, many) => {
      const refusal = whyNotPausable({ ...order, isLeg: order.multiOrderId !== null });
      if (refusal !== null) throw new ApiError('not_pausable', refusal);
      if (order.status !== 'PAUSED') await many.pause([order]);
    });
  }

  /** Resuming an active order changes nothing. @throws ApiError when there is no such order, or it cannot be resumed */
  resume(caller: TokenOwner, id: ParentOrderId): Promise<OrderView> {
    return this.change(caller, id, 'Successfully resumed order.', async (order, many, tx) => {
      const refusal = whyNotResumable({ ...order, isLeg: order.multiOrderId !== null });
      if (refusal !== null) throw new ApiError('not_resumable', refusal);
      if (order.status !== 'PAUSED') return;
      await requireReach(tx, caller, [id]);
      await many.resume([order]);
    });
  }

  /** As {@link pause} for many in one transaction, but for members of groups. @returns those that it paused */
  pauseTogether(caller: TokenOwner, ids: readonly ParentOrderId[]): Promise<ReadonlySet<ParentOrderId>> {
    return this.together(caller, ids, async (locked, many) => {
      const running = locked.filter(
        (order) => order.status !== 'PAUSED' && whyNotPausable({ ...order, isLeg: false }) === null,
      );
      if (running.length > 0) await many.pause(running);
      return running;
    });
  }

  /** As {@link resume} for many in one transaction, but for members of groups. @returns those that it resumed */
  async resumeTogether(caller: TokenOwner, ids: readonly ParentOrderId[]): Promise<ReadonlySet<ParentOrderId>> {
    try {
      return await this.together(caller, ids, async (locked, many, tx) => {
        const paused = locked.filter(({ status }) => status === 'PAUSED');
        if (paused.length === 0) return paused;
        await requireReach(
          tx,
          caller,
          paused.map(({ id }) => id),
        );
        await many.resume(paused);
        return paused;
      });
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) return new Set();
      throw error;
    }
  }

  private together(
    { tenantId, userId }: TokenOwner,
    ids: readonly ParentOrderId[],
    work: (locked: readonly LockedOrder[], many: ManyOrdersRepository, tx: Tx) => Promise<readonly LockedOrder[]>,
  ): Promise<ReadonlySet<ParentOrderId>> {
    return this.db.inTenant(tenantId, async (tx) => {
      const many = new ManyOrdersRepository(tx, tenantId, userId);
      const changed = await work(await many.lock(ids), many, tx);
      return new Set(changed.map(({ id }) => id));
    });
  }

  private change(
    { tenantId, userId }: TokenOwner,
    id: ParentOrderId,
    message: string,
    work: (order: LockedOrder, many: ManyOrdersRepository, tx: Tx) => Promise<void>,
  ): Promise<OrderView> {
    return this.db.inTenant(tenantId, async (tx) => {
      const locked = await new OrderLifeRepository(tx, userId).lock(id);
      if (locked === null) throw new ApiError('not_found', 'Not found.');
      await work(locked, new ManyOrdersRepository(tx, tenantId, userId), tx);
      const changed = await new OrderViewRepository(tx, userId).get(id);
      if (changed === null) throw new Error('A locked order must be there');
      return { ...showOrderDetail(changed), message };
    });
  }
}
