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
  /** Every venue of its exchange that it reaches, itself first: under which account row, and where. */
  readonly routes: readonly AccountRoute[];
}

/** A row of `accounts` by which a venue is reached: the account itself, or a sub-account of it. */
export interface AccountRoute {
  readonly accountId: AccountId;
  readonly venue: VenueId;
}

export interface NewAccount {
  readonly id: AccountId;
  readonly tenantId: TenantId;
  readonly userId: UserId;
  readonly name: string;
  readonly venue: VenueId;
  readonly exchange: string;
  /** The account that the owner sees; the new one is then hidden behind it and reaches a further venue. */
  readonly mainAccountId?: AccountId;
}

export class AccountRepository {
  constructor(private readonly tx: Tx) {}

  /** All accounts that the user sees by name, archived ones too; sub-accounts are routes of theirs. */
  ofUser(userId: UserId): Promise<VenueAccount[]> {
    return this.select('a.name', 'a.user_id = $1', userId);
  }

  /** Those, and the ones that others share with the user, named `owner/name`. */
  async reachableBy(userId: UserId): Promise<VenueAccount[]> {
    const shared = await this.select(
      `(SELECT u.name FROM users u WHERE u.id = a.user_id) || '/' || a.name`,
      'a.id IN (SELECT account_id FROM account_shares WHERE user_id = $1)',
      userId,
    );
    return [...(await this.ofUser(userId)), ...shared];
  }

  private async select(name: string, condition: string, userId: UserId): Promise<VenueAccount[]> {
    const found = await rows<{
      id: string;
      name: string;
      venue: string;
      exchange: string;
      archived: boolean;
      subs: { id: string; venue: string }[];
    }>(
      this.tx,
      `SELECT a.id, ${name} AS name, a.venue, a.exchange, a.archived_at IS NOT NULL AS archived,
              COALESCE((SELECT json_agg(json_build_object('id', s.id, 'venue', s.venue) ORDER BY s.venue)
                        FROM accounts s WHERE s.main_account_id = a.id), '[]') AS subs
       FROM accounts a WHERE ${condition} AND a.main_account_id IS NULL ORDER BY a.name`,
      [userId],
    );
    return found.map((r) => ({
      id: r.id as AccountId,
      name: r.name,
      venue: r.venue as VenueId,
      exchange: r.exchange,
      isArchived: r.archived,
      routes: [{ id: r.id, venue: r.venue }, ...r.subs].map(({ id, venue }) => ({
        accountId: id as AccountId,
        venue: venue as VenueId,
      })),
    }));
  }

  /**
   * Lets an account reach a further venue of its exchange by a sub-account, which its owner never sees.
   * @returns the id of the sub-account at that venue, old or new
   */
  async addRoute(mainAccountId: AccountId, id: AccountId, venue: VenueId): Promise<AccountId> {
    const main = await theRow<{ tenant_id: string; user_id: string; name: string; exchange: string }>(
      this.tx,
      'SELECT tenant_id, user_id, name, exchange FROM accounts WHERE id = $1',
      [mainAccountId],
    );
    return this.add({
      id,
      tenantId: main.tenant_id as TenantId,
      userId: main.user_id as UserId,
      name: `${main.name}.${venue}`,
      venue,
      exchange: main.exchange,
      mainAccountId,
    });
  }

  /** Adds the account with its state and its lease, by which a gateway finds it. @returns the id of the account of that name, old or new */
  async add(account: NewAccount): Promise<AccountId> {
    await this.tx.query(
      `INSERT INTO accounts (id, tenant_id, user_id, name, venue, exchange, main_account_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (user_id, name) DO NOTHING`,
      [
        account.id,
        account.tenantId,
        account.userId,
        account.name,
        account.venue,
        account.exchange,
        account.mainAccountId ?? null,
      ],
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
