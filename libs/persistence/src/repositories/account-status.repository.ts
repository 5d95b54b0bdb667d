import type { UserId } from '#domain';
import type { Tx } from '../database.js';
import { rows } from '../sql.js';
import type { AccountStatus } from './account-state.repository.js';
import { MICROS, type EpochMicros } from './epoch-micros.js';

/** How the connection of one account to its venue stands. */
export interface AccountStanding {
  readonly name: string;
  readonly venue: string;
  readonly exchange: string;
  readonly status: AccountStatus;
  readonly reason: string;
  /** Orders of others that work at the account. */
  readonly externalOrders: number;
  readonly statusAt: EpochMicros;
  /** False while no gateway process looks after the account: its status is then the last one known. */
  readonly isTended: boolean;
  /** The same of its sub-accounts, by venue. */
  readonly subAccounts: readonly AccountStanding[];
}

/** Reads how accounts stand, for their owner. */
export class AccountStatusRepository {
  constructor(private readonly tx: Tx) {}

  /** Accounts of the user that are not archived, by name, with their sub-accounts. */
  async ofUser(userId: UserId): Promise<AccountStanding[]> {
    const found = await rows<{
      id: string;
      main_id: string | null;
      name: string;
      venue: string;
      exchange: string;
      status: AccountStatus;
      reason: string;
      external: number;
      status_at: string;
      tended: boolean;
    }>(
      this.tx,
      `SELECT a.id, a.main_account_id AS main_id, a.name, a.venue, a.exchange, s.status, s.reason, ${MICROS('s.status_at')} AS status_at,
              (SELECT count(*)::integer FROM external_orders e WHERE e.account_id = a.id AND e.status = 'working') AS external,
              COALESCE(l.lease_until > clock_timestamp(), false) AS tended
       FROM accounts a JOIN account_states s ON s.account_id = a.id LEFT JOIN account_leases l ON l.account_id = a.id
       WHERE a.user_id = $1 AND a.archived_at IS NULL ORDER BY a.name`,
      [userId],
    );
    const standingOf = (r: (typeof found)[number]): AccountStanding => ({
      name: r.name,
      venue: r.venue,
      exchange: r.exchange,
      status: r.status,
      reason: r.reason,
      externalOrders: r.external,
      statusAt: Number(r.status_at) as EpochMicros,
      isTended: r.tended,
      subAccounts: found.filter(({ main_id }) => main_id === r.id).map(standingOf),
    });
    return found.filter(({ main_id }) => main_id === null).map(standingOf);
  }
}
