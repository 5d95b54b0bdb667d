import type { AccountId, Algorithm, ParentOrderId, ParentOrderStatus, TenantId, UserId } from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { wakeParent } from '../outbox/due-work.js';
import { row, rows, send } from '../sql.js';
import { ChildOrderRepository } from './child-order.repository.js';
import { OrderMessageRepository } from './order-message.repository.js';

/** An order of the user, locked for the rest of the transaction, as far as its life is concerned. */
export interface LockedOrder {
  readonly id: ParentOrderId;
  readonly status: ParentOrderStatus;
  readonly algorithm: Algorithm;
  /** The multi order that it is a leg of; null: of none. */
  readonly multiOrderId: string | null;
  readonly chainId: string | null;
  readonly traceId: string;
}

/** Which orders a request for all of them means; null does not filter. */
export interface OrderChoice {
  readonly statuses: readonly ParentOrderStatus[];
  /** Orders that trade on at least one of these account rows. */
  readonly accountIds: readonly AccountId[] | null;
  /** Whatever the case. */
  readonly pair: string | null;
}

/** Pauses and resumes parent orders on their owner's request. Each change is the whole of one business step (D-02). */
export class OrderLifeRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
    private readonly userId: UserId,
  ) {}

  /** Null when the user has no such order. */
  async lock(id: ParentOrderId): Promise<LockedOrder | null> {
    const found = await row<{
      status: ParentOrderStatus;
      algorithm: Algorithm;
      multi_order_id: string | null;
      chain_id: string | null;
      trace_id: string;
    }>(
      this.tx,
      `SELECT status, algorithm, multi_order_id, chain_id, trace_id FROM parent_orders
       WHERE id = $1 AND user_id = $2 FOR UPDATE`,
      [id, this.userId],
    );
    if (found === null) return null;
    return {
      id,
      status: found.status,
      algorithm: found.algorithm,
      multiOrderId: found.multi_order_id,
      chainId: found.chain_id,
      traceId: found.trace_id,
    };
  }

  /** Orders that stand for themselves, oldest first: legs follow their multi order. */
  async chosen({ statuses, accountIds, pair }: OrderChoice): Promise<ParentOrderId[]> {
    const found = await rows<{ id: string }>(
      this.tx,
      `SELECT id FROM parent_orders
       WHERE user_id = $1 AND status IN ('SCHEDULED', 'ACTIVE', 'PAUSED', 'FINISHER') AND status = ANY($2)
         AND ($3::uuid[] IS NULL OR account_ids && $3) AND ($4::text IS NULL OR lower(pair) = lower($4))
         AND multi_order_id IS NULL
       ORDER BY id`,
      [this.userId, statuses, accountIds, pair],
    );
    return found.map((r) => r.id as ParentOrderId);
  }

  /** Asks for the cancel of all live children and stops the clock of a locked order that may be paused. */
  async pause({ id, status, traceId }: LockedOrder): Promise<void> {
    const children = await new ChildOrderRepository(this.tx, this.tenantId).requestCancel(id, 'paused', 'all');
    await send(
      this.tx,
      `UPDATE parent_orders SET status = 'PAUSED', status_before_pause = status, updated_at = clock_timestamp(),
              version = version + 1
       WHERE id = $1`,
      [id],
    );
    await send(
      this.tx,
      `INSERT INTO order_intervals (parent_order_id, kind, from_at, tenant_id) VALUES ($1, 'paused', clock_timestamp(), $2)`,
      [id, this.tenantId],
    );
    await this.tell(id, 'order_paused', 'paused by request');
    await wakeParent(this.tx, this.tenantId, id, traceId);
    await this.trace(id, 'paused', {
      from: status,
      childrenClosed: children.closed,
      childrenAsked: children.requested,
      traceId,
    });
  }

  /** Gives a locked, paused order its former status back; nothing is caught up, the plan moves out by the pause. */
  async resume({ id, traceId }: LockedOrder): Promise<void> {
    await send(
      this.tx,
      `UPDATE order_intervals SET to_at = GREATEST(from_at, clock_timestamp())
       WHERE parent_order_id = $1 AND kind = 'paused' AND to_at IS NULL`,
      [id],
    );
    await send(
      this.tx,
      `UPDATE parent_orders SET status = COALESCE(status_before_pause, 'ACTIVE'), status_before_pause = NULL,
              updated_at = clock_timestamp(), version = version + 1
       WHERE id = $1`,
      [id],
    );
    await this.tell(id, 'order_resumed', 'resumed by request');
    await wakeParent(this.tx, this.tenantId, id, traceId);
    await this.trace(id, 'resumed', { traceId });
  }

  private async tell(id: ParentOrderId, type: string, message: string): Promise<void> {
    await new OrderMessageRepository(this.tx).add(this.tenantId, id, { level: 'info', type, message });
  }

  private trace(id: ParentOrderId, event: string, data: Record<string, string | number>): Promise<void> {
    return audit(this.tx, this.tenantId, [
      { entity: 'parent_order', entityId: id, event, data: { userId: this.userId, ...data } },
    ]);
  }
}
