import { z } from 'zod';
import { Secret } from './secret.js';

/** A whole number within `range`, both ends included; refuses blanks, fractions, exponents and hexadecimal. */
export function integer(range: { min: number; max: number }) {
  const expected = `must be a whole number from ${range.min} to ${range.max}`;
  return z
    .string({ error: expected })
    .regex(/^-?\d{1,15}$/, { error: expected, abort: true })
    .transform(Number)
    .pipe(z.number().min(range.min, { error: expected }).max(range.max, { error: expected }));
}

/** `true` or `false`, written so; nothing else counts as either. */
export function flag() {
  return z.enum(['true', 'false'], { error: 'must be true or false' }).transform((text) => text === 'true');
}

/** Text that must never be printed, `minLength` characters or more. */
export function secret(minLength = 1) {
  const expected = `must be at least ${minLength} character(s) long`;
  return z
    .string({ error: 'must be text' })
    .min(minLength, { error: expected })
    .transform((text) => new Secret(text));
}

/** A URL that may carry a password, so it is a secret as a whole. `schemes` as in `['redis', 'rediss']`. */
export function secretUrl(schemes: readonly string[]) {
  const expected = `must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  return z
    .url({ protocol: new RegExp(`^(${schemes.join('|')})$`), error: expected })
    .transform((text) => new Secret(text));
}
