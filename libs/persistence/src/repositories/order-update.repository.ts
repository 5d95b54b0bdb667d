import type { UserId } from '#domain';
import type { Tx } from '../database.js';
import { row, rows } from '../sql.js';
import { MICROS, type EpochMicros } from './epoch-micros.js';
import { ORDER_COLUMNS_OF, toOrderRecord, type OrderColumns, type OrderRecord } from './order-view.repository.js';

export type OrderUpdateType =
  | 'order_created'
  | 'order_activated'
  | 'order_paused'
  | 'order_canceled'
  | 'order_completed'
  | 'order_fill_received'
  | 'order_finishing'
  | 'order_amended';

/** One change of an order, with the order as it was then; but `liveChildOrders` and market figures are of the reading. */
export interface OrderUpdate {
  /** Rises by one per user. */
  readonly seq: number;
  readonly type: OrderUpdateType;
  readonly at: EpochMicros;
  readonly order: OrderRecord;
}

/** What there is of a user's updates: numbers above `pruned` up to `last`. */
export interface UpdateRange {
  readonly pruned: number;
  readonly last: number;
}

/** Reads numbered updates of one user. */
export class OrderUpdateRepository {
  constructor(
    private readonly tx: Tx,
    private readonly userId: UserId,
  ) {}

  async range(): Promise<UpdateRange> {
    const found = await row<{ last_seq: string; pruned_seq: string }>(
      this.tx,
      'SELECT last_seq, pruned_seq FROM order_update_heads WHERE user_id = $1',
      [this.userId],
    );
    return { pruned: Number(found?.pruned_seq ?? 0), last: Number(found?.last_seq ?? 0) };
  }

  /** The next `limit` updates after `seq`, in order. */
  async after(seq: number, limit: number): Promise<OrderUpdate[]> {
    const found = await rows<OrderColumns & { seq: string; update_type: OrderUpdateType; noted_at: string }>(
      this.tx,
      `WITH page AS (
         SELECT n.seq, n.at, u.* FROM order_update_numbers n JOIN order_updates u ON u.id = n.update_id
         WHERE n.user_id = $1 AND n.seq > $2 ORDER BY n.seq LIMIT $3),
       live AS (
         SELECT parent_order_id, count(*)::integer AS children FROM child_orders
         WHERE parent_order_id = ANY(ARRAY(SELECT DISTINCT order_id FROM page)) AND status <> 'closed'
         GROUP BY parent_order_id)
       SELECT u.seq, u.update_type, ${MICROS('u.at')} AS noted_at, ${ORDER_COLUMNS_OF('u')},
              COALESCE(live.children, 0) AS live_child_orders
       FROM page u JOIN parent_orders p ON p.id = u.order_id LEFT JOIN live ON live.parent_order_id = u.order_id
       WHERE p.user_id = $1 ORDER BY u.seq`,
      [this.userId, seq, limit],
    );
    return found.map((r) => ({
      seq: Number(r.seq),
      type: r.update_type,
      at: Number(r.noted_at) as EpochMicros,
      order: toOrderRecord(r),
    }));
  }
}
