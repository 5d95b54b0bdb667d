import type { ApiHarness, User } from './api-harness.js';

/** What the exchange gateway books: balances of both sub-accounts, and a short position. */
export async function bookHoldings(api: ApiHarness, user: User): Promise<void> {
  const sql = (text: string, parameters: readonly unknown[]): Promise<unknown> =>
    api.asTenant(user, (tx) => tx.query(text, [...parameters]));
  await sql(
    `INSERT INTO balances (account_id, asset, tenant_id, free, locked, source, venue_at)
     SELECT b.account_id::uuid, asset, $2, free, 0, 'poll', clock_timestamp()
     FROM (VALUES ($1, 'BTC', 2), ($1, 'ETH', 0.2), ($1, 'SHIB', 5), ($1, 'USDT', 30000), ($3, 'USDT', 500)) AS b(account_id, asset, free)`,
    [user.accountId, user.tenantId, user.perpAccountId],
  );
  await sql(
    `INSERT INTO positions (account_id, tenant_id, symbol, side, qty, entry_px, mark_px, unrealized_pnl, leverage, source, venue_at)
     VALUES ($1, $2, 'ETHUSDT', 'both', -10, 3015.25, 3014, 12.5, 20, 'stream', clock_timestamp())`,
    [user.perpAccountId, user.tenantId],
  );
  await sql(
    `UPDATE account_states SET status = 'trading', balances_at = clock_timestamp() WHERE account_id = ANY($1::uuid[])`,
    [[user.accountId, user.perpAccountId]],
  );
}
