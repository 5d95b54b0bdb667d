import type { Decimal } from './decimal.js';

/** decimal.js keeps a number as words of seven digits; the first holds those of the highest exponent. */
const WORD_DIGITS = 7;
const WORD = 10_000_000n;

/** How many words of seven digits a number has behind its point. */
export function wordsBehindPoint({ d, e }: Decimal): number {
  return Math.max(0, d.length - 1 - Math.floor(e / WORD_DIGITS));
}

/**
 * A finite number as a whole number of 10^-7n. Sums and products of thousands are several times quicker on these, and
 * nothing is rounded in them.
 *
 * @param words n, at least the number's `wordsBehindPoint`
 */
export function inUnits({ s, d, e }: Decimal, words: number): bigint {
  let whole = 0n;
  for (const word of d) whole = whole * WORD + BigInt(word);
  const missing = words - (d.length - 1 - Math.floor(e / WORD_DIGITS));
  if (missing > 0) whole *= WORD ** BigInt(missing);
  return s < 0 ? -whole : whole;
}
