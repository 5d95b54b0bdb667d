import { decimal, type AccountId, type ConfiguredSettings, type MarginType, type TenantId } from '#domain';
import type { Tx } from '../database.js';
import { row, rows, send } from '../sql.js';

/** The owner wants the margin of that account isolated: the setting is the main account's. */
export const IS_ISOLATED = (accountId: string): string => `EXISTS (
  SELECT 1 FROM accounts b JOIN accounts m ON m.id = COALESCE(b.main_account_id, b.id)
  WHERE b.id = ${accountId} AND m.margin_mode = 'ISOLATED')`;

/** What accounts are meant to be set to at their venues (venues.md A8). */
export class AccountSettingsRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  async read(accountId: AccountId): Promise<ConfiguredSettings> {
    const [account, symbols] = await Promise.all([
      row<{ hedge_mode: boolean }>(this.tx, 'SELECT hedge_mode FROM account_states WHERE account_id = $1', [accountId]),
      rows<{ symbol: string; leverage: string | null; margin_type: MarginType | null }>(
        this.tx,
        'SELECT symbol, leverage, margin_type FROM account_symbol_settings WHERE account_id = $1 ORDER BY symbol',
        [accountId],
      ),
    ]);
    return {
      hedgeMode: account?.hedge_mode ?? false,
      bySymbol: new Map(
        symbols.map((s) => [
          s.symbol,
          { leverage: s.leverage === null ? null : decimal(s.leverage).toFixed(), marginType: s.margin_type },
        ]),
      ),
    };
  }

  /** The account is isolated, and nobody has set how the margin of the symbol is kept. */
  async isMarginDue(accountId: AccountId, symbol: string): Promise<boolean> {
    const found = await row(
      this.tx,
      `SELECT 1 WHERE ${IS_ISOLATED('$1')} AND NOT EXISTS (
         SELECT 1 FROM account_symbol_settings WHERE account_id = $1 AND symbol = $2 AND margin_type IS NOT NULL)`,
      [accountId, symbol],
    );
    return found !== null;
  }

  async setHedgeMode(accountId: AccountId, on: boolean): Promise<void> {
    await send(this.tx, 'UPDATE account_states SET hedge_mode = $2 WHERE account_id = $1', [accountId, on]);
  }

  async setSymbol(
    accountId: AccountId,
    symbol: string,
    change: { readonly leverage?: string; readonly marginType?: MarginType },
  ): Promise<void> {
    await send(
      this.tx,
      `INSERT INTO account_symbol_settings AS s (account_id, tenant_id, symbol, leverage, margin_type)
       VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (account_id, symbol) DO UPDATE SET leverage = COALESCE(EXCLUDED.leverage, s.leverage),
         margin_type = COALESCE(EXCLUDED.margin_type, s.margin_type), updated_at = clock_timestamp()`,
      [accountId, this.tenantId, symbol, change.leverage ?? null, change.marginType ?? null],
    );
  }
}
