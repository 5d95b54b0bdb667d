import { Dec, type Decimal } from '#domain';
import type { LosslessNumber } from 'lossless-json';
import { jsonNumber } from '../../http/json-number.js';

/** A JSON number with at most so many decimals, rounded half-even. */
export function showNumber(value: Decimal, decimals = 18): LosslessNumber {
  return jsonNumber(value.toDecimalPlaces(decimals, Dec.ROUND_HALF_EVEN));
}
