import { Dec, decimal, type Decimal } from '#domain';
import type { EpochMicros } from '#persistence';

/** `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
export function showTime(at: EpochMicros): string {
  const ms = Math.floor(at / 1000);
  return `${new Date(ms).toISOString().slice(0, 23)}${String(at - ms * 1000).padStart(3, '0')}Z`;
}

/** Exactly 20 decimals. */
export function showD20(value: Decimal | string): string {
  return asDecimal(value).toFixed(20, Dec.ROUND_DOWN);
}

/** Plain, without trailing zeros. */
export function showD(value: Decimal | string): string {
  return asDecimal(value).toFixed();
}

/** Plain, at least two decimals. */
export function showD2(value: Decimal | string): string {
  const found = asDecimal(value);
  return found.toFixed(Math.max(2, found.decimalPlaces()));
}

export const UNSET_PRICE = '-1.00000000000000000000';

/** Null stays null. */
export function orNull<T, Shown>(value: T | null, show: (value: T) => Shown): Shown | null {
  return value === null ? null : show(value);
}

/** Quotients do not end: 18 decimals, as at rest, cut off. */
export function ratio(numerator: Decimal, denominator: Decimal): Decimal {
  return numerator.div(denominator).toDecimalPlaces(18, Dec.ROUND_DOWN);
}

function asDecimal(value: Decimal | string): Decimal {
  return typeof value === 'string' ? decimal(value) : value;
}
