import type { AccountId, TenantId, UserId, VenueId } from '#domain';
import type { Tx } from '../database.js';
import { rows, theRow } from '../sql.js';

/** A venue account as its owner names it; credentials are no part of it. */
export interface VenueAccount {
  readonly id: AccountId;
  readonly name: string;
  readonly venue: VenueId;
  /** The venue's name in the order API, `MockExchange`. */
  readonly exchange: string;
  readonly isArchived: boolean;
}

export interface NewAccount {
  readonly id: AccountId;
  readonly tenantId: TenantId;
  readonly userId: UserId;
  readonly name: string;
  readonly venue: VenueId;
  readonly exchange: string;
}

export class AccountRepository {
  constructor(private readonly tx: Tx) {}

  /** All accounts of the user by name, archived ones too. */
  async ofUser(userId: UserId): Promise<VenueAccount[]> {
    const found = await rows<{ id: string; name: string; venue: string; exchange: string; archived: boolean }>(
      this.tx,
      `SELECT id, name, venue, exchange, archived_at IS NOT NULL AS archived
       FROM accounts WHERE user_id = $1 ORDER BY name`,
      [userId],
    );
    return found.map((r) => ({
      id: r.id as AccountId,
      name: r.name,
      venue: r.venue as VenueId,
      exchange: r.exchange,
      isArchived: r.archived,
    }));
  }

  /** Adds the account with its state and its lease, by which a gateway finds it. @returns the id of the account of that name, old or new */
  async add(account: NewAccount): Promise<AccountId> {
    await this.tx.query(
      `INSERT INTO accounts (id, tenant_id, user_id, name, venue, exchange) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (user_id, name) DO NOTHING`,
      [account.id, account.tenantId, account.userId, account.name, account.venue, account.exchange],
    );
    const stored = await theRow<{ id: string; venue: string }>(
      this.tx,
      'SELECT id, venue FROM accounts WHERE user_id = $1 AND name = $2',
      [account.userId, account.name],
    );
    const id = stored.id as AccountId;
    await this.tx.query(
      `INSERT INTO account_states (account_id, tenant_id, status, reason) VALUES ($1, $2, 'starting', 'created')
       ON CONFLICT (account_id) DO NOTHING`,
      [id, account.tenantId],
    );
    await this.tx.query(
      `INSERT INTO account_leases (account_id, tenant_id, venue) VALUES ($1, $2, $3)
       ON CONFLICT (account_id) DO NOTHING`,
      [id, account.tenantId, stored.venue],
    );
    return id;
  }
}
