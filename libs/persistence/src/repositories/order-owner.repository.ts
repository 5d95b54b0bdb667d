import type { UserId } from '#domain';
import type { Tx } from '../database.js';
import { row } from '../sql.js';

/** Whose something is, and what. */
export interface OwnedOrder {
  readonly userId: UserId;
  readonly kind: 'order' | 'multi' | 'chain';
}

/** Finds orders of any user of the tenant, for staff. */
export class OrderOwnerRepository {
  constructor(private readonly tx: Tx) {}

  /** An order, a multi order or a chain; null when the tenant has none of that id. */
  async find(id: string): Promise<OwnedOrder | null> {
    const found = await row<{ user_id: string; kind: OwnedOrder['kind'] }>(
      this.tx,
      `SELECT user_id, 'order' AS kind FROM parent_orders WHERE id = $1
       UNION ALL SELECT user_id, 'multi' FROM multi_orders WHERE id = $1
       UNION ALL SELECT user_id, 'chain' FROM chained_orders WHERE id = $1`,
      [id],
    );
    return found === null ? null : { userId: found.user_id as UserId, kind: found.kind };
  }
}
