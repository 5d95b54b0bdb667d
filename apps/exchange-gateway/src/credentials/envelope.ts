import { randomBytes } from 'node:crypto';
import { AppError, type AccountId, type TenantId } from '#domain';
import type { SealedCredential } from '#persistence';
import { z } from 'zod';
import { decrypt, encrypt } from './aes-gcm.js';
import type { KeyWrapper } from './key-wrapper.js';

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

const credentialText = z.object({
  apiKey: z.string(),
  apiSecret: z.string(),
  passphrase: z.string().optional(),
});

/**
 * Seals a credential under a data key of its own (AES-256-GCM), and has that wrapped (venues.md A10).
 * @throws KeyServiceError when it could not be wrapped: nothing is to be stored then
 */
export async function sealCredential(
  keys: KeyWrapper,
  owner: CredentialOwner,
  credential: VenueCredential,
): Promise<SealedCredential> {
  const dataKey = randomBytes(32);
  const aad = aadOf(owner);
  const sealed = encrypt(dataKey, Buffer.from(JSON.stringify(credential)), aad);
  return { version: owner.version, ...(await keys.wrap(dataKey, aad)), sealed };
}

/**
 * @throws CredentialError when no key fits, or the row belongs to another account, tenant or version
 * @throws KeyServiceError when the key service did not answer: the row may be as good as ever
 */
export async function openCredential(
  keys: KeyWrapper,
  owner: CredentialOwner,
  sealed: SealedCredential,
): Promise<VenueCredential> {
  const aad = aadOf(owner);
  const dataKey = await keys.unwrap(sealed, aad);
  if (dataKey === null) throw unreadable(owner);
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
 * @throws CredentialError and KeyServiceError as {@link openCredential}
 */
export async function rewrapCredential(
  keys: KeyWrapper,
  owner: CredentialOwner,
  sealed: SealedCredential,
): Promise<SealedCredential> {
  const aad = aadOf(owner);
  const dataKey = await keys.unwrap(sealed, aad);
  if (dataKey === null) throw unreadable(owner);
  return { ...sealed, ...(await keys.wrap(dataKey, aad)) };
}

function unreadable({ accountId, version }: CredentialOwner): CredentialError {
  return new CredentialError('The credential cannot be opened with any key of this gateway', {
    accountId,
    version,
  });
}

function aadOf({ tenantId, accountId, version }: CredentialOwner): Buffer {
  return Buffer.from(`${tenantId}|${accountId}|${version}`);
}
