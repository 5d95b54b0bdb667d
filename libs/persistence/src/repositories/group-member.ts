import type {
  CompletionReason,
  FailureReason,
  Member,
  ParentOrderId,
  ParentOrderStatus,
  TenantId,
  UserId,
} from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { wakeParent } from '../outbox/due-work.js';
import { row } from '../sql.js';
import { requestCancelOfParents } from './mass-cancel.js';
import { OrderMessageRepository } from './order-message.repository.js';

export interface MemberColumns {
  id: string;
  status: ParentOrderStatus;
  completion_reason: CompletionReason | null;
  failure_reason: FailureReason;
}

export function toMember(r: MemberColumns): Member {
  return {
    id: r.id as ParentOrderId,
    status: r.status,
    completionReason: r.completion_reason,
    failureReason: r.failure_reason,
  };
}

/** Why and how a member of a group is ended together with it. */
export interface MemberEnd {
  readonly reason: FailureReason;
  /** For people. */
  readonly text: string;
}

/** Who of the staff cancels what belongs to another user, and why. */
export interface OperatorCancel {
  readonly operatorId: UserId;
  /** For people. */
  readonly reason: string;
}

export const operatorText = (what: string, { reason }: OperatorCancel): string =>
  `${what} was canceled by an operator: ${reason}`;

/**
 * Ends a member of a locked group, or a locked order of none, unless it has ended: status and a cancel per live child (order-api.md 5.2). The
 * caller holds the group's row, so no two members wait for each other.
 * @returns false when it had ended before
 */
export async function endMember(tx: Tx, tenantId: TenantId, id: ParentOrderId, end: MemberEnd): Promise<boolean> {
  const ended = await row<{ trace_id: string }>(
    tx,
    `UPDATE parent_orders SET status = 'CANCELED', failure_reason = $2, status_before_pause = NULL, amend_pending = NULL,
            ended_at = clock_timestamp(), updated_at = clock_timestamp(), version = version + 1
     WHERE id = $1 AND status NOT IN ('COMPLETE', 'CANCELED') RETURNING trace_id`,
    [id, end.reason],
  );
  if (ended === null) return false;
  const children = (await requestCancelOfParents(tx, tenantId, [id], 'order_ended'))(id);
  const level = end.reason === '' ? 'info' : 'error';
  const type = end.reason === '' ? 'order_canceled' : 'order_failed';
  await new OrderMessageRepository(tx).add(tenantId, id, { level, type, message: end.text });
  // The scheduler still takes the closing price and volume.
  await wakeParent(tx, tenantId, id, ended.trace_id);
  await audit(tx, tenantId, [
    {
      entity: 'parent_order',
      entityId: id,
      event: 'canceled',
      data: { reason: end.reason, childrenClosed: children.closed, childrenAsked: children.requested },
    },
  ]);
  return true;
}
