import type { ChainMember, ChainStatus, FailureReason, ParentOrderId, TenantId } from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { wakeParent } from '../outbox/due-work.js';
import { affected, row, rows, send } from '../sql.js';
import { endMember, toMember, type MemberColumns, type MemberEnd } from './group-member.js';

/** A chain as its members are worked, locked for the length of the transaction. */
export interface LockedChain {
  readonly id: string;
  readonly traceId: string;
  readonly memberIds: readonly ParentOrderId[];
  readonly currentPriority: number;
  readonly status: ChainStatus;
}

/** SQL of the ids that a chain's row names: no index leads from it to its members. */
const MEMBER_IDS = '(SELECT member_ids FROM chained_orders WHERE id = $1)::uuid[]';

/** Chains for the service that works their members. Every change is made under the chain's row lock. */
export class ChainedOrderRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** Locks the chain before any of its members; null when there is none of this tenant. */
  async lock(id: string): Promise<LockedChain | null> {
    const found = await row<{
      id: string;
      trace_id: string;
      member_ids: string[];
      current_priority: number;
      status: ChainStatus;
    }>(this.tx, 'SELECT * FROM chained_orders WHERE id = $1 FOR UPDATE', [id]);
    if (found === null) return null;
    return {
      id: found.id,
      traceId: found.trace_id,
      memberIds: found.member_ids as ParentOrderId[],
      currentPriority: found.current_priority,
      status: found.status,
    };
  }

  /** All members, in the order in which they were asked for. */
  async members(id: string): Promise<ChainMember[]> {
    const found = await rows<MemberColumns & { chain_priority: number }>(
      this.tx,
      `SELECT p.id, p.status, p.completion_reason, p.failure_reason, p.chain_priority FROM parent_orders p
       WHERE p.id = ANY(${MEMBER_IDS}) ORDER BY array_position(${MEMBER_IDS}, p.id)`,
      [id],
    );
    return found.map((r) => ({ ...toMember(r), priority: r.chain_priority }));
  }

  /** The turn of the members of one priority: each is looked at now, and begins by itself. */
  async beginTurn(id: string, priority: number, ids: readonly ParentOrderId[]): Promise<void> {
    await send(
      this.tx,
      `UPDATE chained_orders SET current_priority = $2, updated_at = clock_timestamp(), version = version + 1 WHERE id = $1`,
      [id, priority],
    );
    const begun = await rows<{ id: string; trace_id: string }>(
      this.tx,
      `UPDATE parent_orders SET start_at = clock_timestamp(), updated_at = clock_timestamp(), version = version + 1
       WHERE id = ANY($1::uuid[]) AND status IN ('SCHEDULED', 'PAUSED') RETURNING id, trace_id`,
      [ids],
    );
    for (const member of begun) await wakeParent(this.tx, this.tenantId, member.id as ParentOrderId, member.trace_id);
    await this.trace(id, 'advanced', { priority });
  }

  /** Ends the chain; final statuses never change. @returns false when it had ended before */
  async end(id: string, status: 'COMPLETE' | 'CANCELED', reason: FailureReason): Promise<boolean> {
    const changed = await affected(
      this.tx,
      `UPDATE chained_orders SET status = $2, failure_reason = $3, ended_at = clock_timestamp(),
              updated_at = clock_timestamp(), version = version + 1
       WHERE id = $1 AND status = 'ACTIVE'`,
      [id, status, reason],
    );
    if (changed > 0) await this.trace(id, status === 'COMPLETE' ? 'completed' : 'canceled', { reason });
    return changed > 0;
  }

  /** Ends one member together with the chain. */
  endMember(id: ParentOrderId, end: MemberEnd): Promise<boolean> {
    return endMember(this.tx, this.tenantId, id, end);
  }

  private trace(id: string, event: string, data: Record<string, string | number>): Promise<void> {
    return audit(this.tx, this.tenantId, [{ entity: 'chained_order', entityId: id, event, data }]);
  }
}
