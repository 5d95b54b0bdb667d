import { decimal, type AccountId, type Decimal } from '#domain';
import type { Tx } from '../database.js';
import { rows } from '../sql.js';
import type { AccountStatus } from './account-state.repository.js';
import { MICROS, type EpochMicros } from './epoch-micros.js';

/** What is known of an account's balances, and how the connection to its venue stands. */
export interface AccountBalances {
  readonly accountId: AccountId;
  readonly status: AccountStatus;
  /** True while some gateway process looks after the account. */
  readonly isTended: boolean;
  /** When the venue last reported balances; null before the first time. */
  readonly balancesAt: EpochMicros | null;
  readonly assets: readonly { readonly asset: string; readonly free: Decimal; readonly locked: Decimal }[];
  /** What orders that the venue has not confirmed yet will lock there, by asset. */
  readonly pending: ReadonlyMap<string, Decimal>;
}

export class BalanceViewRepository {
  constructor(private readonly tx: Tx) {}

  async ofAccounts(ids: readonly AccountId[]): Promise<AccountBalances[]> {
    const found = await rows<{
      account_id: string;
      status: AccountStatus;
      tended: boolean;
      balances_at: string | null;
      assets: { asset: string; free: string; locked: string }[];
      pending: { asset: string; qty: string }[];
    }>(
      this.tx,
      `SELECT s.account_id, s.status, COALESCE(l.lease_until > clock_timestamp(), false) AS tended,
              ${MICROS('s.balances_at')} AS balances_at,
              COALESCE((SELECT json_agg(json_build_object('asset', b.asset, 'free', b.free::text, 'locked', b.locked::text)
                                        ORDER BY b.asset)
                        FROM balances b WHERE b.account_id = s.account_id), '[]') AS assets,
              COALESCE((SELECT json_agg(json_build_object('asset', p.asset, 'qty', p.qty::text))
                        FROM (SELECT CASE c.side WHEN 'buy' THEN i.quote ELSE i.base END AS asset,
                                     sum((c.order_qty - c.cum_qty) * CASE c.side WHEN 'buy' THEN c.price ELSE 1 END) AS qty
                              FROM child_orders c JOIN instruments i ON i.venue = c.venue AND i.symbol = c.symbol
                              WHERE c.tenant_id = s.tenant_id AND c.account_id = s.account_id AND i.market_type = 'spot'
                                AND c.status IN ('pending', 'claimed', 'submitted', 'unknown') AND c.status <> 'closed'
                              GROUP BY 1) p), '[]') AS pending
       FROM account_states s LEFT JOIN account_leases l USING (account_id) WHERE s.account_id = ANY($1::uuid[])`,
      [ids],
    );
    return found.map((r) => ({
      accountId: r.account_id as AccountId,
      status: r.status,
      isTended: r.tended,
      balancesAt: r.balances_at === null ? null : (Number(r.balances_at) as EpochMicros),
      assets: r.assets.map((a) => ({ asset: a.asset, free: decimal(a.free), locked: decimal(a.locked) })),
      pending: new Map(r.pending.map((p) => [p.asset, decimal(p.qty)])),
    }));
  }
}
