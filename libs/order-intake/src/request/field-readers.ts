import type { Decimal } from '#domain';
import type { JsonValue } from '../json/json-body.js';
import type { OrderReading } from './order-request.js';
import { readDecimal, readInteger, shown } from './read-values.js';

/** JSON Schema of a decimal: a number, or text that keeps all digits. */
export const NUMBER_SCHEMA = { type: ['number', 'string'] } as const;

/** Null when the field is no number, which is then recorded. */
export function readNumber(reading: OrderReading, name: string, raw: JsonValue): Decimal | null {
  const value = readDecimal(raw);
  if (value === null) reading.fail(name, `${name} must be a number below 10^20, was ${shown(raw)}`);
  return value;
}

/** A number in [min, 1]; the texts of all such fields are alike. */
export function readRatio(reading: OrderReading, name: string, raw: JsonValue, min: Decimal): Decimal | null {
  const value = readNumber(reading, name, raw);
  if (value === null) return null;
  if (value.gte(min) && value.lte(1)) return value;
  reading.fail(name, `${name} out of range, must be [${min.toFixed()},1]`);
  return null;
}

/** An integer in [min, max]. `field` is where a fault is recorded, the name unless told otherwise. */
export function readRange(
  reading: OrderReading,
  name: string,
  raw: JsonValue,
  [min, max]: readonly [number, number],
  field = name,
): number | null {
  const value = readInteger(raw);
  if (value === null) reading.fail(field, `${name} must be an integer, was ${shown(raw)}`);
  else if (value < min || value > max) reading.fail(field, `${name} out of range, must be [${min},${max}]`);
  else return value;
  return null;
}
