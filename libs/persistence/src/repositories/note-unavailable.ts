import type { EpochMs, ParentOrderId } from '#domain';
import type { Tx } from '../database.js';
import { send } from '../sql.js';

/** Since when an order that is due to begin finds no market to begin on, and a word of it for its owner. */
export async function noteUnavailable(tx: Tx, id: ParentOrderId, since: EpochMs): Promise<void> {
  await send(
    tx,
    `WITH noted AS (
       UPDATE parent_orders SET blocked_since = to_timestamp($2::double precision / 1000) WHERE id = $1
       RETURNING id, tenant_id)
     INSERT INTO order_messages (parent_order_id, tenant_id, level, type, message)
     SELECT id, tenant_id, 'warning', 'no_market', 'no usable market: the order begins once there is one' FROM noted`,
    [id, since],
  );
}

/** The wait goes on, but began later than was noted. */
export async function moveUnavailable(tx: Tx, id: ParentOrderId, since: EpochMs): Promise<void> {
  await send(tx, 'UPDATE parent_orders SET blocked_since = to_timestamp($2::double precision / 1000) WHERE id = $1', [
    id,
    since,
  ]);
}
