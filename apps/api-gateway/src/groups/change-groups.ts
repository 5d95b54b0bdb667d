import { Inject, Injectable } from '@nestjs/common';
import {
  GroupIntakeRepository,
  GroupViewRepository,
  type OperatorCancel,
  type OwnMulti,
  type TokenOwner,
  type Tx,
} from '#persistence';
import { requireReach } from '../accounts/require-reach.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { showOrderDetail, type OrderView } from '../orders/order-detail-view.js';
import { showChain } from './chain-view.js';
import { showMulti } from './multi-view.js';
import { readChain } from './read-groups.js';

/** Changes multi orders and chains on their owner's request: each with all its members in one transaction. */
@Injectable()
export class ChangeGroups {
  constructor(@Inject(RequestDatabase) private readonly db: RequestDatabase) {}

  /** @param by as of `CancelOrder` @throws ApiError when there is no such multi order of the caller, or it is complete */
  cancelMulti(caller: TokenOwner, id: string, by?: OperatorCancel): Promise<OrderView> {
    return this.changeMulti(caller, id, async (multi, groups) => {
      if (multi.status === 'COMPLETE') throw new ApiError('already_complete', 'Order is already complete.');
      if (multi.status === 'CANCELED') return 'Order is already canceled.';
      await groups.cancelMulti(multi, by);
      return 'Successfully canceled order.';
    });
  }

  /** Pausing a paused multi order changes nothing. @throws ApiError when it cannot be paused */
  pauseMulti(caller: TokenOwner, id: string): Promise<OrderView> {
    return this.changeMulti(caller, id, async (multi, groups) => {
      if (multi.status === 'COMPLETE' || multi.status === 'CANCELED')
        throw new ApiError('not_pausable', `Order is ${multi.status} and cannot be paused.`);
      if (multi.algorithm === 'target_time') throw new ApiError('not_pausable', 'Target Time orders cannot be paused.');
      if (multi.status !== 'PAUSED') await groups.pauseMulti(multi);
      return 'Successfully paused order.';
    });
  }

  /** Resuming an active multi order changes nothing. @throws ApiError when it cannot be resumed */
  resumeMulti(caller: TokenOwner, id: string): Promise<OrderView> {
    return this.changeMulti(caller, id, async (multi, groups, tx) => {
      if (multi.status === 'PAUSED') {
        await requireReach(tx, caller, multi.legIds);
        await groups.resumeMulti(multi);
      } else if (multi.status !== 'ACTIVE')
        throw new ApiError('not_resumable', `Order is ${multi.status} and cannot be resumed.`);
      return 'Successfully resumed order.';
    });
  }

  /** @param by as of `CancelOrder` @throws ApiError when there is no such chain of the caller, or it is complete */
  cancelChain(caller: TokenOwner, id: string, by?: OperatorCancel): Promise<OrderView> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const groups = new GroupIntakeRepository(tx, caller.tenantId, caller.userId);
      const chain = await groups.lockChain(id);
      if (chain === null) throw new ApiError('not_found', 'Not found.');
      if (chain.status === 'COMPLETE') throw new ApiError('already_complete', 'Order is already complete.');
      if (chain.status === 'ACTIVE') await groups.stopChain(chain, by ?? '');
      const whole = await readChain(tx, caller, id);
      if (whole === null) throw new Error('A locked chain must be there');
      const message = chain.status === 'ACTIVE' ? 'Successfully canceled order.' : 'Order is already canceled.';
      return { ...showChain(whole.record, whole.orders, showOrderDetail), message };
    });
  }

  private changeMulti(
    caller: TokenOwner,
    id: string,
    change: (multi: OwnMulti, groups: GroupIntakeRepository, tx: Tx) => Promise<string>,
  ): Promise<OrderView> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const groups = new GroupIntakeRepository(tx, caller.tenantId, caller.userId);
      const multi = await groups.lockMulti(id);
      if (multi === null) throw new ApiError('not_found', 'Not found.');
      const message = await change(multi, groups, tx);
      const changed = await new GroupViewRepository(tx, caller.userId).multi(id);
      if (changed === null) throw new Error('A locked multi order must be there');
      return { ...showMulti(changed), message };
    });
  }
}
