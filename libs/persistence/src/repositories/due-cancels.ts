import type { AccountId, ParentOrderId, TenantId } from '#domain';
import type { Tx } from '../database.js';
import { rows, send } from '../sql.js';
import { readEach, type ChildOrderColumns, type StoredChildOrder, type UnreadableChild } from './child-order-row.js';

/** Postgres says on this channel what is to be cancelled, the moment the transaction that asked for it commits. */
export const CANCELS_CHANNEL = 'tranche_cancels';

/** An account with cancels that are due. */
export interface AccountOfCancels {
  readonly tenantId: TenantId;
  readonly accountId: AccountId;
}

const HALT = 'halt';

/** Says with the commit of `tx` that these accounts have cancels due; once for each, however often it is asked for. */
export async function announceCancels(tx: Tx, tenantId: TenantId, accountIds: Iterable<AccountId>): Promise<void> {
  const said = [...new Set(accountIds)].map((accountId) => `${tenantId} ${accountId}`);
  if (said.length > 0)
    await send(tx, `SELECT pg_notify('${CANCELS_CHANNEL}', said) FROM unnest($1::text[]) AS said`, [said]);
}

/** Says with the commit of `tx` that there is a halt whose orders are to be cancelled. */
export async function announceHalt(tx: Tx): Promise<void> {
  await send(tx, `SELECT pg_notify('${CANCELS_CHANNEL}', '${HALT}')`);
}

/** What was said on {@link CANCELS_CHANNEL}; null for what no version of ours says. */
export function readAnnouncement(payload: string): AccountOfCancels | 'halt' | null {
  if (payload === HALT) return HALT;
  const [tenantId, accountId, ...more] = payload.split(' ');
  if (tenantId === undefined || accountId === undefined || more.length > 0) return null;
  return { tenantId: tenantId as TenantId, accountId: accountId as AccountId };
}

/** What {@link takeDueCancels} took. */
export interface TakenCancels {
  readonly taken: readonly StoredChildOrder[];
  /** By parent order. */
  readonly traceIds: ReadonlyMap<ParentOrderId, string>;
  /** Taken as well, but for a person to see to: they keep no other from being cancelled. */
  readonly unreadable: readonly UnreadableChild[];
}

/**
 * Takes the cancels of one account that are due, for orders that may be at the venue, and counts them as messages. What a
 * process leaves that dies over it is due again after `takenForMs`. No parent is locked: a cancel stands in no line behind
 * places and fills. In a transaction of the account's tenant.
 */
export async function takeDueCancels(
  tx: Tx,
  accountId: AccountId,
  takenForMs: number,
  limit: number,
): Promise<TakenCancels> {
  const found = await rows<ChildOrderColumns & { trace_id: string }>(
    tx,
    `WITH due AS (
       SELECT w.parent_order_id, w.sequence FROM child_orders c
       JOIN due_work w ON w.kind = 'child.cancel' AND w.parent_order_id = c.parent_order_id AND w.sequence = c.sequence
       WHERE c.account_id = $1 AND c.status NOT IN ('pending', 'closed') AND c.cancel_requested_at IS NOT NULL
         AND w.due_at <= clock_timestamp()
       ORDER BY w.due_at LIMIT $3 FOR UPDATE OF w SKIP LOCKED),
     taken AS (
       UPDATE due_work w
       SET due_at = clock_timestamp() + make_interval(secs => $2::double precision / 1000), redriven_at = NULL
       FROM due WHERE w.kind = 'child.cancel' AND (w.parent_order_id, w.sequence) = (due.parent_order_id, due.sequence)
       RETURNING w.parent_order_id, w.sequence),
     counted AS (INSERT INTO account_messages (account_id) SELECT $1 FROM taken)
     SELECT c.*, p.trace_id FROM child_orders c JOIN taken USING (parent_order_id, sequence)
     JOIN parent_orders p ON p.id = c.parent_order_id
     ORDER BY c.cancel_requested_at, c.sequence`,
    [accountId, takenForMs, limit],
  );
  const { children, unreadable } = readEach(found);
  return {
    taken: children,
    unreadable,
    traceIds: new Map(found.map((c) => [c.parent_order_id as ParentOrderId, c.trace_id])),
  };
}
