import { Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { ParentOrderId } from '#domain';
import { isStorable, shown, type JsonObject } from '#order-intake';
import { OrderOwnerRepository, type TokenOwner } from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { ChangeGroups } from '../groups/change-groups.js';
import { ApiError } from '../http/api-error.js';
import { JsonBody } from '../http/request-body.js';
import { RequestDatabase } from '../http/request-database.js';
import { CancelOrder } from '../orders/cancel-order.js';
import type { OrderView } from '../orders/order-detail-view.js';
import { readOrderId } from '../orders/read-orders.js';

const MAX_REASON_CHARS = 500;

/** Staff cancel what belongs to any user of their tenant; its owner sees `operator_canceled` and why (order-api.md 5.5). */
@Controller('manage/v1')
export class OperatorCancelsController {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(CancelOrder) private readonly orders: CancelOrder,
    @Inject(ChangeGroups) private readonly groups: ChangeGroups,
  ) {}

  /** An order, a multi order or a chain; what the owner cannot cancel alone, staff cannot either. */
  @Post('orders/:id/cancel')
  @HttpCode(200)
  @Access('admin', 'cancels')
  async cancel(
    @Caller() caller: TokenOwner,
    @Param('id') rawId: string,
    @JsonBody() body: JsonObject,
  ): Promise<OrderView> {
    const by = { operatorId: caller.userId, reason: readReason(body) };
    const id = readOrderId(rawId);
    const owned = await this.db.inTenant(caller.tenantId, (tx) => new OrderOwnerRepository(tx).find(id));
    if (owned === null) throw new ApiError('not_found', 'Not found.');
    const owner: TokenOwner = { ...caller, userId: owned.userId };
    const { status, failure_reason, message } = await this.change(owner, owned.kind, id, by);
    return { id, user: owned.userId, status, failure_reason, message };
  }

  private change(
    owner: TokenOwner,
    kind: 'order' | 'multi' | 'chain',
    id: ParentOrderId,
    by: Parameters<CancelOrder['run']>[2],
  ): Promise<OrderView> {
    switch (kind) {
      case 'order':
        return this.orders.run(owner, id, by);
      case 'multi':
        return this.groups.cancelMulti(owner, id, by);
      case 'chain':
        return this.groups.cancelChain(owner, id, by);
    }
  }
}

/** @throws ApiError */
function readReason({ reason }: JsonObject): string {
  const isReason = typeof reason === 'string' && reason.trim() !== '' && reason.length <= MAX_REASON_CHARS;
  if (isReason && isStorable(reason)) return reason.trim();
  const was = reason === undefined ? 'missing' : shown(reason);
  throw ApiError.ofFields({
    reason: [`reason must be a text of 1 to ${MAX_REASON_CHARS} whole characters other than U+0000, was ${was}`],
  });
}
