import type { AccountId, TenantId } from '#domain';
import { audit, CredentialFactsRepository, CredentialRepository, type Database } from '#persistence';
import { openCredential, type VenueCredential } from './envelope.js';
import { KeyServiceError, type KeyWrapper } from './key-wrapper.js';

export interface OpenedCredential {
  readonly version: number;
  readonly credential: VenueCredential;
}

/** Opens venue keys for this process; each opening leaves an audit entry. */
export class Vault {
  constructor(
    private readonly db: Database,
    private readonly keys: KeyWrapper,
    private readonly opened: { inc(labels: { outcome: string }): void },
  ) {}

  /**
   * Null without a key that may be used.
   * @throws CredentialError when it cannot be opened, KeyServiceError when the key service did not answer
   */
  async open(tenantId: TenantId, accountId: AccountId): Promise<OpenedCredential | null> {
    const sealed = await this.db.inTenant(tenantId, async (tx) => {
      const newest = await new CredentialRepository(tx, tenantId).newest(accountId);
      if (newest !== null)
        await audit(tx, tenantId, [
          { entity: 'account', entityId: accountId, event: 'credential_opened', data: { version: newest.version } },
        ]);
      return newest;
    });
    if (sealed === null) return null;
    try {
      const credential = await openCredential(this.keys, { tenantId, accountId, version: sealed.version }, sealed);
      this.opened.inc({ outcome: 'opened' });
      return { version: sealed.version, credential };
    } catch (error) {
      this.opened.inc({ outcome: error instanceof KeyServiceError ? 'key_service' : 'unreadable' });
      throw error;
    }
  }

  /** The versions that may be used now; accounts that have none are left out. */
  versionsInUse(tenantId: TenantId, accountIds: readonly AccountId[]): Promise<ReadonlyMap<AccountId, number>> {
    return this.db.inTenant(tenantId, (tx) => new CredentialFactsRepository(tx).versionsInUse(accountIds));
  }
}
