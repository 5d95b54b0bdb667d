import { addMs, EXECUTION_SETTINGS, type EpochMs } from '#domain';
import { ExecutionOrderRepository, noteUnavailable, removeWork, type Tx, type WorkedOrder } from '#persistence';
import { scheduleNextWake } from './apply-decision.js';

/** How long an order waits that is to begin without a market, before it is looked at again. */
const LOOK_AGAIN_MS = 500;

/**
 * An order that is due to begin and finds no market waits for one, an hour at most as one that had begun (order-api.md
 * 5.5): its next wake-up is set, or it has ended. The time in which it was paused does not count.
 * @param lacking the order that has no market: of a multi order, whose first leg is woken for all, any leg of it
 */
export async function waitForMarket(tx: Tx, order: WorkedOrder, now: EpochMs, lacking = order.id): Promise<void> {
  const { maxUnavailableMs } = EXECUTION_SETTINGS;
  const resumedAt = Math.max(0, ...order.paused.map(({ to }) => to ?? now));
  const since = order.blockedSince === null || order.blockedSince < resumedAt ? null : order.blockedSince;
  const waitedMs = since === null ? 0 : now - since;
  if (waitedMs < maxUnavailableMs) {
    if (since === null) await noteUnavailable(tx, order.id, now);
    return scheduleNextWake(tx, order, addMs(now, LOOK_AGAIN_MS));
  }
  const reason = 'venue_unavailable';
  const text = `No usable market for ${waitedMs} ms: the order has not begun`;
  await new ExecutionOrderRepository(tx, order.tenantId).end(lacking, now, { status: 'CANCELED', reason, text });
  await removeWork(tx, { kind: 'parent.wake', parentOrderId: order.id, sequence: -1 });
}
