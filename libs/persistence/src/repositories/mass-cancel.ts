import type { AccountId, ParentOrderId, TenantId } from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { WAKE_HIT } from '../outbox/due-work.js';
import { rows, send } from '../sql.js';
import { announceCancels } from './due-cancels.js';
import { readEach, type ChildOrderColumns, type StoredChildOrder, type UnreadableChild } from './child-order-row.js';
import type { CancelScope } from './halt.repository.js';

interface ChildColumns {
  parent_order_id: string;
  sequence: number;
  client_order_id: string;
}

/** What {@link requestCancelOf} did. */
export interface AskedCancels {
  readonly closed: number;
  /** For the caller to cancel, those of one parent far apart. */
  readonly taken: readonly StoredChildOrder[];
  /** Asked for as well, but for a person to see to: they keep no other from being cancelled. */
  readonly unreadable: readonly UnreadableChild[];
}

interface ChildPlace {
  readonly parentOrderId: ParentOrderId;
  readonly sequence: number;
}

/** So many parents are locked in one transaction at most. */
const PARENTS_AT_ONCE = 200;

/** Children `c` of parents in $1, at the account in $3, the venue in $4 and of the symbol in $5; null does not filter. */
const IN_SCOPE = `c.parent_order_id = ANY($1) AND ($3::uuid IS NULL OR c.account_id = $3)
    AND ($4::text IS NULL OR c.venue = $4) AND ($5::text IS NULL OR c.symbol = $5)`;

/** Accounts with open children in scope whose cancel is not asked for yet. */
export async function accountsToCancel(tx: Tx, tenantId: TenantId, scope: CancelScope): Promise<AccountId[]> {
  const found = await rows<{ account_id: string }>(
    tx,
    `SELECT DISTINCT c.account_id FROM child_orders c
     WHERE c.tenant_id = $1 AND c.status <> 'closed' AND c.cancel_requested_at IS NULL
       AND ($2::uuid IS NULL OR c.account_id = $2) AND ($3::text IS NULL OR c.venue = $3)
       AND ($4::text IS NULL OR c.symbol = $4)
       AND ($5::text IS NULL OR EXISTS (SELECT 1 FROM parent_orders p WHERE p.id = c.parent_order_id AND p.strategy_id = $5))`,
    [tenantId, scope.accountId ?? null, scope.venue ?? null, scope.symbol ?? null, scope.strategyId ?? null],
  );
  return found.map((r) => r.account_id as AccountId);
}

/** Which of these children there are, and of which account each is. */
export async function accountsOf(
  tx: Tx,
  children: readonly ChildPlace[],
): Promise<(ChildPlace & { readonly accountId: AccountId })[]> {
  const found = await rows<{ parent_order_id: string; sequence: number; account_id: string }>(
    tx,
    `SELECT c.parent_order_id, c.sequence, c.account_id FROM child_orders c
     JOIN unnest($1::uuid[], $2::integer[]) AS asked(parent_order_id, sequence) USING (parent_order_id, sequence)`,
    [children.map((c) => c.parentOrderId), children.map((c) => c.sequence)],
  );
  return found.map((r) => ({
    parentOrderId: r.parent_order_id as ParentOrderId,
    sequence: r.sequence,
    accountId: r.account_id as AccountId,
  }));
}

/**
 * Asks for the cancel of every open child in scope that is not asked for yet, as one intent per child: what never left is
 * closed, the rest is the caller's to send now. No job is published: what a process leaves that dies over it is due after
 * `takenForMs`, and found by the sweepers. Parents are locked in the order of their ids, before their children.
 * @returns what was asked for; call again until it is nothing
 */
export async function requestCancelOf(
  tx: Tx,
  tenantId: TenantId,
  scope: CancelScope,
  reason: string,
  takenForMs: number,
): Promise<AskedCancels> {
  const parents = await rows<{ id: string }>(
    tx,
    `SELECT p.id FROM parent_orders p
     WHERE p.id IN (SELECT c.parent_order_id FROM child_orders c
                    WHERE c.tenant_id = $1 AND c.status <> 'closed' AND c.cancel_requested_at IS NULL
                      AND ($2::uuid IS NULL OR c.account_id = $2) AND ($3::text IS NULL OR c.venue = $3)
                      AND ($4::text IS NULL OR c.symbol = $4))
       AND ($5::text IS NULL OR p.strategy_id = $5)
     ORDER BY p.id LIMIT ${PARENTS_AT_ONCE} FOR UPDATE`,
    [tenantId, scope.accountId ?? null, scope.venue ?? null, scope.symbol ?? null, scope.strategyId ?? null],
  );
  if (parents.length === 0) return { closed: 0, taken: [], unreadable: [] };
  const where = [parents.map((p) => p.id), reason, scope.accountId ?? null, scope.venue ?? null, scope.symbol ?? null];
  const closed = await closeUnsent(
    tx,
    parents.map((p) => p.id as ParentOrderId),
    reason,
    scope,
  );
  const asked = await rows<ChildOrderColumns>(
    tx,
    `WITH asked AS (
       UPDATE child_orders c SET cancel_requested_at = clock_timestamp(), cancel_reason = $2, updated_at = clock_timestamp()
       WHERE ${IN_SCOPE} AND c.status NOT IN ('pending', 'closed') AND c.cancel_requested_at IS NULL
       RETURNING c.*),
     counted AS (INSERT INTO account_messages (account_id) SELECT account_id FROM asked),
     due AS (
       INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at)
       SELECT 'child.cancel', parent_order_id, sequence, $6,
              clock_timestamp() + make_interval(secs => $7::double precision / 1000) FROM asked
       ON CONFLICT (kind, parent_order_id, sequence) DO UPDATE SET due_at = EXCLUDED.due_at, redriven_at = NULL)
     SELECT * FROM asked ORDER BY sequence, parent_order_id`,
    [...where, tenantId, takenForMs],
  );
  const { children: taken, unreadable } = readEach(asked);
  await auditCancels(tx, tenantId, reason, closed, asked);
  await audit(tx, tenantId, [
    ...unreadable.map(({ clientOrderId, why }) => ({
      entity: 'child_order' as const,
      entityId: clientOrderId,
      event: 'cancel_unreadable',
      data: { why },
    })),
  ]);
  if (closed.length > 0) await wakeParents(tx, tenantId, [...new Set(closed.map((c) => c.parent_order_id))]);
  return { closed: closed.length, taken, unreadable };
}

