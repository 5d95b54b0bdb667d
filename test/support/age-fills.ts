import type { ParentOrderId } from '#domain';
import type { TestDatabase } from './database.js';
import { onServer } from './postgres-admin.js';

/** As if what is booked of a parent order by now had been booked so long before it was; ms. No service may write that. */
export async function ageFills(stores: TestDatabase, parent: ParentOrderId, ms: number): Promise<void> {
  await onServer(stores.ownerUrl, (db) =>
    db.query(`UPDATE fills SET booked_at = booked_at - $2 * interval '1 ms' WHERE parent_order_id = $1`, [parent, ms]),
  );
}
