import { Dec, isFinal } from '#domain';
import { ExecutionOrderRepository, type Tx, type WorkedOrder } from '#persistence';

/**
 * The order as it is to be decided on. A quantity that was amended below what was executed and working takes effect once
 * every child is closed, as the larger of it and what was executed by then; until then nothing new is placed
 * (order-api.md 5.4).
 */
export async function settleAmend(tx: Tx, order: WorkedOrder): Promise<WorkedOrder> {
  if (order.amendPending === null || isFinal(order.status)) return order;
  if (order.children.some(({ status }) => status !== 'closed')) return order;
  const executed = order.sizing === 'base' ? order.cumBase : order.cumQuote;
  const orderQty = Dec.max(order.amendPending, executed);
  await new ExecutionOrderRepository(tx, order.tenantId).settleAmend(order.id, orderQty);
  return { ...order, orderQty, amendPending: null };
}
