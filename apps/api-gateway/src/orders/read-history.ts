import { Inject, Injectable } from '@nestjs/common';
import { asUuid } from '#domain';
import {
  OrderHistoryRepository,
  OrderViewRepository,
  type FoundFills,
  type ListedPlacement,
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
import { showFill, showPlacement } from './placement-view.js';
import { MAX_FILLS } from './read-orders.js';
import { orNull, showD2, showTime } from './show-values.js';

const STATS_PAGE_SIZE = 500;
/** Of `orders_with_stats`: a thousand orders may be on a page, each with thousands of fills. */
const FILL_LIMITS = { perOrder: 2_000, inAll: 20_000 };
const NO_FILLS: FoundFills = { fills: [], isCut: false };

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
      const listed = await history.placements(filter);
      const shown = listed.slice(0, pageSize);
      const fills = await history.fillsOfPlacements(shown, MAX_FILLS);
      return {
        placements: shown.map((child, i) => showListed(child, fills[i])),
        page,
        page_size: pageSize,
        has_more: listed.length > pageSize,
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
      const fills = await history.fillsOf(
        orders.map(({ id }) => id),
        FILL_LIMITS,
      );
      const endPrices = await history.endPrices(orders.map(({ id }) => id));
      return {
        orders: orders.map((order) => ({
          ...showOrderRow(order),
          ...showFills(fills.get(order.id)),
          stats: { ...showStats(order), departure_price: orNull(endPrices.get(order.id) ?? null, showD2) },
        })),
        page,
        page_size: pageSize,
        has_more: found.length > pageSize,
      };
    });
  }
}

/** `fills_truncated` is there only where some are not shown: a smaller page, or the order itself, shows more of them. */
function showListed(child: ListedPlacement, { fills, isCut }: FoundFills = NO_FILLS): OrderView {
  const { parentOrderId: id, pair, accountName: name, exchange } = child;
  return {
    ...showPlacement(child, fills, { id, pair }, { name, exchange }),
    ...(isCut && !child.cumQty.isZero() ? { fills_truncated: true } : {}),
  };
}

/** `fills_truncated` is there only where some are not shown: those of the oldest placements. */
function showFills({ fills, isCut }: FoundFills = NO_FILLS): OrderView {
  return { fills: fills.map(showFill), ...(isCut ? { fills_truncated: true } : {}) };
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
