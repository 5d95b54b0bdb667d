import { epochMs, price, quantity, type ParentOrderId } from '#domain';
import { ChildOrderRepository } from '#persistence';
import type { ApiHarness, User } from './api-harness.js';

/** Three children as the engine makes them: one filled at `tradedAt`, one working, one that never left. */
export async function workOn(api: ApiHarness, user: User, id: string, tradedAt = Date.now()): Promise<void> {
  const sql = (text: string, parameters: readonly unknown[]): Promise<unknown> =>
    api.asTenant(user, (tx) => tx.query(text, [...parameters]));
  await api.asTenant(user, (tx) =>
    new ChildOrderRepository(tx, user.tenantId).add(
      id as ParentOrderId,
      'a'.repeat(32),
      [0, 1, 2].map((sequence) => ({
        sequence,
        accountId: user.accountId,
        venue: 'sim' as never,
        symbol: 'ETHUSDT',
        side: 'buy' as const,
        purpose: 'clip' as const,
        timeInForce: 'gtx' as const,
        price: price('3011.80'),
        orderQty: quantity('1.2'),
      })),
      epochMs(Date.now()),
    ),
  );
  await sql(
    `UPDATE child_orders SET status = 'closed', close_reason = 'filled', closed_at = clock_timestamp(), cum_qty = 1.2,
            cum_notional = 3614.16, venue_order_id = '884211' WHERE parent_order_id = $1 AND sequence = 0`,
    [id],
  );
  await sql(
    `UPDATE child_orders SET status = 'working', venue_order_id = '884212' WHERE parent_order_id = $1 AND sequence = 1`,
    [id],
  );
  await sql(
    `INSERT INTO fills (parent_order_id, sequence, tenant_id, account_id, symbol, venue_order_id, trade_id, last_qty, last_px,
                        role, fee, fee_asset, fee_quote, traded_at)
     SELECT $1, 0, $2, $3, 'ETHUSDT', '884211', t, q, 3011.80, 'maker', q / 1000, 'ETH', q * 3.0118,
            to_timestamp($4::double precision / 1000) + n * interval '1 microsecond'
     FROM (VALUES (0, '55120', 0.5), (1, '55121', 0.7)) AS f(n, t, q)`,
    [id, user.tenantId, user.accountId, tradedAt],
  );
  await sql(
    `UPDATE parent_orders SET cum_base = 1.2, cum_quote = 3614.16, fee_quote = 3.61416, maker_quote = 3614.16,
            start_volume = 100, end_volume = 124, start_notional = 300000, end_notional = 372288 WHERE id = $1`,
    [id],
  );
}
