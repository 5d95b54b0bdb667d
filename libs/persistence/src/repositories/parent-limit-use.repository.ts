import type { ParentOrderId, TenantId } from '#domain';
import type { Tx } from '../database.js';
import { rows } from '../sql.js';

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

const keyOf = ({ parentOrderId, callClass, outcome }: ParentLimitUse): string =>
  `${parentOrderId} ${callClass} ${outcome}`;
