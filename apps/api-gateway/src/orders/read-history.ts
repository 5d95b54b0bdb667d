import { Inject, Injectable } from '@nestjs/common';
import type { ParentOrderId } from '#domain';
import {
  OrderHistoryRepository,
  OrderViewRepository,
  type ListedFill,
  type OrderFault,
  type TokenOwner,
  type Tx,
} from '#persistence';
import { AccountDirectory } from '../accounts/account-directory.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { readFeedQuery, type FeedRequest } from './feed-query.js';
import { readListQuery, type Query } from './list-query.js';
import { showStats, type OrderView } from './order-detail-view.js';
import { showOrderRow } from './order-row-view.js';
import { asUuid, showFill, showPlacement } from './placement-view.js';
import { orNull, showD2, showTime } from './show-values.js';

const STATS_PAGE_SIZE = 500;

/** Answers across all orders of the caller, newest first. */
@Injectable()
export class ReadHistory {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(AccountDirectory) private readonly accounts: AccountDirectory,
  ) {}

  /** @throws ApiError naming the faulty parameter, or when the order that is named is not the caller's */
  async placements(caller: TokenOwner, query: Query): Promise<OrderView> {
    const request = readFeed(query);
    return this.db.inTenant(caller.tenantId, async (tx) => {
      await assertOwn(tx, caller, request);
      const history = new OrderHistoryRepository(tx, caller.userId);
      const { filter, page, pageSize } = request;
      const found = await history.placements(filter);
      const shown = found.slice(0, pageSize);
      const fills = await history.fills(shown.map(({ parentOrderId: id, sequence }) => ({ id, sequence })));
      return {
        placements: shown.map((child) =>
          showPlacement(
            child,
            fills.filter((f) => f.parentOrderId === child.parentOrderId && f.sequence === child.sequence),
            { id: child.parentOrderId, pair: child.pair },
            { name: child.accountName, exchange: child.exchange },
          ),
        ),
        page,
        page_size: pageSize,
        has_more: found.length > pageSize,
      };
    });
  }

  /** @throws ApiError as `placements` */
  async errors(caller: TokenOwner, query: Query): Promise<OrderView> {
    const request = readFeed(query);
    return this.db.inTenant(caller.tenantId, async (tx) => {
      await assertOwn(tx, caller, request);
      const { filter, page, pageSize } = request;
      const found = await new OrderHistoryRepository(tx, caller.userId).faults(filter);
      return {
        order_errors: found.slice(0, pageSize).map(showFault),
        page,
        page_size: pageSize,
        has_more: found.length > pageSize,
      };
    });
  }

  /** A list of orders, each with its fills and statistics. @throws ApiError naming the faulty parameter */
  async withStats(caller: TokenOwner, query: Query): Promise<OrderView> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const request = readListQuery(query, await this.accounts.reachable(tx, caller), STATS_PAGE_SIZE);
      if (!request.ok) throw ApiError.ofFields(request.error);
      const { filter, page, pageSize } = request.value;
      const found = await new OrderViewRepository(tx, caller.userId).list(filter);
      const orders = found.slice(0, pageSize);
      const history = new OrderHistoryRepository(tx, caller.userId);
      const fills = byOrder(await history.fills(orders.map(({ id }) => ({ id }))));
      const endPrices = await history.endPrices(orders.map(({ id }) => id));
      return {
        orders: orders.map((order) => ({
          ...showOrderRow(order),
          fills: (fills.get(order.id) ?? []).map(showFill),
          stats: { ...showStats(order), departure_price: orNull(endPrices.get(order.id) ?? null, showD2) },
        })),
        page,
        page_size: pageSize,
        has_more: found.length > pageSize,
      };
    });
  }
}

function byOrder(fills: readonly ListedFill[]): ReadonlyMap<ParentOrderId, ListedFill[]> {
  const found = new Map<ParentOrderId, ListedFill[]>();
  for (const fill of fills) {
    const known = found.get(fill.parentOrderId);
    if (known === undefined) found.set(fill.parentOrderId, [fill]);
    else known.push(fill);
  }
  return found;
}

function readFeed(query: Query): FeedRequest {
  const request = readFeedQuery(query);
  if (!request.ok) throw ApiError.ofFields(request.error);
  if (!request.value.canExist) throw new ApiError('not_found', 'Not found.');
  return request.value;
}

async function assertOwn(tx: Tx, { userId }: TokenOwner, { filter }: FeedRequest): Promise<void> {
  if (filter.orderId === null) return;
  const own = await new OrderViewRepository(tx, userId).ownedOf([filter.orderId]);
  if (own.length === 0) throw new ApiError('not_found', 'Not found.');
}

function showFault(fault: OrderFault): OrderView {
  return {
    timestamp: showTime(fault.at),
    order_id: fault.parentOrderId,
    code: fault.code,
    message: fault.message,
    placement_id: orNull(fault.clientOrderId, asUuid),
  };
}
