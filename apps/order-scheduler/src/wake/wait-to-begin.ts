import { addMs, EXECUTION_SETTINGS, type EpochMs, type FailureReason } from '#domain';
import { ExecutionOrderRepository, removeWork, type Tx, type WorkedOrder } from '#persistence';
import { scheduleNextWake } from './apply-decision.js';

/** When an order that waits ends without having begun, and why. */
interface Deadline {
  readonly at: EpochMs;
  readonly reason: FailureReason;
  readonly text: string;
}

/**
 * True while an order that has not begun must go on waiting: for its start time, for its condition, whose evaluation
 * wakes it, or for a resume, which it waits for as long as an order that had begun (algorithms.md 4.8). Its next wake-up is
 * then set, or it has ended. The condition's expiry counts while it is paused, too (order-api.md 5.2).
 */
export async function waitsToBegin(tx: Tx, order: WorkedOrder, now: EpochMs): Promise<boolean> {
  const { status, startAt, heldBy } = order;
  const deadline = deadlineOf(order, now);
  if (deadline !== null && deadline.at <= now) {
    await end(tx, order, now, deadline);
    return true;
  }
  if (status === 'PAUSED' || heldBy !== null) {
    await scheduleNextWake(tx, order, deadline?.at ?? null);
    return true;
  }
  if (status !== 'SCHEDULED' || startAt <= now) return false;
  await scheduleNextWake(tx, order, startAt);
  return true;
}

/** The first of what ends the waiting. */
function deadlineOf(order: WorkedOrder, now: EpochMs): Deadline | null {
  const { maxPauseMs } = EXECUTION_SETTINGS;
  const deadlines: Deadline[] = [];
  const expiresAt = order.heldBy?.expiresAt ?? null;
  if (expiresAt !== null)
    deadlines.push({
      at: expiresAt,
      reason: 'condition_expired',
      text: `The condition was not true before ${new Date(expiresAt).toISOString()}`,
    });
  if (order.status === 'PAUSED')
    deadlines.push({
      at: addMs(order.paused.find(({ to }) => to === null)?.from ?? now, maxPauseMs),
      reason: 'pause_expired',
      text: `Paused for ${maxPauseMs} ms without a resume`,
    });
  return deadlines.sort((a, b) => a.at - b.at)[0] ?? null;
}

async function end(tx: Tx, order: WorkedOrder, now: EpochMs, { reason, text }: Deadline): Promise<void> {
  await new ExecutionOrderRepository(tx, order.tenantId).end(order.id, now, { status: 'CANCELED', reason, text });
  await removeWork(tx, { kind: 'parent.wake', parentOrderId: order.id, sequence: -1 });
}
