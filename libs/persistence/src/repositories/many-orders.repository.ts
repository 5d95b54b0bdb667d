import type { ParentOrderId, ParentOrderStatus, TenantId, UserId } from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { wakeParents } from '../outbox/due-work.js';
import { rows, send } from '../sql.js';
import { requestCancelOfParents } from './mass-cancel.js';
import type { LockedOrder } from './order-life.repository.js';
import { OrderMessageRepository } from './order-message.repository.js';

type OrderPlace = Pick<LockedOrder, 'id' | 'traceId'>;

/**
 * Cancels, pauses and resumes parent orders on their owner's request, many in as many statements as one. Each change is the
 * whole of one business step (D-02).
 */
export class ManyOrdersRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
    private readonly userId: UserId,
  ) {}

  /**
   * Those that are orders of the user and of no group, whose row would have to be locked first, and that nobody else
   * holds: for one that somebody does, the others do not wait.
   */
  async lock(ids: readonly ParentOrderId[]): Promise<LockedOrder[]> {
    const found = await rows<{
      id: string;
      status: ParentOrderStatus;
      algorithm: LockedOrder['algorithm'];
      multi_order_id: string | null;
      chain_id: string | null;
      trace_id: string;
    }>(
      this.tx,
      `SELECT id, status, algorithm, multi_order_id, chain_id, trace_id FROM parent_orders
       WHERE id = ANY($1::uuid[]) AND user_id = $2 AND multi_order_id IS NULL AND chain_id IS NULL
       ORDER BY id FOR UPDATE SKIP LOCKED`,
      [ids, this.userId],
    );
    return found.map((r) => ({
      id: r.id as ParentOrderId,
      status: r.status,
      algorithm: r.algorithm,
      multiOrderId: r.multi_order_id,
      chainId: r.chain_id,
      traceId: r.trace_id,
    }));
  }

  /** Ends locked, unfinished orders and asks for all their children to be cancelled. */
  async cancel(orders: readonly OrderPlace[]): Promise<void> {
    await send(
      this.tx,
      `UPDATE parent_orders SET status = 'CANCELED', amend_pending = NULL, ended_at = clock_timestamp(),
              updated_at = clock_timestamp(), version = version + 1
       WHERE id = ANY($1::uuid[])`,
      [idsOf(orders)],
    );
    const children = await requestCancelOfParents(this.tx, this.tenantId, idsOf(orders), 'order_ended');
    await this.follow(orders, 'order_canceled', 'canceled', ({ id }) => {
      const { closed, requested } = children(id);
      return { childrenClosed: closed, childrenAsked: requested };
    });
  }

  /** Asks for the cancel of all live children and stops the clocks of locked orders that may be paused. */
  async pause(orders: readonly LockedOrder[]): Promise<void> {
    const children = await requestCancelOfParents(this.tx, this.tenantId, idsOf(orders), 'paused');
    await send(
      this.tx,
      `UPDATE parent_orders SET status = 'PAUSED', status_before_pause = status, updated_at = clock_timestamp(),
              version = version + 1
       WHERE id = ANY($1::uuid[])`,
      [idsOf(orders)],
    );
    await send(
      this.tx,
      `INSERT INTO order_intervals (parent_order_id, kind, from_at, tenant_id)
       SELECT id, 'paused', clock_timestamp(), $2 FROM unnest($1::uuid[]) AS id`,
      [idsOf(orders), this.tenantId],
    );
    await this.follow(orders, 'order_paused', 'paused', ({ id, status }) => {
      const { closed, requested } = children(id);
      return { from: status, childrenClosed: closed, childrenAsked: requested };
    });
  }

  /** Gives locked, paused orders their former statuses back; nothing is caught up, the plans move out by the pause. */
  async resume(orders: readonly LockedOrder[]): Promise<void> {
    await send(
      this.tx,
      `UPDATE order_intervals SET to_at = GREATEST(from_at, clock_timestamp())
       WHERE parent_order_id = ANY($1::uuid[]) AND kind = 'paused' AND to_at IS NULL`,
      [idsOf(orders)],
    );
    await send(
      this.tx,
      `UPDATE parent_orders SET status = COALESCE(status_before_pause, 'ACTIVE'), status_before_pause = NULL,
              updated_at = clock_timestamp(), version = version + 1
       WHERE id = ANY($1::uuid[])`,
      [idsOf(orders)],
    );
    await this.follow(orders, 'order_resumed', 'resumed', () => ({}));
  }

  /** The line for people, the wake-up and the trace of each. */
  private async follow<Order extends OrderPlace>(
    orders: readonly Order[],
    type: string,
    event: string,
    data: (order: Order) => Record<string, string | number>,
  ): Promise<void> {
    const { tx, tenantId, userId } = this;
    const message = { level: 'info' as const, type, message: `${event} by request` };
    await new OrderMessageRepository(tx).addToEach(tenantId, idsOf(orders), message);
    // Of one that ended the scheduler still takes the closing price and volume.
    await wakeParents(
      tx,
      tenantId,
      orders.map(({ id, traceId }) => ({ parentOrderId: id, traceId })),
    );
    await audit(
      tx,
      tenantId,
      orders.map((order) => ({
        entity: 'parent_order' as const,
        entityId: order.id,
        event,
        data: { userId, ...data(order), traceId: order.traceId },
      })),
    );
  }
}

const idsOf = (orders: readonly OrderPlace[]): ParentOrderId[] => orders.map(({ id }) => id);
