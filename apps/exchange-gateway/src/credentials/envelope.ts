import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError, type AccountId, type TenantId } from '#domain';
import type { SealedCredential } from '#persistence';

/** A key pair of a venue account, in the clear; lives in memory only. */
export interface VenueCredential {
  readonly apiKey: string;
  readonly apiSecret: string;
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

/**
 * Seals a credential under a data key of its own, and that key under the master key (AES-256-GCM, venues.md A10).
 * @param masterKey 32 bytes
 */
export function sealCredential(
  masterKey: Buffer,
  owner: CredentialOwner,
  credential: VenueCredential,
): SealedCredential {
  const dataKey = randomBytes(32);
  const aad = aadOf(owner);
  return {
    version: owner.version,
    wrappedKey: encrypt(masterKey, dataKey, aad),
    sealed: encrypt(dataKey, Buffer.from(JSON.stringify(credential)), aad),
  };
}

/** @throws CredentialError when the key is another, or the row belongs to another account, tenant or version */
export function openCredential(masterKey: Buffer, owner: CredentialOwner, sealed: SealedCredential): VenueCredential {
  try {
    const aad = aadOf(owner);
    const dataKey = decrypt(masterKey, sealed.wrappedKey, aad);
    return JSON.parse(decrypt(dataKey, sealed.sealed, aad).toString('utf8')) as VenueCredential;
  } catch (cause) {
    throw new CredentialError(
      'The credential cannot be opened with this master key',
      { accountId: owner.accountId },
      { cause },
    );
  }
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
