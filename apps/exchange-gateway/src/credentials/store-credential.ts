import type { AccountId, TenantId } from '#domain';
import { audit, CredentialRepository, type Database, type NewCredentialFacts, type Tx } from '#persistence';
import { CredentialError, openCredential, sealCredential, type VenueCredential } from './envelope.js';
import { MasterKeys } from './master-keys.js';

export interface StoreCredentialOptions {
  /** Logged in as the gateway's role: no other may touch the table. */
  readonly db: Database;
  /** 32 bytes. */
  readonly masterKey: Buffer;
  readonly tenantId: TenantId;
  readonly accountId: AccountId;
  readonly credential: VenueCredential;
}

/**
 * Seals a venue key that the operator himself vouches for and stores it as the account's newest; does nothing when the
 * newest is that key already.
 */
export async function storeCredential(options: StoreCredentialOptions): Promise<void> {
  const { db, tenantId, accountId, credential } = options;
  const masterKeys = MasterKeys.of(options.masterKey);
  await db.inTenant(tenantId, async (tx) => {
    const newest = await new CredentialRepository(tx, tenantId).newest(accountId);
    if (newest !== null) {
      const kept = openOrNull(masterKeys, { tenantId, accountId, version: newest.version }, newest);
      if (kept !== null && isSame(kept, credential)) return;
    }
    await addCredential(tx, masterKeys, { tenantId, accountId }, credential, {
      canTrade: null,
      canWithdraw: null,
      ipBound: null,
      warnings: [],
      instruments: null,
    });
  });
}

/** Seals and stores the account's next key, with what is known of it and an audit entry. @returns its version */
export async function addCredential(
  tx: Tx,
  masterKeys: MasterKeys,
  { tenantId, accountId }: { readonly tenantId: TenantId; readonly accountId: AccountId },
  credential: VenueCredential,
  facts: Omit<NewCredentialFacts, 'keyHint'>,
): Promise<number> {
  const repository = new CredentialRepository(tx, tenantId);
  const version = (await repository.lastVersion(accountId)) + 1;
  const sealed = sealCredential(masterKeys.current, { tenantId, accountId, version }, credential);
  const keyHint = hintOf(credential.apiKey);
  await repository.add(accountId, sealed, { ...facts, keyHint });
  await audit(tx, tenantId, [
    { entity: 'account', entityId: accountId, event: 'credential_added', data: { version, keyHint } },
  ]);
  return version;
}

function isSame(a: VenueCredential, b: VenueCredential): boolean {
  return a.apiKey === b.apiKey && a.apiSecret === b.apiSecret && a.passphrase === b.passphrase;
}

/** Enough of a key to tell it from another, too little to use it. */
function hintOf(apiKey: string): string {
  return apiKey.length >= 16 ? apiKey.slice(-4) : '';
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
