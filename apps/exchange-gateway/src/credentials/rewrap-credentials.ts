import type { TenantId } from '#domain';
import { audit, CredentialRepository, type CredentialPlace, type Database } from '#persistence';
import { rewrapCredential } from './envelope.js';
import type { MasterKeys } from './master-keys.js';

const BATCH = 200;

/**
 * Wraps every data key that another master key wraps with the one in use, a batch per transaction, while orders go on:
 * rows stay readable throughout, since the keys of before still open them. Run again it finds nothing to do.
 * @returns how many rows were changed, and how many no key of this gateway opens
 */
export async function rewrapCredentials(
  db: Database,
  masterKeys: MasterKeys,
  tenants: readonly TenantId[],
): Promise<{ readonly rewrapped: number; readonly unreadable: number }> {
  let [rewrapped, unreadable] = [0, 0];
  for (const tenantId of tenants)
    for (let after: CredentialPlace | null = null; ;) {
      const done: Batch = await rewrapBatch(db, masterKeys, tenantId, after);
      rewrapped += done.rewrapped;
      unreadable += done.unreadable;
      after = done.last;
      if (after === null) break;
    }
  return { rewrapped, unreadable };
}

interface Batch {
  readonly rewrapped: number;
  readonly unreadable: number;
  /** Null when there was nothing left to look at. */
  readonly last: CredentialPlace | null;
}

function rewrapBatch(
  db: Database,
  masterKeys: MasterKeys,
  tenantId: TenantId,
  after: CredentialPlace | null,
): Promise<Batch> {
  return db.inTenant(tenantId, async (tx) => {
    const repository = new CredentialRepository(tx, tenantId);
    const found = await repository.notWrappedBy(masterKeys.current.id, after, BATCH);
    const changes = found.flatMap((before) => {
      const owner = { tenantId, accountId: before.accountId, version: before.credential.version };
      const after = tryRewrap(masterKeys, owner, before.credential);
      return after === null ? [] : [{ before, after }];
    });
    const rewrapped = changes.length === 0 ? 0 : await repository.rewrap(changes);
    const unreadable = found.length - changes.length;
    if (rewrapped > 0)
      await audit(tx, tenantId, [
        { entity: 'account', entityId: tenantId, event: 'credentials_rewrapped', data: { rows: rewrapped } },
      ]);
    const last = found.at(-1);
    return {
      rewrapped,
      unreadable,
      last: last === undefined ? null : { accountId: last.accountId, version: last.credential.version },
    };
  });
}

function tryRewrap(...args: Parameters<typeof rewrapCredential>): ReturnType<typeof rewrapCredential> | null {
  try {
    return rewrapCredential(...args);
  } catch {
    return null; // Counted; whoever has its key can still wrap it anew.
  }
}
