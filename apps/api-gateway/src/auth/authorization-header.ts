import { createHash } from 'node:crypto';

const FORM = /^(?:token|bearer) +(\S{1,256})$/i;

/** The token of an `Authorization` header, scheme `Token` or `Bearer` in any case; null when there is none. */
export function readAuthorization(header: string | undefined): string | null {
  const token = FORM.exec(header?.trim() ?? '')?.[1];
  return token === undefined || token === 'None' ? null : token;
}

/** Under which a token is stored: SHA-256, 64 hex digits. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
