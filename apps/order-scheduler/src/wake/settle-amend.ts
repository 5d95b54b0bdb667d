import { addMs, Dec, isFinal, type EpochMs } from '#domain';
import { ExecutionOrderRepository, type Tx, type WorkedOrder } from '#persistence';
import { scheduleNextWake } from './apply-decision.js';

/** Children that close wake the order; this is for what no venue tells. */
const LOOK_AGAIN_MS = 5_000;

/**
 * The order as it is to be decided on. A quantity that was amended below what was executed and working takes effect once
 * every child is closed, as the larger of it and what was executed by then; until then nothing new is placed, and the
 * result is null (order-api.md 5.4).
 */
export async function settleAmend(tx: Tx, order: WorkedOrder, now: EpochMs): Promise<WorkedOrder | null> {
  if (order.amendPending === null || isFinal(order.status)) return order;
  if (order.children.some(({ status }) => status !== 'closed')) {
    await scheduleNextWake(tx, order, addMs(now, LOOK_AGAIN_MS));
    return null;
  }
  const executed = order.sizing === 'base' ? order.cumBase : order.cumQuote;
  const orderQty = Dec.max(order.amendPending, executed);
  await new ExecutionOrderRepository(tx, order.tenantId).settleAmend(order.id, orderQty);
  return { ...order, orderQty, amendPending: null };
}
