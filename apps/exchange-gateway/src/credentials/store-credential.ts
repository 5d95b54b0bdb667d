import type { AccountId, TenantId } from '#domain';
import { CredentialRepository, type Database } from '#persistence';
import { CredentialError, openCredential, sealCredential, type VenueCredential } from './envelope.js';

export interface StoreCredentialOptions {
  /** Logged in as the gateway's role: no other may touch the table. */
  readonly db: Database;
  /** 32 bytes. */
  readonly masterKey: Buffer;
  readonly tenantId: TenantId;
  readonly accountId: AccountId;
  readonly credential: VenueCredential;
}

/** Seals a venue key and stores it as the account's newest; does nothing when the newest is that key already. */
export async function storeCredential(options: StoreCredentialOptions): Promise<void> {
  const { db, masterKey, tenantId, accountId, credential } = options;
  await db.inTenant(tenantId, async (tx) => {
    const repository = new CredentialRepository(tx, tenantId);
    const newest = await repository.newest(accountId);
    if (newest !== null) {
      const kept = openOrNull(masterKey, { tenantId, accountId, version: newest.version }, newest);
      if (kept?.apiKey === credential.apiKey && kept.apiSecret === credential.apiSecret) return;
    }
    const owner = { tenantId, accountId, version: (newest?.version ?? 0) + 1 };
    await repository.add(accountId, sealCredential(masterKey, owner, credential));
  });
}

/** One that no longer opens (another master key) is as good as none. */
function openOrNull(...args: Parameters<typeof openCredential>): VenueCredential | null {
  try {
    return openCredential(...args);
  } catch (error) {
    if (error instanceof CredentialError) return null;
    throw error;
  }
}
