import { Inject, Injectable } from '@nestjs/common';
import { isUuid, type ChainStatus, type MultiOrderStatus, type ParentOrderId } from '#domain';
import {
  GroupViewRepository,
  MultiOrderRepository,
  OrderViewRepository,
  type ChainRecord,
  type MultiRecord,
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
import { shown } from '../orders/read-values.js';
import { showChain } from './chain-view.js';
import { showMulti, showMultiCosts, type WholeMulti } from './multi-view.js';

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
    return this.db.inTenant(caller.tenantId, async (tx) =>
      showMulti(found(await readMulti(tx, caller, id)), wantsChildren(query)),
    );
  }

  /** @throws ApiError when there is no such multi order of the caller */
  costs(caller: TokenOwner, query: Query): Promise<OrderView> {
    const id = lastOf(query, 'multi_order_id');
    if (id === null) throw ApiError.ofFields({ multi_order_id: ['multi_order_id is required'] });
    return this.db.inTenant(caller.tenantId, async (tx) =>
      showMultiCosts(found(await readMulti(tx, caller, readGroupId(id)))),
    );
  }

  /** @throws ApiError naming the faulty parameter */
  multis(caller: TokenOwner, query: Query): Promise<OrderView> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const withChildren = wantsChildren(query);
      const request = readListOf(query, await this.accounts.reachable(tx, caller), MULTI_STATUSES);
      if (!request.ok) throw ApiError.ofFields(request.error);
      const { filter, page, pageSize } = request.value;
      const records = await new GroupViewRepository(tx, caller.userId).multis(filter);
      const shownOnes: OrderView[] = [];
      for (const record of records.slice(0, pageSize))
        shownOnes.push(showMulti(await wholeMulti(tx, caller, record), withChildren));
      return { multi_orders: shownOnes, page, page_size: pageSize, has_more: records.length > pageSize };
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
      const records = await new GroupViewRepository(tx, caller.userId).chains(filter);
      const shownOnes: OrderView[] = [];
      for (const record of records.slice(0, pageSize))
        shownOnes.push(showChain(record, await ordersOf(tx, caller, record.memberIds), showOrderRow));
      return { chained_orders: shownOnes, page, page_size: pageSize, has_more: records.length > pageSize };
    });
  }
}

/** A multi order of the caller with its legs; null when there is none such. */
export async function readMulti(tx: Tx, caller: TokenOwner, id: string): Promise<WholeMulti | null> {
  const record = await new GroupViewRepository(tx, caller.userId).multi(id);
  return record === null ? null : wholeMulti(tx, caller, record);
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

async function wholeMulti(tx: Tx, caller: TokenOwner, record: MultiRecord): Promise<WholeMulti> {
  const multis = new MultiOrderRepository(tx, caller.tenantId);
  const [legs, intervals, orders] = await Promise.all([
    multis.legs(record.id),
    multis.intervals(record.id),
    ordersOf(tx, caller, record.legIds),
  ]);
  return { record, legs, orders, ...intervals };
}

async function ordersOf(tx: Tx, caller: TokenOwner, ids: readonly ParentOrderId[]): Promise<OrderRecord[]> {
  const orders = new OrderViewRepository(tx, caller.userId);
  const all = await Promise.all(ids.map((id) => orders.get(id)));
  return all.filter((order) => order !== null);
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
