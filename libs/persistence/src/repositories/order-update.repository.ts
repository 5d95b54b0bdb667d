import type { UserId } from '#domain';
import type { Tx } from '../database.js';
import { row, rows } from '../sql.js';
import { MICROS, type EpochMicros } from './epoch-micros.js';
import { MULTI_COLUMNS_OF, toMultiView, type MultiColumns, type MultiView } from './multi-view-columns.js';
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

interface UpdateHead {
  /** Rises by one per user. */
  readonly seq: number;
  readonly type: OrderUpdateType;
  readonly at: EpochMicros;
}

/** One change of an order, with the order as it was then; but `liveChildOrders` and market figures are of the reading. */
export interface SingleOrderUpdate extends UpdateHead {
  readonly kind: 'order';
  readonly order: OrderRecord;
}

/** One change of a multi order, or a fill of a leg, with the whole as it was then; but its condition's variables are of the reading. */
export interface MultiOrderUpdate extends UpdateHead {
  readonly kind: 'multi';
  readonly multi: MultiView;
}

export type OrderUpdate = SingleOrderUpdate | MultiOrderUpdate;

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

  /** The next updates after `seq`, in order, at most `limit`, with what there was just before they were read. */
  async after(
    seq: number,
    limit: number,
  ): Promise<{ readonly range: UpdateRange; readonly updates: readonly OrderUpdate[] }> {
    // The range first: what it says is there cannot be missing from a later read unless it was pruned. And none of
    // both kinds is read beyond it: what is numbered between the two reads would leave a hole.
    const range = await this.range();
    const until = Math.min(range.last, seq + limit);
    if (until <= seq) return { range, updates: [] };
    const [orders, multis] = await Promise.all([this.orders(seq, until), this.multis(seq, until)]);
    return { range, updates: [...orders, ...multis].sort((a, b) => a.seq - b.seq) };
  }

  private async orders(after: number, until: number): Promise<SingleOrderUpdate[]> {
    const found = await rows<OrderColumns & HeadColumns>(
      this.tx,
      `WITH page AS (
         SELECT n.seq, n.at, u.* FROM order_update_numbers n JOIN order_updates u ON u.id = n.update_id
         WHERE n.user_id = $1 AND n.seq > $2 AND n.seq <= $3),
       live AS (
         SELECT parent_order_id, count(*)::integer AS children FROM child_orders
         WHERE parent_order_id = ANY(ARRAY(SELECT DISTINCT order_id FROM page)) AND status <> 'closed'
         GROUP BY parent_order_id)
       SELECT u.seq, u.update_type, ${MICROS('u.at')} AS noted_at, ${ORDER_COLUMNS_OF('u')},
              COALESCE(live.children, 0) AS live_child_orders
       FROM page u JOIN parent_orders p ON p.id = u.order_id LEFT JOIN live ON live.parent_order_id = u.order_id
       WHERE p.user_id = $1 ORDER BY u.seq`,
      [this.userId, after, until],
    );
    return found.map((r) => ({ ...headOf(r), kind: 'order', order: toOrderRecord(r) }));
  }

  private async multis(after: number, until: number): Promise<MultiOrderUpdate[]> {
    const found = await rows<MultiColumns & HeadColumns>(
      this.tx,
      `SELECT n.seq, u.update_type, ${MICROS('u.at')} AS noted_at, ${MULTI_COLUMNS_OF('u')}
       FROM order_update_numbers n JOIN multi_order_updates u ON u.id = n.update_id
       JOIN multi_orders m ON m.id = u.multi_order_id
       WHERE n.user_id = $1 AND n.seq > $2 AND n.seq <= $3 AND m.user_id = $1 ORDER BY n.seq`,
      [this.userId, after, until],
    );
    return found.map((r) => ({ ...headOf(r), kind: 'multi', multi: toMultiView(r) }));
  }
}

interface HeadColumns {
  seq: string;
  update_type: OrderUpdateType;
  noted_at: string;
}

function headOf(r: HeadColumns): UpdateHead {
  return { seq: Number(r.seq), type: r.update_type, at: Number(r.noted_at) as EpochMicros };
}
