import { LosslessNumber } from 'lossless-json';
import type { Decimal } from '#domain';

/** A number in JSON with exactly these digits, no exponent. */
export function jsonNumber(value: Decimal): LosslessNumber {
  return new LosslessNumber(value.toFixed());
}
