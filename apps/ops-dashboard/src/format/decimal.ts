import { Decimal } from 'decimal.js';

/** Our own constructor: exact for everything that an order can hold, and never in exponent form. */
export const Dec = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_EVEN, toExpNeg: -60, toExpPos: 60 });
export type DecimalValue = InstanceType<typeof Dec>;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number that a text spells; null when it spells none. */
export function readDecimal(text: string | null | undefined): DecimalValue | null {
  const trimmed = text?.trim() ?? '';
  return NUMBER.test(trimmed) ? new Dec(trimmed) : null;
}

/** For pixels only: what a chart draws. Never shown, never sent. */
export function toPixels(value: DecimalValue | string): number {
  return Number(typeof value === 'string' ? value : value.toFixed());
}
