import type { AccountId, TenantId, VenueId } from '#domain';
import type { Tx } from '../database.js';
import { row, rows, send } from '../sql.js';

/** An account whose streams and reconciliation this process looks after. */
export interface HeldAccount {
  readonly accountId: AccountId;
  readonly tenantId: TenantId;
  readonly venue: VenueId;
  /** Rises with every change of hands. */
  readonly epoch: number;
}

/** Which process looks after which account (venues.md A8); ids only, so it is read without a tenant. */
export class AccountLeaseRepository {
  constructor(private readonly tx: Tx) {}

  /**
   * Takes every free or expired lease of these venues, renews our own, and returns all that we now hold. Our own are
   * waited for while something is said under them (`setStatus`); one of another is left for the next time, and one that
   * was retired for good.
   */
  async acquire(owner: string, venues: readonly VenueId[], leaseMs: number): Promise<HeldAccount[]> {
    const held = await rows<{ account_id: string; tenant_id: string; venue: string; epoch: string }>(
      this.tx,
      `WITH own AS MATERIALIZED (
         SELECT account_id FROM account_leases WHERE venue = ANY($2) AND owner = $1 AND retired_at IS NULL ORDER BY account_id FOR UPDATE),
       free AS MATERIALIZED (
         SELECT account_id FROM account_leases
         WHERE venue = ANY($2) AND owner IS DISTINCT FROM $1 AND retired_at IS NULL AND (lease_until IS NULL OR lease_until < clock_timestamp())
         FOR UPDATE SKIP LOCKED)
       UPDATE account_leases l
       SET epoch = CASE WHEN l.owner IS NOT DISTINCT FROM $1 THEN l.epoch ELSE l.epoch + 1 END, owner = $1,
           lease_until = clock_timestamp() + make_interval(secs => $3::double precision / 1000)
       FROM (SELECT account_id FROM own UNION ALL SELECT account_id FROM free) ours
       WHERE l.account_id = ours.account_id
       RETURNING l.account_id, l.tenant_id, l.venue, l.epoch`,
      [owner, venues, leaseMs],
    );
    return held.map((r) => ({
      accountId: r.account_id as AccountId,
      tenantId: r.tenant_id as TenantId,
      venue: r.venue as VenueId,
      epoch: Number(r.epoch),
    }));
  }

  /**
   * The number of the account's next private call: above every one before, whoever made it, and not below `least`. Null
   * when the lease is not held: another process may be calling.
   */
  async nextNonce(owner: string, { accountId, epoch }: HeldAccount, least: number): Promise<number | null> {
    const next = await row<{ last_nonce: string }>(
      this.tx,
      `UPDATE account_leases SET last_nonce = GREATEST(last_nonce + 1, $4)
       WHERE account_id = $1 AND owner = $2 AND epoch = $3 AND lease_until > clock_timestamp()
       RETURNING last_nonce`,
      [accountId, owner, epoch, least],
    );
    return next === null ? null : Number(next.last_nonce);
  }

  /** All tenants that have accounts. */
  async tenants(): Promise<TenantId[]> {
    const found = await rows<{ tenant_id: string }>(
      this.tx,
      'SELECT DISTINCT tenant_id FROM account_leases ORDER BY tenant_id',
    );
    return found.map((r) => r.tenant_id as TenantId);
  }

  /** Ends our lease of an account that needs nobody any more: no process takes it again. */
  async retire(owner: string, { accountId, epoch }: HeldAccount): Promise<void> {
    await send(
      this.tx,
      `UPDATE account_leases SET retired_at = clock_timestamp(), lease_until = NULL, owner = NULL
       WHERE account_id = $1 AND owner = $2 AND epoch = $3`,
      [accountId, owner, epoch],
    );
  }

  /** Lets others take over at once. */
  async releaseAll(owner: string): Promise<void> {
    await this.tx.query('UPDATE account_leases SET lease_until = NULL, owner = NULL WHERE owner = $1', [owner]);
  }
}
