import type { AccountId, EpochMs, ParentOrderId, TenantId } from '#domain';
import type { Database, Tx } from '../database.js';
import { affected, rows, send } from '../sql.js';
import { addToOutbox } from './outbox.js';

export type DueWorkKind = 'parent.wake' | 'child.submit' | 'child.cancel' | 'child.resolve' | 'child.amend';

/** One thing that must happen at a time; the queues only remind of it (architecture.md 5). */
export interface DueWork {
  readonly kind: DueWorkKind;
  readonly tenantId: TenantId;
  readonly parentOrderId: ParentOrderId;
  /** The child's sequence, or -1 for the parent itself. */
  readonly sequence: number;
}

const KEY = 'kind = $1 AND parent_order_id = $2 AND sequence = $3';

/** Sets when the work is due, replacing what stood before. */
export async function scheduleWork(tx: Tx, work: DueWork, dueAt: EpochMs): Promise<void> {
  await send(
    tx,
    `INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at)
     VALUES ($1, $2, $3, $4, to_timestamp($5::double precision / 1000))
     ON CONFLICT (kind, parent_order_id, sequence) DO UPDATE SET due_at = EXCLUDED.due_at, redriven_at = NULL`,
    [work.kind, work.parentOrderId, work.sequence, work.tenantId, dueAt],
  );
}

/** Makes the work due now unless it is already; for events that must not wait for the timer. */
export async function hastenWork(tx: Tx, work: DueWork): Promise<void> {
  await send(
    tx,
    `INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at)
     VALUES ($1, $2, $3, $4, clock_timestamp())
     ON CONFLICT (kind, parent_order_id, sequence)
     DO UPDATE SET due_at = LEAST(due_work.due_at, clock_timestamp()), redriven_at = NULL`,
    [work.kind, work.parentOrderId, work.sequence, work.tenantId],
  );
}

/** Something happened to an order: it is decided on again at once, and the job that does so is published. */
export async function wakeParent(
  tx: Tx,
  tenantId: TenantId,
  parentOrderId: ParentOrderId,
  traceId: string,
): Promise<void> {
  await hastenWork(tx, { kind: 'parent.wake', tenantId, parentOrderId, sequence: -1 });
  await addToOutbox(tx, tenantId, [{ job: 'parent-order.wake', payload: { v: 1, tenantId, parentOrderId, traceId } }]);
}

/**
 * Behind `WITH hit AS (...),`: makes each order in `hit` (`id`, `trace_id`) due now, with its job. `$1` is the tenant. In the
 * order of their ids, so that two who wake the same orders do not wait for each other.
 */
export const WAKE_HIT = `due AS (
       INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at)
       SELECT 'parent.wake', id, -1, $1, clock_timestamp() FROM hit ORDER BY id
       ON CONFLICT (kind, parent_order_id, sequence)
       DO UPDATE SET due_at = LEAST(due_work.due_at, clock_timestamp()), redriven_at = NULL)
     INSERT INTO outbox (tenant_id, job, payload)
     SELECT $1, 'parent-order.wake',
            jsonb_build_object('v', 1, 'tenantId', $1::uuid, 'parentOrderId', id, 'traceId', trace_id) FROM hit`;

/** As {@link wakeParent} for many orders of one tenant, in one statement. */
export async function wakeParents(
  tx: Tx,
  tenantId: TenantId,
  orders: readonly { readonly parentOrderId: ParentOrderId; readonly traceId: string }[],
): Promise<void> {
  await send(
    tx,
    `WITH hit AS (SELECT * FROM unnest($2::uuid[], $3::text[]) AS h (id, trace_id)),
     ${WAKE_HIT}`,
    [tenantId, orders.map(({ parentOrderId }) => parentOrderId), orders.map(({ traceId }) => traceId)],
  );
}

/**
 * Something happened to an account: every order that works on it is decided on again. Also one that begins just now, whose first
 * decision has read the account as it was, and is not seen before it commits: accepted to begin at once, or due to begin.
 * Returns how many.
 */
export async function wakeParentsOf(tx: Tx, tenantId: TenantId, accountId: AccountId): Promise<number> {
  return affected(
    tx,
    `WITH hit AS (
       SELECT id, trace_id FROM parent_orders
       WHERE account_ids @> ARRAY[$2::uuid]
         AND (status IN ('ACTIVE', 'FINISHER')
              OR (status = 'SCHEDULED'
                  AND EXISTS (SELECT 1 FROM due_work w
                              WHERE w.kind = 'parent.wake' AND w.parent_order_id = parent_orders.id AND w.sequence = -1
                                AND w.due_at <= clock_timestamp())))),
     ${WAKE_HIT}`,
    [tenantId, accountId],
  );
}

export async function removeWork(tx: Tx, work: Omit<DueWork, 'tenantId'>): Promise<void> {
  await send(tx, `DELETE FROM due_work WHERE ${KEY}`, [work.kind, work.parentOrderId, work.sequence]);
}

/** Takes work back that lies ahead; what has become due meanwhile stays. */
export async function removeWorkAhead(tx: Tx, work: Omit<DueWork, 'tenantId'>): Promise<void> {
  await send(tx, `DELETE FROM due_work WHERE ${KEY} AND due_at > clock_timestamp()`, [
    work.kind,
    work.parentOrderId,
    work.sequence,
  ]);
}

