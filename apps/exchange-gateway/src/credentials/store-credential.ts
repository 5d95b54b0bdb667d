import type { AccountId, TenantId } from '#domain';
import { audit, CredentialRepository, type Database, type NewCredentialFacts, type Tx } from '#persistence';
import { keyHintOf } from '#venues';
import { CredentialError, openCredential, sealCredential, type VenueCredential } from './envelope.js';
import type { KeyWrapper } from './key-wrapper.js';
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

const NOTHING_KNOWN = { canTrade: null, canWithdraw: null, ipBound: null, warnings: [], instruments: null };

/**
 * Seals a venue key that the operator himself vouches for and stores it as the account's newest; does nothing when the
 * newest is that key already.
 */
export async function storeCredential(options: StoreCredentialOptions): Promise<void> {
  const { db, tenantId, accountId, credential } = options;
  const keys = MasterKeys.of(options.masterKey);
  const newest = await db.inTenant(tenantId, (tx) => new CredentialRepository(tx, tenantId).newest(accountId));
  if (newest !== null) {
    const kept = await openOrNull(keys, { tenantId, accountId, version: newest.version }, newest);
    if (kept !== null && isSame(kept, credential)) return;
  }
  await addCredential(db, keys, { tenantId, accountId }, credential, NOTHING_KNOWN, () => Promise.resolve(true));
}

/**
 * Seals and stores the account's next key, with what is known of it and an audit entry. It is sealed before the transaction
 * that stores it: a key service may be asked, and what could not be sealed is not stored.
 * @param settle what belongs into the same transaction; false: nothing is to be stored any more
 * @throws KeyServiceError when it could not be sealed
 */
export async function addCredential(
  db: Database,
  keys: KeyWrapper,
  { tenantId, accountId }: { readonly tenantId: TenantId; readonly accountId: AccountId },
  credential: VenueCredential,
  facts: Omit<NewCredentialFacts, 'keyHint'>,
  settle: (tx: Tx, version: number) => Promise<boolean>,
): Promise<void> {
  const keyHint = keyHintOf(credential.apiKey);
  for (;;) {
    const last = await db.inTenant(tenantId, (tx) => new CredentialRepository(tx, tenantId).lastVersion(accountId));
    const version = last + 1;
    const sealed = await sealCredential(keys, { tenantId, accountId, version }, credential);
    const isOver = await db.inTenant(tenantId, async (tx) => {
      const repository = new CredentialRepository(tx, tenantId);
      if ((await repository.lastVersion(accountId)) !== last) return false; // another was stored meanwhile
      if (!(await settle(tx, version))) return true;
      await repository.add(accountId, sealed, { ...facts, keyHint });
      await audit(tx, tenantId, [
        { entity: 'account', entityId: accountId, event: 'credential_added', data: { version, keyHint } },
      ]);
      return true;
    });
    if (isOver) return;
  }
}

function isSame(a: VenueCredential, b: VenueCredential): boolean {
  return a.apiKey === b.apiKey && a.apiSecret === b.apiSecret && a.passphrase === b.passphrase;
}

/** One that no longer opens (another master key) is as good as none. */
async function openOrNull(...args: Parameters<typeof openCredential>): Promise<VenueCredential | null> {
  try {
    return await openCredential(...args);
  } catch (error) {
    if (error instanceof CredentialError) return null;
    throw error;
  }
}
