import type { AccountId, Algorithm, ParentOrderId, ParentOrderStatus, UserId } from '#domain';
import type { Tx } from '../database.js';
import { row, rows } from '../sql.js';

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

/** Finds the parent orders whose life their owner wants changed; `ManyOrdersRepository` changes it. */
export class OrderLifeRepository {
  constructor(
    private readonly tx: Tx,
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
}
