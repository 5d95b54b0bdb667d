import { randomInt } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const SUFFIX_CHARS = 4;
const MAX_SLUG = 40;

/** By which a signaler is addressed: its name as a word, and characters that make it one of its own, `sol-swings-k3f9`. */
export function newPublicId(name: string): string {
  const suffix = Array.from({ length: SUFFIX_CHARS }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  return `${slugOf(name)}-${suffix}`;
}

/** Letters without their accents, digits, and one hyphen for anything between. */
export function slugOf(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const slug = plain
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? 'signaler' : slug;
}
