import type { AccountId, ParentOrderId, TenantId } from '#domain';
import type { Tx } from '../database.js';
import { row, rows } from '../sql.js';
import { AccountCommandRepository } from './account-command.repository.js';
import { IS_ISOLATED } from './account-settings.repository.js';

type Setting = 'leverage' | 'margin mode';

/** How far the settings are that an order wants before its first child. */
export type LeverageStanding =
  | { readonly kind: 'ready' }
  | { readonly kind: 'waiting'; readonly setting: Setting; readonly sinceMs: number }
  | { readonly kind: 'refused'; readonly setting: Setting; readonly text: string };

interface Wanted {
  account_id: string;
  symbol: string;
  kind: 'set_margin_type' | 'set_leverage';
  argument: string;
  requested_by: string;
  outcome: 'done' | 'refused' | null;
  outcome_text: string | null;
  waiting_ms: string | null;
}

/**
 * Sets the leverage of derivatives that an order asked for (order-api.md 3.2), and isolates their margin where the account
 * says so and nobody set it for the symbol: by commands to each of its accounts. What only shrinks a position leaves its
 * margin as it is.
 */
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
    const wanted = await rows<Wanted>(
      this.tx,
      `SELECT l.account_id, l.symbol, w.kind, w.argument, p.user_id AS requested_by, c.outcome, c.outcome_text,
              (extract(epoch FROM clock_timestamp() - c.requested_at) * 1000)::bigint AS waiting_ms
       FROM parent_orders p
       CROSS JOIN LATERAL unnest(p.account_ids, COALESCE(p.symbols, array_fill(p.symbol, ARRAY[cardinality(p.account_ids)])))
         AS l(account_id, symbol)
       LEFT JOIN account_symbol_settings s ON s.account_id = l.account_id AND s.symbol = l.symbol
       CROSS JOIN LATERAL (
         SELECT 1 AS place, 'set_margin_type' AS kind, 'isolated' AS argument
         WHERE s.margin_type IS NULL AND NOT COALESCE((p.params ->> 'reduceOnly')::boolean, false)
           AND ${IS_ISOLATED('l.account_id')}
         UNION ALL
         SELECT 2, 'set_leverage', p.leverage::text
         WHERE p.leverage IS NOT NULL AND s.leverage IS DISTINCT FROM p.leverage) w
       LEFT JOIN LATERAL (
         SELECT k.outcome, k.outcome_text, k.requested_at FROM account_commands k
         WHERE k.account_id = l.account_id AND k.kind = w.kind AND k.symbol = l.symbol
           AND k.argument = w.argument AND (k.requested_at >= p.created_at OR k.finished_at IS NULL)
         ORDER BY k.requested_at DESC LIMIT 1) c ON true
       WHERE p.id = $1 AND p.market_type <> 'spot' ORDER BY w.place`,
      [id],
    );
    let longest: { setting: Setting; sinceMs: number } | null = null;
    for (const one of wanted) {
      const setting = one.kind === 'set_leverage' ? 'leverage' : 'margin mode';
      if (one.outcome === 'refused') return { kind: 'refused', setting, text: one.outcome_text ?? '' };
      if (one.outcome === 'done') continue;
      if (one.waiting_ms === null)
        await new AccountCommandRepository(this.tx, this.tenantId).add(one.account_id as AccountId, one.requested_by, {
          kind: one.kind,
          symbol: one.symbol,
          argument: one.argument,
        });
      const sinceMs = Number(one.waiting_ms ?? 0);
      if (longest === null || sinceMs > longest.sinceMs) longest = { setting, sinceMs };
    }
    return longest === null ? { kind: 'ready' } : { kind: 'waiting', ...longest };
  }
}
