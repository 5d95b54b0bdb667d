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
    }>(
      this.tx,
      `SELECT s.account_id, s.status, COALESCE(l.lease_until > clock_timestamp(), false) AS tended,
              ${MICROS('s.balances_at')} AS balances_at,
              COALESCE((SELECT json_agg(json_build_object('asset', b.asset, 'free', b.free::text, 'locked', b.locked::text)
                                        ORDER BY b.asset)
                        FROM balances b WHERE b.account_id = s.account_id), '[]') AS assets
       FROM account_states s LEFT JOIN account_leases l USING (account_id) WHERE s.account_id = ANY($1::uuid[])`,
      [ids],
    );
    return found.map((r) => ({
      accountId: r.account_id as AccountId,
      status: r.status,
      isTended: r.tended,
      balancesAt: r.balances_at === null ? null : (Number(r.balances_at) as EpochMicros),
      assets: r.assets.map((a) => ({ asset: a.asset, free: decimal(a.free), locked: decimal(a.locked) })),
    }));
  }
}
