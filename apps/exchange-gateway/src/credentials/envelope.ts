import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError, type AccountId, type TenantId } from '#domain';
import type { SealedCredential } from '#persistence';
import { z } from 'zod';
import type { MasterKey, MasterKeys } from './master-keys.js';

/** A key of a venue account, in the clear; lives in memory only. */
export interface VenueCredential {
  readonly apiKey: string;
  readonly apiSecret: string;
  /** Where the venue asks for a third part. */
  readonly passphrase?: string;
}

/** Whose credential it is; bound into the seal, so that swapped rows do not open (reliability.md S-05). */
export interface CredentialOwner {
  readonly tenantId: TenantId;
  readonly accountId: AccountId;
  readonly version: number;
}

export class CredentialError extends AppError<'CREDENTIAL_UNREADABLE'> {
  readonly code = 'CREDENTIAL_UNREADABLE';
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const credentialText = z.object({
  apiKey: z.string(),
  apiSecret: z.string(),
  passphrase: z.string().optional(),
});

/** Seals a credential under a data key of its own, and that key under the master key (AES-256-GCM, venues.md A10). */
export function sealCredential(
  masterKey: MasterKey,
  owner: CredentialOwner,
  credential: VenueCredential,
): SealedCredential {
  const dataKey = randomBytes(32);
  const aad = aadOf(owner);
  return {
    version: owner.version,
    wrappedBy: masterKey.id,
    wrappedKey: encrypt(masterKey.key, dataKey, aad),
    sealed: encrypt(dataKey, Buffer.from(JSON.stringify(credential)), aad),
  };
}

/** @throws CredentialError when no master key fits, or the row belongs to another account, tenant or version */
export function openCredential(
  masterKeys: MasterKeys,
  owner: CredentialOwner,
  sealed: SealedCredential,
): VenueCredential {
  const aad = aadOf(owner);
  const dataKey = unwrap(masterKeys, owner, sealed, aad);
  try {
    const { passphrase, ...key } = credentialText.parse(JSON.parse(decrypt(dataKey, sealed.sealed, aad).toString()));
    return passphrase === undefined ? key : { ...key, passphrase };
  } catch {
    // What went wrong might quote what was inside.
    throw unreadable(owner);
  }
}

/**
 * The same credential with its data key wrapped by the key in use; what it protects is not touched.
 * @throws CredentialError as {@link openCredential}
 */
export function rewrapCredential(
  masterKeys: MasterKeys,
  owner: CredentialOwner,
  sealed: SealedCredential,
): SealedCredential {
  const aad = aadOf(owner);
  const dataKey = unwrap(masterKeys, owner, sealed, aad);
  const { id, key } = masterKeys.current;
  return { ...sealed, wrappedBy: id, wrappedKey: encrypt(key, dataKey, aad) };
}

function unwrap(masterKeys: MasterKeys, owner: CredentialOwner, sealed: SealedCredential, aad: Buffer): Buffer {
  for (const { key } of masterKeys.candidates(sealed.wrappedBy))
    try {
      return decrypt(key, sealed.wrappedKey, aad);
    } catch {
      // Another key may fit.
    }
  throw unreadable(owner);
}

function unreadable({ accountId, version }: CredentialOwner): CredentialError {
  return new CredentialError('The credential cannot be opened with any master key of this gateway', {
    accountId,
    version,
  });
}

function aadOf({ tenantId, accountId, version }: CredentialOwner): Buffer {
  return Buffer.from(`${tenantId}|${accountId}|${version}`);
}

function encrypt(key: Buffer, plain: Buffer, aad: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function decrypt(key: Buffer, box: Buffer, aad: Buffer): Buffer {
  const nonce = box.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(aad);
  decipher.setAuthTag(box.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(box.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
}
