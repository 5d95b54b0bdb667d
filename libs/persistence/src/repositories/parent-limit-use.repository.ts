import type { ParentOrderId, TenantId } from '#domain';
import type { Database, Tx } from '../database.js';
import { affected, rows } from '../sql.js';

/** What became of the calls of a parent order at the rate limits, by class of call and outcome. */
export interface ParentLimitUse {
  readonly parentOrderId: ParentOrderId;
  /** `cancel`, `reduce`, `place` or `query`. */
  readonly callClass: string;
  /** `granted`, or why a call had to wait. */
  readonly outcome: string;
  readonly calls: number;
  /** Sum of the delays that calls were put off for. */
  readonly waitedMs: number;
}

/** Counts of one tenant's parent orders, added to by every gateway. */
export class ParentLimitUseRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** In one statement; rows are taken in the same order by everybody. */
  async add(uses: readonly ParentLimitUse[]): Promise<void> {
    const sorted = [...uses].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    await this.tx.query(
      `INSERT INTO parent_limit_uses AS u (tenant_id, parent_order_id, call_class, outcome, calls, waited_ms)
       SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
       ON CONFLICT (parent_order_id, call_class, outcome) DO UPDATE
         SET calls = u.calls + EXCLUDED.calls, waited_ms = u.waited_ms + EXCLUDED.waited_ms,
             updated_at = clock_timestamp()`,
      [
        this.tenantId,
        sorted.map((u) => u.parentOrderId),
        sorted.map((u) => u.callClass),
        sorted.map((u) => u.outcome),
        sorted.map((u) => u.calls),
        sorted.map((u) => u.waitedMs),
      ],
    );
  }

  async of(parentOrderId: ParentOrderId): Promise<ParentLimitUse[]> {
    const found = await rows<{ call_class: string; outcome: string; calls: string; waited_ms: string }>(
      this.tx,
      `SELECT call_class, outcome, calls, waited_ms FROM parent_limit_uses
       WHERE tenant_id = $1 AND parent_order_id = $2 ORDER BY call_class, outcome`,
      [this.tenantId, parentOrderId],
    );
    return found.map((r) => ({
      parentOrderId,
      callClass: r.call_class,
      outcome: r.outcome,
      calls: Number(r.calls),
      waitedMs: Number(r.waited_ms),
    }));
  }
}

/** How old what is removed must be, and how much one run removes at most. */
export interface ForgetUses {
  /** Since a count was last added to. */
  readonly olderThanMs: number;
  /** Rows of one tenant in one transaction. */
  readonly mostPerTenant: number;
}

/**
 * Removes the counts of parent orders that have ended, once nothing was added to them for that long; those of an order
 * that goes on are kept however long it rests. What one run leaves is the next one's. Any number of processes may do it.
 * @returns how many rows
 */
export async function forgetParentLimitUses(db: Database, { olderThanMs, mostPerTenant }: ForgetUses): Promise<number> {
  const tenants = await db.inSystem((tx) =>
    rows<{ tenant_id: string }>(tx, 'SELECT DISTINCT tenant_id FROM account_leases'),
  );
  let removed = 0;
  for (const { tenant_id: tenantId } of tenants)
    removed += await db.inTenant(tenantId as TenantId, (tx) =>
      affected(tx, FORGET, [tenantId, olderThanMs, mostPerTenant]),
    );
  return removed;
}

/**
 * What was not added to since then is of a parent that is older still, and ids of parents rise with time: their index
 * finds it, and the counts, which are written all the time, need none by age. Whoever adds to a row is not waited for.
 */
const FORGET = `
  WITH cut AS MATERIALIZED (
    SELECT clock_timestamp() - make_interval(secs => $2::double precision / 1000) AS at)
  DELETE FROM parent_limit_uses WHERE ctid = ANY (ARRAY(
    SELECT u.ctid FROM parent_limit_uses u
    WHERE u.tenant_id = $1 AND u.parent_order_id < first_uuid_of((SELECT at FROM cut))
      AND u.updated_at < (SELECT at FROM cut)
      AND NOT EXISTS (SELECT 1 FROM parent_orders p WHERE p.id = u.parent_order_id AND p.ended_at IS NULL)
    ORDER BY u.parent_order_id LIMIT $3 FOR UPDATE OF u SKIP LOCKED))`;

const keyOf = ({ parentOrderId, callClass, outcome }: ParentLimitUse): string =>
  `${parentOrderId} ${callClass} ${outcome}`;
