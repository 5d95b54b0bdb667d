import {
  epochMs,
  type ChildOrder,
  type EpochMs,
  type ParentOrderId,
  type Price,
  type Quantity,
  type TenantId,
} from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { addToOutbox } from '../outbox/outbox.js';
import { row, send } from '../sql.js';
import type { ChildAmend, StoredChildOrder } from './child-order-row.js';
import { ChildOrderRepository } from './child-order.repository.js';

/** The end of the last attempt stays: what a cancel costs may depend on it. */
const OVER = `amend_qty = NULL, amend_price = NULL, amend_status = NULL, amend_claimed_at = NULL, amend_unchanged_at = NULL,
              amended_at = clock_timestamp(), updated_at = clock_timestamp()`;
const CHILD = 'parent_order_id = $1 AND sequence = $2';

/** Changes of working children in place; whoever calls holds the lock of the parent's row. */
export class ChildAmendRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /**
   * Intent first: the wish, its due work, its job and its audit row. A wish that was not sent yet is replaced; one that is
   * under way stands. False when the child is not working, or is to be cancelled, or a change of it is under way.
   */
  async request(
    parentOrderId: ParentOrderId,
    sequence: number,
    traceId: string,
    change: { readonly orderQty: Quantity; readonly price: Price },
  ): Promise<boolean> {
    const { tenantId } = this;
    const asked = await row<{ client_order_id: string }>(
      this.tx,
      `WITH asked AS (
         UPDATE child_orders SET amend_qty = $3, amend_price = $4, amend_status = 'requested', updated_at = clock_timestamp()
         WHERE ${CHILD} AND status = 'working' AND cancel_requested_at IS NULL
           AND (amend_status IS NULL OR amend_status = 'requested') RETURNING client_order_id),
       due AS (
         INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at)
         SELECT 'child.amend', $1, $2, $5, clock_timestamp() FROM asked
         ON CONFLICT (kind, parent_order_id, sequence) DO UPDATE SET due_at = EXCLUDED.due_at, redriven_at = NULL)
       SELECT * FROM asked`,
      [parentOrderId, sequence, change.orderQty.toFixed(), change.price.toFixed(), tenantId],
    );
    if (asked === null) return false;
    await addToOutbox(this.tx, tenantId, [
      { job: 'child-order.amend', payload: { v: 1, tenantId, parentOrderId, sequence, traceId } },
    ]);
    await this.note(asked.client_order_id, 'amend_requested', {
      orderQty: change.orderQty.toFixed(),
      price: change.price.toFixed(),
    });
    return true;
  }

  /** Compare-and-set on (child, number of the attempt), as for a claim; null: somebody else was first, or it is moot. */
  async claim(
    child: StoredChildOrder,
    amend: ChildAmend,
    widthMs: number,
  ): Promise<{ epoch: number; claimedAt: EpochMs; validUntil: EpochMs } | null> {
    const claimed = await row<{ amend_epoch: number; amend_claimed_at: Date; amend_valid_until: Date }>(
      this.tx,
      `WITH now AS (SELECT date_trunc('milliseconds', clock_timestamp()) AS at),
       claimed AS (
         UPDATE child_orders SET amend_status = 'claimed', amend_epoch = amend_epoch + 1, amend_claimed_at = now.at,
                amend_valid_until = now.at + make_interval(secs => $4::double precision / 1000),
                amend_unchanged_at = NULL, updated_at = now.at
         FROM now WHERE ${CHILD} AND amend_epoch = $3 AND amend_status = 'requested' AND status = 'working'
           AND cancel_requested_at IS NULL
         RETURNING amend_epoch, amend_claimed_at, amend_valid_until),
       counted AS (INSERT INTO account_messages (account_id, at) SELECT $5, amend_claimed_at FROM claimed)
       SELECT * FROM claimed`,
      [child.parentOrderId, child.sequence, amend.epoch, widthMs, child.accountId],
    );
    if (claimed === null) return null;
    await this.note(child.order.clientOrderId, 'amend_claimed', { epoch: claimed.amend_epoch });
    return {
      epoch: claimed.amend_epoch,
      claimedAt: epochMs(claimed.amend_claimed_at.getTime()),
      validUntil: epochMs(claimed.amend_valid_until.getTime()),
    };
  }

  /** `requested`: provably not done, so it may be tried again. `unknown`: to be compared with the venue first. */
  async setStatus(child: StoredChildOrder, status: 'requested' | 'unknown', code: string): Promise<void> {
    await send(
      this.tx,
      `UPDATE child_orders SET amend_status = $3, updated_at = clock_timestamp() WHERE ${CHILD} AND amend_status IS NOT NULL`,
      [child.parentOrderId, child.sequence, status],
    );
    await this.note(child.order.clientOrderId, status === 'unknown' ? 'amend_unknown' : 'amend_released', { code });
  }

  /** A look that counts showed the order as it was before the attempt; only a second one proves anything. */
  async seenUnchanged(child: StoredChildOrder): Promise<void> {
    await send(
      this.tx,
      `UPDATE child_orders SET amend_unchanged_at = clock_timestamp(), updated_at = clock_timestamp() WHERE ${CHILD}`,
      [child.parentOrderId, child.sequence],
    );
    await this.note(child.order.clientOrderId, 'amend_unchanged', {});
  }

  /**
   * It will not be done: refused by the venue or by ourselves, or nothing is left to change. `byVenue`: the engine asks
   * this venue for no other change of the order.
   */
  async drop(child: StoredChildOrder, code: string, text: string, byVenue = false): Promise<void> {
    await send(this.tx, `UPDATE child_orders SET ${OVER}, amend_refused = $3 WHERE ${CHILD}`, [
      child.parentOrderId,
      child.sequence,
      byVenue,
    ]);
    await this.note(child.order.clientOrderId, 'amend_refused', { code, text });
  }

  /** The venue has the order as it was wished. */
  async apply(child: StoredChildOrder, next: ChildOrder, price: Price): Promise<void> {
    await new ChildOrderRepository(this.tx, this.tenantId).save(child, next);
    await send(
      this.tx,
      `UPDATE child_orders SET order_qty = $3, price = $4, ${OVER}, amend_refused = false WHERE ${CHILD}`,
      [child.parentOrderId, child.sequence, next.orderQty.toFixed(), price.toFixed()],
    );
    await send(this.tx, `DELETE FROM due_work WHERE kind = 'child.amend' AND ${CHILD}`, [
      child.parentOrderId,
      child.sequence,
    ]);
    await this.note(child.order.clientOrderId, 'amended', {
      orderQty: next.orderQty.toFixed(),
      price: price.toFixed(),
    });
  }

  private note(clientOrderId: string, event: string, data: Readonly<Record<string, string | number>>): Promise<void> {
    return audit(this.tx, this.tenantId, [{ entity: 'child_order', entityId: clientOrderId, event, data }]);
  }
}
