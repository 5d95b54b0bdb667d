/** Every asset amount is kept as a whole number of 10^-8 units; that is the finest step the vendor prints. */
export const UNIT_DECIMALS = 8;
const UNIT = 100_000_000n;
const PLAIN = /^(\d{1,20})(?:\.(\d{1,20}))?$/;

/**
 * Reads a plain decimal as 10^-8 units.
 *
 * @returns null when the text is not a plain decimal; `'too-fine'` when it has digits below 10^-8.
 */
export function parseUnits(text: string): bigint | 'too-fine' | null {
  const match = PLAIN.exec(text);
  if (match === null) return null;
  const [, whole = '', fraction = ''] = match;
  if (fraction.length > UNIT_DECIMALS && /[1-9]/.test(fraction.slice(UNIT_DECIMALS))) return 'too-fine';
  return BigInt(whole) * UNIT + BigInt(fraction.slice(0, UNIT_DECIMALS).padEnd(UNIT_DECIMALS, '0'));
}

/** As {@link parseUnits}, for text of our own. @throws RangeError when it is not a plain decimal of at most 8 digits. */
export function units(text: string): bigint {
  const value = parseUnits(text);
  if (typeof value !== 'bigint')
    throw new RangeError(`Amount must be a plain decimal with at most 8 decimals, was ${JSON.stringify(text)}`);
  return value;
}

/** The vendor's form: always eight decimals. */
export function unitsText(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(UNIT_DECIMALS + 1, '0');
  const cut = digits.length - UNIT_DECIMALS;
  return `${value < 0n ? '-' : ''}${digits.slice(0, cut)}.${digits.slice(cut)}`;
}

/** Shortest form, as exchangeInfo and account balances of people read it: `0.01`, `5`. */
export function shortText(value: bigint): string {
  return unitsText(value).replace(/\.?0+$/, '');
}
