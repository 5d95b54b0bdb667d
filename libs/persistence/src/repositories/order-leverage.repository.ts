import type { AccountId, ParentOrderId, TenantId } from '#domain';
import type { Tx } from '../database.js';
import { row, rows } from '../sql.js';
import { AccountCommandRepository } from './account-command.repository.js';

/** How far the leverage is that an order wants before its first child. */
export type LeverageStanding =
  | { readonly kind: 'ready' }
  | { readonly kind: 'waiting'; readonly sinceMs: number }
  | { readonly kind: 'refused'; readonly text: string };

interface Leg {
  account_id: string;
  symbol: string;
  leverage: number;
  requested_by: string;
  configured: string | null;
  outcome: 'done' | 'refused' | null;
  outcome_text: string | null;
  waiting_ms: string | null;
}

/** Sets the leverage of derivatives that an order asked for (order-api.md 3.2): by a command to each of its accounts. */
export class OrderLeverageRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** What an order on derivatives asked for; null when it asked for nothing. */
  async wanted(id: ParentOrderId): Promise<number | null> {
    const found = await row<{ leverage: number | null }>(
      this.tx,
      `SELECT leverage FROM parent_orders WHERE id = $1 AND market_type <> 'spot'`,
      [id],
    );
    return found?.leverage ?? null;
  }

  /**
   * Asks for what has not been asked for since the order came in, and tells how it stands. What an account is set to
   * already needs no command.
   */
  async prepare(id: ParentOrderId): Promise<LeverageStanding> {
    const legs = await rows<Leg>(
      this.tx,
      `SELECT l.account_id, l.symbol, p.leverage, p.user_id AS requested_by, s.leverage::text AS configured, c.outcome,
              c.outcome_text, (extract(epoch FROM clock_timestamp() - c.requested_at) * 1000)::bigint AS waiting_ms
       FROM parent_orders p
       CROSS JOIN LATERAL unnest(p.account_ids, COALESCE(p.symbols, array_fill(p.symbol, ARRAY[cardinality(p.account_ids)])))
         AS l(account_id, symbol)
       LEFT JOIN account_symbol_settings s ON s.account_id = l.account_id AND s.symbol = l.symbol
       LEFT JOIN LATERAL (
         SELECT k.outcome, k.outcome_text, k.requested_at FROM account_commands k
         WHERE k.account_id = l.account_id AND k.kind = 'set_leverage' AND k.symbol = l.symbol
           AND k.argument = p.leverage::text AND (k.requested_at >= p.created_at OR k.finished_at IS NULL)
         ORDER BY k.requested_at DESC LIMIT 1) c ON true
       WHERE p.id = $1 AND p.leverage IS NOT NULL AND p.market_type <> 'spot'`,
      [id],
    );
    let sinceMs: number | null = null;
    for (const leg of legs) {
      if (leg.outcome === 'refused') return { kind: 'refused', text: leg.outcome_text ?? '' };
      if (leg.outcome === 'done' || (leg.configured !== null && Number(leg.configured) === leg.leverage)) continue;
      if (leg.waiting_ms === null)
        await new AccountCommandRepository(this.tx, this.tenantId).add(leg.account_id as AccountId, leg.requested_by, {
          kind: 'set_leverage',
          symbol: leg.symbol,
          argument: String(leg.leverage),
        });
      sinceMs = Math.max(sinceMs ?? 0, Number(leg.waiting_ms ?? 0));
    }
    return sinceMs === null ? { kind: 'ready' } : { kind: 'waiting', sinceMs };
  }
}
