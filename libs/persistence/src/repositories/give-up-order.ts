import type { EpochMs, ParentOrderId, TenantId } from '#domain';
import type { Tx } from '../database.js';
import { removeWork } from '../outbox/due-work.js';
import { row } from '../sql.js';
import { endMember } from './group-member.js';

/** `handled`: somebody has worked it since, or nothing wakes it; `over`: it had ended, and is woken no more. */
export type GivenUp = 'ended' | 'over' | 'handled';

/**
 * Ends an order whose wake-ups fail by a fault of ours: status, a cancel per live child, a message, in one transaction.
 * The order's row need not be readable for that. The caller holds the lock of its group.
 * @param since its wake-ups fail without a break; one that is due later was set by a process that could work it
 */
export async function giveUpOrder(
  tx: Tx,
  tenantId: TenantId,
  id: ParentOrderId,
  since: EpochMs,
  text: string,
): Promise<GivenUp> {
  const order = await row<{ is_final: boolean }>(
    tx,
    `SELECT status IN ('COMPLETE', 'CANCELED') AS is_final FROM parent_orders WHERE id = $1 FOR UPDATE`,
    [id],
  );
  const overdue = await row(
    tx,
    `SELECT 1 FROM due_work WHERE kind = 'parent.wake' AND parent_order_id = $1 AND sequence = -1
       AND due_at <= to_timestamp($2::double precision / 1000) FOR UPDATE`,
    [id, since],
  );
  if (order === null || overdue === null) return 'handled';
  if (!order.is_final) await endMember(tx, tenantId, id, { reason: 'internal_error', text });
  else await removeWork(tx, { kind: 'parent.wake', parentOrderId: id, sequence: -1 });
  return order.is_final ? 'over' : 'ended';
}
