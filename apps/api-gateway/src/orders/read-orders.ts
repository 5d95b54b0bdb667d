import { Inject, Injectable } from '@nestjs/common';
import { isUuid, OPEN_STATUSES, type ParentOrderId } from '#domain';
import type { JsonObject } from '#order-intake';
import { OrderMessageRepository, OrderViewRepository, type TokenOwner } from '#persistence';
import { AccountDirectory } from '../accounts/account-directory.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { readIdList } from './bulk-orders.js';
import { readListQuery, type Query } from './list-query.js';
import { newestHistory, showFullOrder, showMessage, type OrderView } from './order-detail-view.js';
import { showOrderRow } from './order-row-view.js';

const MAX_PLACEMENTS = 2000;
/** Beyond it `placements` and `fills` hold what is newest. */
export const MAX_FILLS = 5_000;
const MAX_MESSAGES = 500;
const MAX_MESSAGE_ORDERS = 100;

/** Answers of the routes that only read. */
@Injectable()
export class ReadOrders {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(AccountDirectory) private readonly accounts: AccountDirectory,
  ) {}

  /** @throws ApiError when there is no such order of the caller */
  async get(caller: TokenOwner, id: ParentOrderId): Promise<OrderView> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const orders = new OrderViewRepository(tx, caller.userId);
      const order = await orders.get(id);
      if (order === null) throw new ApiError('not_found', 'Not found.');
      const history = newestHistory(
        await orders.placements(id, MAX_PLACEMENTS + 1),
        await orders.fills(id, MAX_FILLS + 1),
        { maxPlacements: MAX_PLACEMENTS, maxFills: MAX_FILLS },
      );
      const messages = await new OrderMessageRepository(tx).newest(caller.userId, [id], MAX_MESSAGES);
      return showFullOrder(order, { ...history, messages });
    });
  }

  /** The full order without its placements and fills. @throws ApiError when there is no such order of the caller */
  async summary(caller: TokenOwner, id: ParentOrderId): Promise<OrderView> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const order = await new OrderViewRepository(tx, caller.userId).get(id);
      if (order === null) throw new ApiError('not_found', 'Not found.');
      const messages = await new OrderMessageRepository(tx).newest(caller.userId, [id], MAX_MESSAGES);
      return showFullOrder(order, { placements: [], isTruncated: false, fills: [], messages });
    });
  }

  /** @throws ApiError naming the faulty parameter */
  async list(caller: TokenOwner, query: Query, { onlyOpen }: { onlyOpen: boolean }): Promise<OrderView> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const request = readListQuery(query, await this.accounts.reachable(tx, caller));
      if (!request.ok) throw ApiError.ofFields(request.error);
      const { filter, page, pageSize } = request.value;
      const isOpen = (status: string): boolean => OPEN_STATUSES.some((open) => open === status);
      const statuses = onlyOpen ? (filter.statuses?.filter(isOpen) ?? OPEN_STATUSES) : filter.statuses;
      const found = await new OrderViewRepository(tx, caller.userId).list({ ...filter, statuses });
      return {
        orders: found.slice(0, pageSize).map(showOrderRow),
        page,
        page_size: pageSize,
        has_more: found.length > pageSize,
      };
    });
  }

  /** Messages by order; orders of others are left out. @throws ApiError naming the faulty field */
  async messages(caller: TokenOwner, body: JsonObject): Promise<OrderView> {
    const named = readIdList(body['order_ids'], MAX_MESSAGE_ORDERS).filter(isUuid);
    const ids = [...new Set(named.map((id) => id.toLowerCase()))];
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const found = await new OrderMessageRepository(tx).newest(caller.userId, ids, MAX_MESSAGES);
      const own = await new OrderViewRepository(tx, caller.userId).ownedOf(ids);
      return Object.fromEntries(own.map((id) => [id, found.filter((m) => m.parentOrderId === id).map(showMessage)]));
    });
  }
}

/** @throws ApiError when the path segment is no UUID: such an order does not exist */
export function readOrderId(segment: string): ParentOrderId {
  if (!isUuid(segment)) throw new ApiError('not_found', 'Not found.');
  return segment.toLowerCase() as ParentOrderId;
}
