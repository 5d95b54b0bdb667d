import { Decimal as DecimalBase } from 'decimal.js';
import { withExactPaths } from './exact-paths.js';

/**
 * Our own Decimal constructor. `decimal.js` keeps precision and rounding on the constructor, so a
 * `Decimal.set()` anywhere in the process would change our arithmetic if we shared theirs.
 */
export const Dec = withExactPaths(
  DecimalBase.clone({ precision: 60, rounding: DecimalBase.ROUND_DOWN, toExpNeg: -60, toExpPos: 60 }),
);
export type Decimal = InstanceType<typeof Dec>;

declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Base-asset amount, never negative; the side of an order carries the direction. */
export type Quantity = Brand<Decimal, 'Quantity'>;
/** Quote-asset units per one base-asset unit, always positive. */
export type Price = Brand<Decimal, 'Price'>;
/** Quote-asset amount. */
export type Notional = Brand<Decimal, 'Notional'>;

const CANONICAL = /^(0|[1-9]\d*)(\.\d+)?$/;
const SIGNED = /^-?(0|[1-9]\d*)(\.\d+)?$/;

export class InvalidNumberError extends Error {
  override readonly name = 'InvalidNumberError';
  constructor(kind: string, value: string) {
    super(`Invalid ${kind}: must be a plain non-negative decimal string, was ${JSON.stringify(value)}`);
  }
}

/** Money enters the system only as a string: a JSON number has already lost digits. @throws InvalidNumberError */
export function quantity(value: string): Quantity {
  if (!CANONICAL.test(value)) throw new InvalidNumberError('quantity', value);
  return new Dec(value) as Quantity;
}

/** @throws InvalidNumberError when the text is not a plain decimal above zero */
export function price(value: string): Price {
  const parsed = CANONICAL.test(value) ? new Dec(value) : ZERO;
  if (parsed.isZero()) throw new InvalidNumberError('price', value);
  return parsed as Price;
}

/** @throws InvalidNumberError */
export function notional(value: string): Notional {
  if (!CANONICAL.test(value)) throw new InvalidNumberError('notional', value);
  return new Dec(value) as Notional;
}

/** A plain signed decimal with no unit: ratios, basis points, differences. @throws InvalidNumberError */
export function decimal(value: string): Decimal {
  if (!SIGNED.test(value)) throw new InvalidNumberError('decimal', value);
  return new Dec(value);
}

/** The only way to multiply a price by a quantity; the unit of the result is in its type. */
export function notionalOf(qty: Quantity, px: Price): Notional {
  return qty.mul(px) as Notional;
}

export function addQuantity(a: Quantity, b: Quantity): Quantity {
  return a.add(b) as Quantity;
}

/** @throws RangeError if the result would be negative: a quantity has no sign. */
export function subtractQuantity(a: Quantity, b: Quantity): Quantity {
  if (b.gt(a)) throw new RangeError(`Cannot subtract ${b.toFixed()} from ${a.toFixed()}: result is negative`);
  return a.sub(b) as Quantity;
}

export const ZERO = new Dec(0);
export const ZERO_QUANTITY = ZERO as Quantity;
export const ZERO_NOTIONAL = ZERO as Notional;

/** Canonical wire and database form; never exponent notation. */
export function toDecimalString(value: Decimal): string {
  return value.toFixed();
}

/** Largest multiple of `step` that is not above `value` (floor_lot, floor_tick of algorithms.md 1). */
export function floorTo<T extends Decimal>(value: T, step: Decimal): T {
  return value.divToInt(step).mul(step) as T;
}

/** Smallest multiple of `step` that is not below `value`; `value` must not be negative. */
export function ceilTo<T extends Decimal>(value: T, step: Decimal): T {
  const floor = floorTo(value, step);
  return (floor.eq(value) ? floor : floor.add(step)) as T;
}

/** Whole lots in a quantity; the rest that does not fill a lot is dropped. */
export function wholeLots(qty: Quantity, lotSize: Quantity): bigint {
  return BigInt(qty.divToInt(lotSize).toFixed());
}

export function fromLots(lots: bigint, lotSize: Quantity): Quantity {
  return lotSize.mul(lots.toString()) as Quantity;
}
