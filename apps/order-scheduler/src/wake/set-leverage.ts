import { addMs, type EpochMs, type ParentOrderId } from '#domain';
import {
  ExecutionOrderRepository,
  OrderLeverageRepository,
  removeWork,
  type LeverageStanding,
  type Tx,
  type WorkedOrder,
} from '#persistence';
import { scheduleNextWake } from './apply-decision.js';

/** How often it is looked whether the gateway has set it. */
const LOOK_AGAIN_MS = 250;
/** A gateway that is away for longer than this sets it too late for the order. */
const PATIENCE_MS = 60_000;

/**
 * True while an order that has not begun must wait for the leverage it asked for, or for how its accounts keep margin; its
 * next wake-up is then set. An account whose venue refuses it ends the order that asked for it (order-api.md 5.5).
 * @param besides orders that begin with it, of which it is woken for all
 */
export async function waitsForLeverage(
  tx: Tx,
  order: WorkedOrder,
  now: EpochMs,
  besides: readonly ParentOrderId[] = [],
): Promise<boolean> {
  const settings = new OrderLeverageRepository(tx, order.tenantId);
  const standings: (LeverageStanding & { readonly id: ParentOrderId })[] = [];
  for (const id of new Set([order.id, ...besides])) standings.push({ id, ...(await settings.prepare(id)) });
  const standing = standings.find(({ kind }) => kind === 'refused') ?? standings.find(({ kind }) => kind === 'waiting');
  if (standing === undefined || standing.kind === 'ready') return false;
  if (standing.kind === 'waiting' && standing.sinceMs < PATIENCE_MS) {
    await scheduleNextWake(tx, order, addMs(now, LOOK_AGAIN_MS));
    return true;
  }
  const text =
    standing.kind === 'refused'
      ? `The ${standing.setting} was not set: ${standing.text}`
      : `The ${standing.setting} was not set within ${PATIENCE_MS} ms`;
  const reason = 'leverage_failed';
  await new ExecutionOrderRepository(tx, order.tenantId).end(standing.id, now, { status: 'CANCELED', reason, text });
  await removeWork(tx, { kind: 'parent.wake', parentOrderId: order.id, sequence: -1 });
  return true;
}