/** Closes the children of locked parents that never left us. */
async function closeUnsent(
  tx: Tx,
  parentIds: readonly ParentOrderId[],
  reason: string,
  scope: Omit<CancelScope, 'strategyId'>,
): Promise<ChildColumns[]> {
  return rows<ChildColumns>(
    tx,
    `WITH gone AS (
       UPDATE child_orders c SET status = 'closed', close_reason = 'canceled', close_code = $2,
              closed_at = clock_timestamp(), updated_at = clock_timestamp(),
              cancel_requested_at = COALESCE(cancel_requested_at, clock_timestamp()), cancel_reason = $2
       WHERE ${IN_SCOPE} AND c.status = 'pending' RETURNING parent_order_id, sequence, client_order_id),
     unscheduled AS (
       DELETE FROM due_work d USING gone WHERE d.kind IN ('child.submit', 'child.cancel', 'child.resolve', 'child.amend')
         AND d.parent_order_id = gone.parent_order_id AND d.sequence = gone.sequence)
     SELECT * FROM gone`,
    [parentIds, reason, scope.accountId ?? null, scope.venue ?? null, scope.symbol ?? null],
  );
}

/** How many children of one parent were closed, and for how many a cancel was asked. */
export interface CanceledChildren {
  readonly closed: number;
  readonly requested: number;
}

/**
 * Asks for the cancel of all live children of locked parents, as `ChildOrderRepository.requestCancel` does for chosen ones of
 * one, in as many statements.
 */
export async function requestCancelOfParents(
  tx: Tx,
  tenantId: TenantId,
  parentIds: readonly ParentOrderId[],
  reason: string,
): Promise<(parentId: ParentOrderId) => CanceledChildren> {
  const closed = await closeUnsent(tx, parentIds, reason, {});
  const asked = await rows<ChildColumns & { account_id: AccountId }>(
    tx,
    `WITH asked AS (
       UPDATE child_orders c SET cancel_requested_at = clock_timestamp(), cancel_reason = $2, updated_at = clock_timestamp()
       WHERE c.parent_order_id = ANY($1) AND c.status NOT IN ('pending', 'closed') AND c.cancel_requested_at IS NULL
       RETURNING parent_order_id, sequence, client_order_id, account_id),
     due AS (
       INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at)
       SELECT 'child.cancel', parent_order_id, sequence, $3, clock_timestamp() FROM asked
       ON CONFLICT (kind, parent_order_id, sequence) DO UPDATE SET due_at = EXCLUDED.due_at, redriven_at = NULL)
     SELECT * FROM asked`,
    [parentIds, reason, tenantId],
  );
  await announceCancels(
    tx,
    tenantId,
    asked.map((c) => c.account_id),
  );
  await auditCancels(tx, tenantId, reason, closed, asked);
  const count = (children: readonly ChildColumns[], id: ParentOrderId): number =>
    children.filter((c) => c.parent_order_id === id).length;
  return (id) => ({ closed: count(closed, id), requested: count(asked, id) });
}

function auditCancels(
  tx: Tx,
  tenantId: TenantId,
  reason: string,
  closed: readonly Pick<ChildColumns, 'client_order_id'>[],
  asked: readonly Pick<ChildColumns, 'client_order_id'>[],
): Promise<void> {
  return audit(tx, tenantId, [
    ...closed.map((c) => ({
      entity: 'child_order' as const,
      entityId: c.client_order_id,
      event: 'closed',
      data: { reason: 'canceled', code: reason },
    })),
    ...asked.map((c) => ({
      entity: 'child_order' as const,
      entityId: c.client_order_id,
      event: 'cancel_requested',
      data: { reason },
    })),
  ]);
}

async function wakeParents(tx: Tx, tenantId: TenantId, ids: readonly string[]): Promise<void> {
  await send(
    tx,
    `WITH hit AS (SELECT id, trace_id FROM parent_orders WHERE id = ANY($2::uuid[])),
     ${WAKE_HIT}`,
    [tenantId, ids],
  );
}
