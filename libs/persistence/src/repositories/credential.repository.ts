import type { AccountId, TenantId } from '#domain';
import type { Tx } from '../database.js';
import { row } from '../sql.js';

/** A venue key as it lies in the database: sealed; only the gateway's role may read the table. */
export interface SealedCredential {
  readonly version: number;
  /** The data key, encrypted under the master key. */
  readonly wrappedKey: Buffer;
  /** The credential, encrypted under the data key. */
  readonly sealed: Buffer;
}

export class CredentialRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  async newest(accountId: AccountId): Promise<SealedCredential | null> {
    const found = await row<{ version: number; wrapped_key: Buffer; sealed: Buffer }>(
      this.tx,
      `SELECT version, wrapped_key, sealed FROM account_credentials WHERE account_id = $1 ORDER BY version DESC LIMIT 1`,
      [accountId],
    );
    return found === null ? null : { version: found.version, wrappedKey: found.wrapped_key, sealed: found.sealed };
  }

  async add(accountId: AccountId, credential: SealedCredential): Promise<void> {
    await this.tx.query(
      `INSERT INTO account_credentials (account_id, version, tenant_id, wrapped_key, sealed) VALUES ($1, $2, $3, $4, $5)`,
      [accountId, credential.version, this.tenantId, credential.wrappedKey, credential.sealed],
    );
  }
}
