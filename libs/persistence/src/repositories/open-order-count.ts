import type { AccountId, TenantId } from '#domain';
import type { Tx } from '../database.js';
import { theRow } from '../sql.js';

/**
 * Orders of an account that are open at its venue or may be: children that were claimed and have not ended, and working
 * orders of others, which take up the venue's limit as well. It holds until the end of a transaction that has
 * {@link lockExposure}.
 * @param symbol the instrument; null: all of the account's
 */
export async function countOpenOrders(
  tx: Tx,
  tenantId: TenantId,
  accountId: AccountId,
  symbol: string | null,
): Promise<number> {
  const { open } = await theRow<{ open: number }>(
    tx,
    `SELECT ((SELECT count(*) FROM child_orders
              WHERE tenant_id = $1 AND account_id = $2 AND status <> 'closed' AND status <> 'pending'
                AND ($3::text IS NULL OR symbol = $3))
           + (SELECT count(*) FROM external_orders
              WHERE account_id = $2 AND status = 'working' AND ($3::text IS NULL OR symbol = $3)))::integer AS open`,
    [tenantId, accountId, symbol],
  );
  return open;
}
