import type { TenantId } from '#domain';
import {
  audit,
  CredentialRepository,
  type CredentialPlace,
  type Database,
  type PlacedCredential,
  type SealedCredential,
  type Tx,
} from '#persistence';
import type { KeyWrapper } from './key-wrapper.js';
import { CredentialError, rewrapCredential } from './envelope.js';

const BATCH = 200;
/** Calls of a key service at the same time. */
const AT_ONCE = 20;

interface Change {
  readonly before: PlacedCredential;
  readonly after: SealedCredential;
}

/**
 * Wraps every data key that another master key wraps with the one in use, a batch per transaction, while orders go on:
 * rows stay readable throughout, since the keys of before still open them. Run again it finds nothing to do.
 * @throws KeyServiceError when the key service does not answer; what is done by then stays done
 * @returns how many rows were changed, and how many no key of this gateway opens
 */
export async function rewrapCredentials(
  db: Database,
  keys: KeyWrapper,
  tenants: readonly TenantId[],
): Promise<{ readonly rewrapped: number; readonly unreadable: number }> {
  let [rewrapped, unreadable] = [0, 0];
  for (const tenantId of tenants)
    for (let after: CredentialPlace | null = null; ;) {
      const done: Batch = await rewrapBatch(db, keys, tenantId, after);
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

async function rewrapBatch(
  db: Database,
  keys: KeyWrapper,
  tenantId: TenantId,
  after: CredentialPlace | null,
): Promise<Batch> {
  const current = await keys.currentId();
  const found = await db.inTenant(tenantId, (tx) =>
    new CredentialRepository(tx, tenantId).notWrappedBy(current, after, BATCH),
  );
  const wrapped: (Change | null)[] = [];
  for (let n = 0; n < found.length; n += AT_ONCE)
    wrapped.push(...(await Promise.all(found.slice(n, n + AT_ONCE).map((one) => tryRewrap(keys, tenantId, one)))));
  const changes = wrapped.filter((change) => change !== null);
  // A key service was asked between the two transactions: a row that somebody else has wrapped since is left as it is.
  const rewrapped = changes.length === 0 ? 0 : await db.inTenant(tenantId, (tx) => store(tx, tenantId, changes));
  const last = found.at(-1);
  return {
    rewrapped,
    unreadable: found.length - changes.length,
    last: last === undefined ? null : { accountId: last.accountId, version: last.credential.version },
  };
}

async function store(tx: Tx, tenantId: TenantId, changes: readonly Change[]): Promise<number> {
  const rewrapped = await new CredentialRepository(tx, tenantId).rewrap(changes);
  if (rewrapped > 0)
    await audit(tx, tenantId, [
      { entity: 'account', entityId: tenantId, event: 'credentials_rewrapped', data: { rows: rewrapped } },
    ]);
  return rewrapped;
}

/** Null for one that no key opens: it is counted, and whoever has its key can still wrap it anew. */
async function tryRewrap(keys: KeyWrapper, tenantId: TenantId, before: PlacedCredential): Promise<Change | null> {
  const owner = { tenantId, accountId: before.accountId, version: before.credential.version };
  try {
    return { before, after: await rewrapCredential(keys, owner, before.credential) };
  } catch (error) {
    if (error instanceof CredentialError) return null;
    throw error; // a key service that does not answer says nothing of the row
  }
}