/** When the work is due, locked against others; null when there is none left to do. */
export async function lockWork(tx: Tx, work: Omit<DueWork, 'tenantId'>): Promise<{ dueInMs: number } | null> {
  const [found] = await rows<{ due_in_ms: number }>(
    tx,
    `SELECT (extract(epoch FROM due_at - clock_timestamp()) * 1000)::double precision AS due_in_ms
     FROM due_work WHERE ${KEY} FOR UPDATE`,
    [work.kind, work.parentOrderId, work.sequence],
  );
  return found === undefined ? null : { dueInMs: found.due_in_ms };
}

/**
 * Puts off work that is due, by so many ms from now; whoever holds its job sees to the job.
 * @param earlyMs work counts as due this long before its time
 * @returns false when nothing is due: it was done, put off already, or its time has not come
 */
export async function putOffDueWork(
  tx: Tx,
  work: Omit<DueWork, 'tenantId'>,
  byMs: number,
  earlyMs: number,
): Promise<boolean> {
  const moved = await affected(
    tx,
    `UPDATE due_work
     SET due_at = clock_timestamp() + make_interval(secs => $4::double precision / 1000), redriven_at = NULL
     WHERE ${KEY} AND due_at <= clock_timestamp() + make_interval(secs => $5::double precision / 1000)`,
    [work.kind, work.parentOrderId, work.sequence, byMs, earlyMs],
  );
  return moved > 0;
}

export interface SweepOptions {
  readonly kinds: readonly DueWorkKind[];
  /** Only what is overdue by this much: the queue's own timer comes first. */
  readonly olderThanMs: number;
  /** The same work is not driven again before this. */
  readonly redriveAfterMs: number;
  readonly limit: number;
}

/** Finds overdue work that some lost job should have done, and marks it as driven again. */
export async function sweepDueWork(db: Database, options: SweepOptions): Promise<DueWork[]> {
  const found = await db.inSystem((tx) =>
    rows<{ kind: DueWorkKind; parent_order_id: string; sequence: number; tenant_id: string }>(
      tx,
      `UPDATE due_work w SET redriven_at = clock_timestamp()
       FROM (SELECT kind, parent_order_id, sequence FROM due_work
             WHERE kind = ANY($1) AND due_at < clock_timestamp() - make_interval(secs => $2::double precision / 1000)
               AND (redriven_at IS NULL OR redriven_at < clock_timestamp() - make_interval(secs => $3::double precision / 1000))
             ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED) late
       WHERE (w.kind, w.parent_order_id, w.sequence) = (late.kind, late.parent_order_id, late.sequence)
       RETURNING w.kind, w.parent_order_id, w.sequence, w.tenant_id`,
      [options.kinds, options.olderThanMs, options.redriveAfterMs, options.limit],
    ),
  );
  return found.map((r) => ({
    kind: r.kind,
    parentOrderId: r.parent_order_id as ParentOrderId,
    sequence: r.sequence,
    tenantId: r.tenant_id as TenantId,
  }));
}

/**
 * Overdue work on the children of one account, cancels first. It is not marked: the caller is the only one who does it.
 * In a transaction of the account's tenant.
 */
export async function dueWorkOf(
  tx: Tx,
  accountId: AccountId,
  options: Omit<SweepOptions, 'redriveAfterMs'>,
): Promise<DueWork[]> {
  const found = await rows<{ kind: DueWorkKind; parent_order_id: string; sequence: number; tenant_id: string }>(
    tx,
    `SELECT w.kind, w.parent_order_id, w.sequence, w.tenant_id
     FROM child_orders c JOIN due_work w USING (parent_order_id, sequence)
     WHERE c.account_id = $1 AND c.status <> 'closed' AND w.kind = ANY($2)
       AND w.due_at < clock_timestamp() - make_interval(secs => $3::double precision / 1000)
     ORDER BY w.kind <> 'child.cancel', w.due_at LIMIT $4`,
    [accountId, options.kinds, options.olderThanMs, options.limit],
  );
  return found.map((r) => ({
    kind: r.kind,
    parentOrderId: r.parent_order_id as ParentOrderId,
    sequence: r.sequence,
    tenantId: r.tenant_id as TenantId,
  }));
}

/**
 * Work that was driven in vain is not driven again by a sweeper before this. It stays due, so its age goes on being
 * measured, a job from elsewhere still does it, and whatever happens to it ends the pause.
 */
export async function putOffRedrive(db: Database, works: readonly DueWork[], forMs: number): Promise<void> {
  await db.inSystem((tx) =>
    send(
      tx,
      `UPDATE due_work w SET redriven_at = clock_timestamp() + make_interval(secs => $4::double precision / 1000)
       FROM unnest($1::text[], $2::uuid[], $3::integer[]) AS late(kind, parent_order_id, sequence)
       WHERE (w.kind, w.parent_order_id, w.sequence) = (late.kind, late.parent_order_id, late.sequence)
         AND w.redriven_at IS NOT NULL`,
      [works.map((w) => w.kind), works.map((w) => w.parentOrderId), works.map((w) => w.sequence), forMs],
    ),
  );
}

/** Age of the oldest due work by kind, in seconds (metric `due_work_oldest_age_seconds`, drives scaling). */
export async function dueWorkAges(db: Database): Promise<ReadonlyMap<DueWorkKind, number>> {
  const found = await db.inSystem((tx) =>
    rows<{ kind: DueWorkKind; age: number }>(
      tx,
      `SELECT kind, extract(epoch FROM clock_timestamp() - min(due_at))::double precision AS age
       FROM due_work WHERE due_at < clock_timestamp() GROUP BY kind`,
    ),
  );
  return new Map(found.map((r) => [r.kind, r.age]));
}
