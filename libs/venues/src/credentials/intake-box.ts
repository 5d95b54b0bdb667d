import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { AppError } from '#domain';

/**
 * The way of a venue key from the API to the gateway: closed by whoever has the public half, opened by whoever has the
 * gateway's master key, and by nobody in between. X25519 with a fresh key per box, HKDF-SHA-256, AES-256-GCM.
 */
export class IntakeBoxError extends AppError<'INTAKE_BOX_UNREADABLE'> {
  readonly code = 'INTAKE_BOX_UNREADABLE';
}

/** The gateway's key for boxes, derived from its master key: all its processes have the same one. */
export interface IntakeKey {
  /** Names the pair; 16 hex digits of the public half's SHA-256. */
  readonly keyId: string;
  /** 32 bytes. */
  readonly publicKey: Buffer;
  readonly privateKey: KeyObject;
}

/** In front of the 32 bytes of an X25519 key in PKCS #8 and SPKI (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');
const SPKI_HEAD = Buffer.from('302a300506032b656e032100', 'hex');
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param masterKey 32 bytes */
export function deriveIntakeKey(masterKey: Buffer): IntakeKey {
  const seed = Buffer.from(hkdfSync('sha256', masterKey, 'tranche', 'credential intake', KEY_BYTES));
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = rawPublic(createPublicKey(privateKey));
  return { keyId: createHash('sha256').update(publicKey).digest('hex').slice(0, 16), publicKey, privateKey };
}

/**
 * Closes a box for the gateway. @param context whose it is; a box opens for the same context only
 * @param publicKey 32 bytes
 */
export function closeIntakeBox(publicKey: Buffer, context: string, content: string): Buffer {
  const fresh = generateKeyPairSync('x25519');
  const freshPublic = rawPublic(fresh.publicKey);
  const theirs = createPublicKey({ key: Buffer.concat([SPKI_HEAD, publicKey]), format: 'der', type: 'spki' });
  const key = boxKey(diffieHellman({ privateKey: fresh.privateKey, publicKey: theirs }), freshPublic, publicKey);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(content, 'utf8'), cipher.final()]);
  return Buffer.concat([freshPublic, nonce, cipher.getAuthTag(), body]);
}

/** @throws IntakeBoxError when it was closed for another key or context, or is damaged */
export function openIntakeBox({ privateKey, publicKey }: IntakeKey, context: string, box: Buffer): string {
  try {
    const freshPublic = box.subarray(0, KEY_BYTES);
    const theirs = createPublicKey({ key: Buffer.concat([SPKI_HEAD, freshPublic]), format: 'der', type: 'spki' });
    const key = boxKey(diffieHellman({ privateKey, publicKey: theirs }), freshPublic, publicKey);
    const nonce = box.subarray(KEY_BYTES, KEY_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(box.subarray(KEY_BYTES + NONCE_BYTES, KEY_BYTES + NONCE_BYTES + TAG_BYTES));
    const body = box.subarray(KEY_BYTES + NONCE_BYTES + TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new IntakeBoxError('The box cannot be opened with this key for this context', {}, { cause });
  }
}

function boxKey(secret: Buffer, freshPublic: Buffer, publicKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.concat([freshPublic, publicKey]), 'intake box', KEY_BYTES));
}

function rawPublic(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(SPKI_HEAD.length);
}

/** Enough of a key to tell it from another, too little to use it: the end of a long one (order-api.md 8). */
export function keyHintOf(apiKey: string): string {
  return apiKey.length > 12 ? apiKey.slice(-4) : '';
}
