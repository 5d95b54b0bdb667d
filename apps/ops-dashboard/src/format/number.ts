import { Dec, readDecimal, type DecimalValue } from './decimal.js';

/** Shown where there is no value. */
export const NONE = '–';

/** `1234567.5` as `1,234,567.5`; digits after the point stay as they are. */
export function groupThousands(plain: string): string {
  const [, sign = '', whole = '', rest = ''] = /^([+-]?)(\d+)(.*)$/.exec(plain) ?? [];
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${rest}`;
}

/** With exactly `decimals` digits after the point, half to even, thousands grouped; a dash when there is no value. */
export function showFixed(value: string | DecimalValue | null | undefined, decimals: number): string {
  const found = toDecimal(value);
  return found === null ? NONE : groupThousands(unsignedZero(found.toDecimalPlaces(decimals)).toFixed(decimals));
}

/** All digits, and at least `atLeast` of them after the point; thousands grouped. */
export function showExact(value: string | DecimalValue | null | undefined, atLeast = 0): string {
  const found = toDecimal(value);
  return found === null ? NONE : groupThousands(found.toFixed(Math.max(atLeast, found.decimalPlaces())));
}

/** With its sign, plus included: costs and distances. */
export function showSigned(value: string | DecimalValue | null | undefined, decimals: number): string {
  const found = toDecimal(value)?.toDecimalPlaces(decimals);
  if (found === undefined) return NONE;
  return `${found.gt(0) ? '+' : ''}${showFixed(found, decimals)}`;
}

/** A ratio as a percentage: `0.625` as `62.5`. */
export function showPercent(ratio: string | DecimalValue | null | undefined, decimals: number): string {
  return showFixed(toDecimal(ratio)?.mul(100) ?? null, decimals);
}

/** Large sums in a few digits: `1.25M`. */
export function showCompact(value: string | DecimalValue | null | undefined): string {
  const found = toDecimal(value);
  if (found === null) return NONE;
  const unit = [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e4, 'k'],
  ].find(([size]) => found.abs().gte(size ?? 0)) as [number, string] | undefined;
  if (unit === undefined) return showFixed(found, 2);
  const [size, letter] = unit;
  return `${showFixed(found.div(letter === 'k' ? 1e3 : size), 2)}${letter}`;
}

/** Digits after the point of a tick or a lot: `0.010` has 2; at most 18. */
export function decimalsOf(step: string | null | undefined): number | null {
  const found = toDecimal(step);
  return found === null || found.lte(0) ? null : Math.min(found.decimalPlaces(), 18);
}

function toDecimal(value: string | DecimalValue | null | undefined): DecimalValue | null {
  return typeof value === 'string' ? readDecimal(value) : (value ?? null);
}

function unsignedZero(value: DecimalValue): DecimalValue {
  return value.isZero() ? new Dec(0) : value;
}
