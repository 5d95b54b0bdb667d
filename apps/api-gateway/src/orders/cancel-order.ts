import { Inject, Injectable } from '@nestjs/common';
import { isFinal, type ParentOrderId } from '#domain';
import {
  GroupIntakeRepository,
  ManyOrdersRepository,
  OrderIntakeRepository,
  OrderViewRepository,
  type OperatorCancel,
  type TokenOwner,
} from '#persistence';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { showOrderDetail, type OrderView } from './order-detail-view.js';

/** Ends an order: status and a cancel intent per live child in one transaction (order-api.md 5.2). */
@Injectable()
export class CancelOrder {
  constructor(@Inject(RequestDatabase) private readonly db: RequestDatabase) {}

  /**
   * @param by staff who cancel it in the caller's stead; absent: its owner asks
   * @throws ApiError when there is no such order of the caller, or it is complete
   */
  async run(caller: TokenOwner, id: ParentOrderId, by?: OperatorCancel): Promise<OrderView> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const intake = new OrderIntakeRepository(tx, caller.tenantId, caller.userId);
      const groups = new GroupIntakeRepository(tx, caller.tenantId, caller.userId);
      const group = await groups.groupOf(id);
      const chainId = group?.chainId ?? null;
      const chain = chainId === null ? null : await groups.lockChain(chainId); // before its member
      const locked = await intake.lock(id);
      if (locked === null) throw new ApiError('not_found', 'Not found.');
      if ((group?.multiOrderId ?? null) !== null)
        throw new ApiError('part_of_multi_order', 'Order is part of a multi order: cancel the multi order.');
      if (locked.status === 'COMPLETE') throw new ApiError('already_complete', 'Order is already complete.');
      const isFirst = locked.status !== 'CANCELED';
      if (isFirst && by === undefined)
        await new ManyOrdersRepository(tx, caller.tenantId, caller.userId).cancel([{ id, ...locked }]);
      if (isFirst && by !== undefined) await intake.cancelAsOperator(id, by);
      if (isFirst && chain?.status === 'ACTIVE') await groups.stopChain(chain, 'chain_stopped');
      const order = await new OrderViewRepository(tx, caller.userId).get(id);
      if (order === null) throw new Error('A locked order must be there');
      return {
        ...showOrderDetail(order),
        message: isFirst ? 'Successfully canceled order.' : 'Order is already canceled.',
      };
    });
  }

  /** As {@link run} for many in one transaction; leaves those out that have ended or belong to a group. @returns the others */
  together({ tenantId, userId }: TokenOwner, ids: readonly ParentOrderId[]): Promise<ReadonlySet<ParentOrderId>> {
    return this.db.inTenant(tenantId, async (tx) => {
      const many = new ManyOrdersRepository(tx, tenantId, userId);
      const alone = (await many.lock(ids)).filter(({ status }) => !isFinal(status));
      if (alone.length > 0) await many.cancel(alone);
      return new Set(alone.map(({ id }) => id));
    });
  }
}
