import { Inject, Injectable } from '@nestjs/common';
import { isUuid, type ChainStatus, type MultiOrderStatus, type ParentOrderId } from '#domain';
import { shown } from '#order-intake';
import {
  CostReportRepository,
  GroupViewRepository,
  OrderViewRepository,
  type ChainRecord,
  type OrderRecord,
  type TokenOwner,
  type Tx,
} from '#persistence';
import { AccountDirectory } from '../accounts/account-directory.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { lastOf, readListOf, type Query } from '../orders/list-query.js';
import { showOrderDetail, type OrderView } from '../orders/order-detail-view.js';
import { showOrderRow } from '../orders/order-row-view.js';
import { showChain } from './chain-view.js';
import { showMultiCosts } from './multi-costs-view.js';
import { showMulti } from './multi-view.js';

const MULTI_STATUSES: readonly MultiOrderStatus[] = ['SUBMITTED', 'ACTIVE', 'PAUSED', 'COMPLETE', 'CANCELED'];
const CHAIN_STATUSES: readonly ChainStatus[] = ['ACTIVE', 'COMPLETE', 'CANCELED'];

/** Answers of the routes that read multi orders and chains. */
@Injectable()
export class ReadGroups {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(AccountDirectory) private readonly accounts: AccountDirectory,
  ) {}

  /** @throws ApiError when there is no such multi order of the caller */
  multi(caller: TokenOwner, id: string, query: Query): Promise<OrderView> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const withChildren = wantsChildren(query);
      const multi = found(await new GroupViewRepository(tx, caller.userId).multi(id));
      return showMulti(multi, withChildren ? await ordersOf(tx, caller, multi.record.legIds) : undefined);
    });
  }

  /** @throws ApiError when there is no such multi order of the caller */
  costs(caller: TokenOwner, query: Query): Promise<OrderView> {
    const asked = lastOf(query, 'multi_order_id');
    if (asked === null) throw ApiError.ofFields({ multi_order_id: ['multi_order_id is required'] });
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const { record } = found(await new GroupViewRepository(tx, caller.userId).multi(readGroupId(asked)));
      const [orders, stored] = await Promise.all([
        ordersOf(tx, caller, record.legIds),
        new CostReportRepository(tx, caller.userId).ofOrders(record.legIds),
      ]);
      return showMultiCosts(record.id, orders, stored);
    });
  }

  /** @throws ApiError naming the faulty parameter */
  multis(caller: TokenOwner, query: Query): Promise<OrderView> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const withChildren = wantsChildren(query);
      const request = readListOf(query, await this.accounts.reachable(tx, caller), MULTI_STATUSES);
      if (!request.ok) throw ApiError.ofFields(request.error);
      const { filter, page, pageSize } = request.value;
      const all = await new GroupViewRepository(tx, caller.userId).multis(filter);
      const shownOnes = all.slice(0, pageSize);
      const legIds = withChildren ? shownOnes.flatMap(({ record }) => record.legIds) : [];
      const legs = byGroup(await ordersOf(tx, caller, legIds));
      const multis = shownOnes.map((multi) =>
        showMulti(multi, withChildren ? (legs.get(multi.record.id) ?? []) : undefined),
      );
      return { multi_orders: multis, page, page_size: pageSize, has_more: all.length > pageSize };
    });
  }

  /** @throws ApiError when there is no such chain of the caller */
  chain(caller: TokenOwner, id: string): Promise<OrderView> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const { record, orders } = found(await readChain(tx, caller, id));
      return showChain(record, orders, showOrderDetail);
    });
  }

  /** @throws ApiError naming the faulty parameter */
  chains(caller: TokenOwner, query: Query): Promise<OrderView> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const request = readListOf(query, await this.accounts.reachable(tx, caller), CHAIN_STATUSES);
      if (!request.ok) throw ApiError.ofFields(request.error);
      const { filter, page, pageSize } = request.value;
      const all = await new GroupViewRepository(tx, caller.userId).chains(filter);
      const shownOnes = all.slice(0, pageSize);
      const members = byGroup(
        await ordersOf(
          tx,
          caller,
          shownOnes.flatMap(({ memberIds }) => memberIds),
        ),
      );
      const chains = shownOnes.map((record) => showChain(record, members.get(record.id) ?? [], showOrderRow));
      return { chained_orders: chains, page, page_size: pageSize, has_more: all.length > pageSize };
    });
  }
}

/** A chain of the caller with its members; null when there is none such. */
export async function readChain(
  tx: Tx,
  caller: TokenOwner,
  id: string,
): Promise<{ readonly record: ChainRecord; readonly orders: readonly OrderRecord[] } | null> {
  const record = await new GroupViewRepository(tx, caller.userId).chain(id);
  return record === null ? null : { record, orders: await ordersOf(tx, caller, record.memberIds) };
}

/** @throws ApiError when the text is no UUID: such a group does not exist */
export function readGroupId(text: string): string {
  if (!isUuid(text)) throw new ApiError('not_found', 'Not found.');
  return text.toLowerCase();
}

/** In the order of the ids, in one statement. */
function ordersOf(tx: Tx, caller: TokenOwner, ids: readonly ParentOrderId[]): Promise<OrderRecord[]> {
  return new OrderViewRepository(tx, caller.userId).many(ids);
}

/** Members by the id of their group, each list in the order in which it was read. */
function byGroup(orders: readonly OrderRecord[]): ReadonlyMap<string, readonly OrderRecord[]> {
  const groups = new Map<string, OrderRecord[]>();
  for (const order of orders) {
    const id = order.multiOrderId ?? order.chainId;
    if (id === null) continue;
    const members = groups.get(id);
    if (members === undefined) groups.set(id, [order]);
    else members.push(order);
  }
  return groups;
}

function found<T>(value: T | null): T {
  if (value === null) throw new ApiError('not_found', 'Not found.');
  return value;
}

function wantsChildren(query: Query): boolean {
  const text = lastOf(query, 'include_child_orders')?.toLowerCase() ?? 'false';
  if (text !== 'true' && text !== 'false')
    throw ApiError.ofFields({
      include_child_orders: [`include_child_orders must be true or false, was ${shown(text)}`],
    });
  return text === 'true';
}
