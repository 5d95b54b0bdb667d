import type { AccountId, TenantId } from '#domain';
import type { Tx } from '../database.js';
import { affected, row, rows, send } from '../sql.js';

/** A venue key as it lies in the database: sealed; only the gateway's role may read the table. */
export interface SealedCredential {
  readonly version: number;
  /** Name of the master key that wraps the data key; empty for rows of before there were names. */
  readonly wrappedBy: string;
  /** The data key, encrypted under the master key. */
  readonly wrappedKey: Buffer;
  /** The credential, encrypted under the data key. */
  readonly sealed: Buffer;
}

/** What is known of a key besides: for everybody who may read the account. */
export interface NewCredentialFacts {
  /** Its last characters, to tell keys apart. */
  readonly keyHint: string;
  readonly canTrade: boolean | null;
  readonly canWithdraw: boolean | null;
  readonly ipBound: boolean | null;
  readonly warnings: readonly string[];
  /** Venue symbols that it may be used for; null: all that the account may trade. */
  readonly instruments: readonly string[] | null;
}

export interface CredentialPlace {
  readonly accountId: AccountId;
  readonly version: number;
}

export interface PlacedCredential {
  readonly accountId: AccountId;
  readonly credential: SealedCredential;
}

interface SealedColumns {
  account_id: string;
  version: number;
  wrapped_by: string;
  wrapped_key: Buffer;
  sealed: Buffer;
}

const SEALED = 'c.account_id, c.version, c.wrapped_by, c.wrapped_key, c.sealed';

/** Sealed venue keys, for the gateway's role alone. */
export class CredentialRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** The account's newest key that is not revoked; an older one never comes back by a revocation. */
  async newest(accountId: AccountId): Promise<SealedCredential | null> {
    const found = await row<SealedColumns & { revoked: boolean }>(
      this.tx,
      `SELECT ${SEALED}, f.revoked_at IS NOT NULL AS revoked
       FROM account_credentials c LEFT JOIN credential_facts f USING (account_id, version)
       WHERE c.account_id = $1 ORDER BY c.version DESC LIMIT 1`,
      [accountId],
    );
    return found === null || found.revoked ? null : toSealed(found);
  }

  /** Whatever became of it: the highest version there is, 0 without any. */
  async lastVersion(accountId: AccountId): Promise<number> {
    const found = await row<{ version: number }>(
      this.tx,
      'SELECT max(version) AS version FROM account_credentials WHERE account_id = $1 HAVING max(version) IS NOT NULL',
      [accountId],
    );
    return found?.version ?? 0;
  }

  async add(accountId: AccountId, credential: SealedCredential, facts: NewCredentialFacts): Promise<void> {
    await send(
      this.tx,
      `INSERT INTO account_credentials (account_id, version, tenant_id, wrapped_by, wrapped_key, sealed)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [accountId, credential.version, this.tenantId, credential.wrappedBy, credential.wrappedKey, credential.sealed],
    );
    await this.tx.query(
      `INSERT INTO credential_facts (account_id, version, tenant_id, key_hint, can_trade, can_withdraw, ip_bound, warnings, instruments)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        accountId,
        credential.version,
        this.tenantId,
        facts.keyHint,
        facts.canTrade,
        facts.canWithdraw,
        facts.ipBound,
        facts.warnings,
        facts.instruments,
      ],
    );
  }

  /** The tenant's keys that another master key wraps, in order, from behind `after`. */
  async notWrappedBy(masterKeyId: string, after: CredentialPlace | null, limit: number): Promise<PlacedCredential[]> {
    const found = await rows<SealedColumns>(
      this.tx,
      `SELECT ${SEALED} FROM account_credentials c
       WHERE c.wrapped_by <> $1 AND ($2::uuid IS NULL OR (c.account_id, c.version) > ($2::uuid, $3))
       ORDER BY c.account_id, c.version LIMIT $4`,
      [masterKeyId, after?.accountId ?? null, after?.version ?? 0, limit],
    );
    return found.map((columns) => ({ accountId: columns.account_id as AccountId, credential: toSealed(columns) }));
  }

  /** Puts other wrappings around the same data keys. @returns how many, without those that somebody else did first */
  rewrap(changes: readonly { readonly before: PlacedCredential; readonly after: SealedCredential }[]): Promise<number> {
    return affected(
      this.tx,
      `UPDATE account_credentials c SET wrapped_by = n.wrapped_by, wrapped_key = n.wrapped_key
       FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::bytea[])
         AS n(account_id, version, before, wrapped_by, wrapped_key)
       WHERE c.account_id = n.account_id AND c.version = n.version AND c.wrapped_by = n.before`,
      [
        changes.map(({ before }) => before.accountId),
        changes.map(({ after }) => after.version),
        changes.map(({ before }) => before.credential.wrappedBy),
        changes.map(({ after }) => after.wrappedBy),
        changes.map(({ after }) => after.wrappedKey),
      ],
    );
  }
}

function toSealed(columns: SealedColumns): SealedCredential {
  return {
    version: columns.version,
    wrappedBy: columns.wrapped_by,
    wrappedKey: columns.wrapped_key,
    sealed: columns.sealed,
  };
}
