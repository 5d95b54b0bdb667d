import type { ChainRecord, OrderRecord } from '#persistence';
import type { OrderView } from '../orders/order-detail-view.js';
import { showTime } from '../orders/show-values.js';

/** A chain (order-api.md 4.7); `show` makes the view of its members: Detail in answers on one chain, Row in lists. */
export function showChain(
  chain: ChainRecord,
  orders: readonly OrderRecord[],
  show: (order: OrderRecord) => OrderView,
): OrderView {
  return {
    id: chain.id,
    created_at: showTime(chain.createdAt),
    updated_at: showTime(chain.updatedAt),
    status: chain.status,
    is_active: chain.status === 'ACTIVE',
    current_priority: chain.currentPriority,
    failure_reason: chain.failureReason,
    user: chain.userId,
    order_ids: chain.memberIds,
    orders_in_chain: orders.map((order) => ({ priority: chain.priorities.get(order.id) ?? null, order: show(order) })),
  };
}
