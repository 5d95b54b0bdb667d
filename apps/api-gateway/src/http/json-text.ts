import { LosslessNumber, stringify } from 'lossless-json';
import type { Decimal } from '#domain';

/** A number in JSON with exactly these digits, no exponent. */
export function jsonNumber(value: Decimal): LosslessNumber {
  return new LosslessNumber(value.toFixed());
}

/** JSON text; a number that is not finite is a bug and throws. */
export function jsonText(value: unknown): string {
  const text = stringify(value, (_key, item: unknown) => {
    if (typeof item === 'number' && !Number.isFinite(item))
      throw new RangeError(`A JSON number must be finite, was ${item}`);
    return item;
  });
  if (text === undefined) throw new TypeError('An answer must be JSON');
  return text;
}
