import { AppError } from '#domain';
import type { IntakeKey } from '#venues';

/** A data key under a wrapping key, and the name of that one. */
export interface WrappedKey {
  readonly wrappedBy: string;
  readonly wrappedKey: Buffer;
}

/**
 * Wraps the data keys of venue credentials: by a key from a file or the environment ({@link MasterKeys}), or by a key that
 * never leaves its service ({@link KmsKeys}).
 */
export interface KeyWrapper {
  /** Name of the key in use, which rows remember. @throws KeyServiceError */
  currentId(): Promise<string>;
  /** Names of all keys that open something, as far as they are known; changes when there is more to open. */
  knownIds(): Promise<string>;
  /** @param context bound in: what was wrapped opens with the same only @throws KeyServiceError */
  wrap(dataKey: Buffer, context: Buffer): Promise<WrappedKey>;
  /** Null when no key opens it, or not in this context. @throws KeyServiceError when that could not be found out */
  unwrap(wrapped: WrappedKey, context: Buffer): Promise<Buffer | null>;
  /** The pairs that the API closes boxes for, the one in use first. @throws KeyServiceError */
  intakeKeys(): Promise<readonly IntakeKey[]>;
  /** Looks whether another key is in use by now. @throws ConfigError or KeyServiceError, and keeps what it knew */
  refresh(): Promise<void>;
}

/** The key service did not do it: whether it could is not known, so nothing may be concluded of what lies in the rows. */
export class KeyServiceError extends AppError<'KEY_SERVICE_FAILED'> {
  readonly code = 'KEY_SERVICE_FAILED';
}
