import { addMs, EXECUTION_SETTINGS, type EpochMs } from '#domain';
import { ExecutionOrderRepository, removeWork, type Tx, type WorkedOrder } from '#persistence';
import { scheduleNextWake } from './apply-decision.js';

/**
 * True while an order that has not begun must go on waiting: for its start time, or for a resume, which it waits for as
 * long as an order that had begun (algorithms.md 4.8). Its next wake-up is then set, or it has ended.
 */
export async function waitsToBegin(tx: Tx, order: WorkedOrder, now: EpochMs): Promise<boolean> {
  if (order.status === 'PAUSED') {
    await waitPaused(tx, order, now);
    return true;
  }
  if (order.status !== 'SCHEDULED' || order.startAt <= now) return false;
  await scheduleNextWake(tx, order, order.startAt);
  return true;
}

async function waitPaused(tx: Tx, order: WorkedOrder, now: EpochMs): Promise<void> {
  const { maxPauseMs } = EXECUTION_SETTINGS;
  const since = order.paused.find(({ to }) => to === null)?.from ?? now;
  const until = addMs(since, maxPauseMs);
  if (now < until) return scheduleNextWake(tx, order, until);
  const text = `Paused for ${maxPauseMs} ms without a resume`;
  await new ExecutionOrderRepository(tx, order.tenantId).end(order.id, now, {
    status: 'CANCELED',
    reason: 'pause_expired',
    text,
  });
  await removeWork(tx, { kind: 'parent.wake', parentOrderId: order.id, sequence: -1 });
}
