import { createHash, randomInt } from 'node:crypto';
import { Secret } from '#config';

const PREFIX = 'trn_live_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 24 of 62 are 142 bits. */
const RANDOM_CHARS = 24;
const CHECK_CHARS = 6;
const HINT_CHARS = 4;
const FORM = new RegExp(`^${PREFIX}[0-9A-Za-z]{${RANDOM_CHARS + CHECK_CHARS}}$`);

/** A new secret by which signals are known: `trn_live_`, 24 random characters, 6 that are their checksum (reliability.md S-01). */
export function newSignalSecret(): Secret {
  const random = Array.from({ length: RANDOM_CHARS }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  return new Secret(`${PREFIX}${random}${checksum(random)}`);
}

/** Whether a text can be a secret at all: what was mistyped or guessed need not be looked for in the database. */
export function isSignalSecret(text: string): boolean {
  if (!FORM.test(text)) return false;
  const random = text.slice(PREFIX.length, -CHECK_CHARS);
  return checksum(random) === text.slice(-CHECK_CHARS);
}

/** Enough of it to tell it from another. */
export function hintOfSecret(secret: Secret): string {
  return secret.reveal().slice(-HINT_CHARS);
}

function checksum(random: string): string {
  const digest = createHash('sha256').update(`${PREFIX}${random}`).digest();
  return Array.from(digest.subarray(0, CHECK_CHARS), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
}
