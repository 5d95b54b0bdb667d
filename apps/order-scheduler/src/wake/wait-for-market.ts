import { addMs, EXECUTION_SETTINGS, type EpochMs } from '#domain';
import {
  ExecutionOrderRepository,
  moveUnavailable,
  noteUnavailable,
  removeWork,
  type Tx,
  type WorkedOrder,
} from '#persistence';
import { scheduleNextWake } from './apply-decision.js';

/** How long an order waits that is to begin without a market, before it is looked at again. */
const LOOK_AGAIN_MS = 500;

/**
 * An order that is due to begin and finds no market waits for one, an hour at most as one that had begun (order-api.md
 * 5.5): its next wake-up is set, or it has ended. The time in which it was paused does not count, nor that in which
 * nobody looked.
 * @param lateMs how long after it was due the order is woken
 * @param lacking the order that has no market: of a multi order, whose first leg is woken for all, any leg of it
 */
export async function waitForMarket(
  tx: Tx,
  order: WorkedOrder,
  now: EpochMs,
  lateMs: number,
  lacking = order.id,
): Promise<void> {
  const { maxUnavailableMs } = EXECUTION_SETTINGS;
  const resumedAt = Math.max(0, ...order.paused.map(({ to }) => to ?? now));
  const before = order.blockedSince === null || order.blockedSince < resumedAt ? null : order.blockedSince;
  const since = before === null ? null : lookedFrom(before, lateMs, now);
  const waitedMs = since === null ? 0 : now - since;
  if (waitedMs < maxUnavailableMs) {
    if (since === null) await noteUnavailable(tx, order.id, now);
    else if (since !== before) await moveUnavailable(tx, order.id, since);
    return scheduleNextWake(tx, order, addMs(now, LOOK_AGAIN_MS));
  }
  const reason = 'venue_unavailable';
  const text = `No usable market for ${waitedMs} ms: the order has not begun`;
  await new ExecutionOrderRepository(tx, order.tenantId).end(lacking, now, { status: 'CANCELED', reason, text });
  await removeWork(tx, { kind: 'parent.wake', parentOrderId: order.id, sequence: -1 });
}

/**
 * When a wait began that had been due to be looked at `lateMs` ago: moved out by the time in which nobody was there. A
 * wake-up that is as late as an outage is long was not slow.
 */
export function lookedFrom(since: EpochMs, lateMs: number, now: EpochMs): EpochMs {
  return lateMs > EXECUTION_SETTINGS.minOutageMs ? (Math.min(now, since + lateMs) as EpochMs) : since;
}
