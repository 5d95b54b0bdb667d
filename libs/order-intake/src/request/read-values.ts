import { LosslessNumber } from 'lossless-json';
import { Dec, epochMs, isCalendarDay, type Decimal, type EpochMs } from '#domain';
import type { JsonValue } from '../json/json-body.js';

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,9})?$/;
/** `numeric(38,18)` holds what is below it. */
export const NUMBER_CEILING = new Dec('1e20');

/** A JSON number or numeric string, truncated towards zero to 18 decimals; null when it is neither or too large. */
export function readDecimal(raw: JsonValue): Decimal | null {
  const text = raw instanceof LosslessNumber ? raw.value : raw;
  if (typeof text !== 'string' || !NUMBER.test(text)) return null;
  const value = new Dec(text);
  if (!value.isFinite() || value.abs().gte(NUMBER_CEILING)) return null;
  const truncated = value.toDecimalPlaces(18, Dec.ROUND_DOWN);
  return truncated.isZero() ? new Dec(0) : truncated;
}

/** `300`, `"300"` and `300.0` are integers; null for anything else. */
export function readInteger(raw: JsonValue): number | null {
  const text = raw instanceof LosslessNumber ? raw.value : raw;
  if (typeof text !== 'string' || !NUMBER.test(text)) return null;
  const value = new Dec(text);
  return value.isInteger() && value.abs().lte(Number.MAX_SAFE_INTEGER) ? value.toNumber() : null;
}

const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(?:([Zz])|([+-])(\d{2})(?::?(\d{2}))?)?)?$/;

/** ISO-8601 in microseconds; without an offset it is UTC, a date alone is its midnight. Null when it is no real time. */
export function readTimeMicros(text: string): number | null {
  const parts = ISO_TIME.exec(text.trim());
  if (parts === null) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', , sign, offsetHour, offsetMinute] =
    parts;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (!isCalendarDay(y, mo, d) || h > 23 || mi > 59 || s > 59) return null;
  const offsetMinutes = Number(offsetHour ?? 0) * 60 + Number(offsetMinute ?? 0);
  if (Number(offsetHour ?? 0) > 23 || Number(offsetMinute ?? 0) > 59) return null;
  const utcMs = Date.UTC(y, mo - 1, d, h, mi, s) - (sign === '-' ? -1 : 1) * offsetMinutes * 60_000;
  return utcMs * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** The last whole millisecond not after the given microsecond. */
export function toEpochMs(micros: number): EpochMs {
  return epochMs(Math.floor(micros / 1000));
}

/** What no text or JSON column takes: U+0000 and halves of surrogate pairs. */
const UNSTORABLE = /[\0\p{Cs}]/u;

/** Whether Postgres takes the text: to hand it one that it does not is a failure of ours, not a refusal. */
export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/** A name from a request: control characters and halves of characters, which no text column takes, become `?`. */
export function showName(name: string): string {
  const printable = name.replace(/\p{C}/gu, '?');
  return printable.length <= 80 ? printable : `${printable.slice(0, 77)}...`;
}

/** What was found, short enough for an error text. */
export function shown(raw: JsonValue): string {
  const text =
    raw instanceof LosslessNumber
      ? raw.value
      : typeof raw === 'string'
        ? textOf(raw)
        : typeof raw === 'boolean'
          ? String(raw)
          : Array.isArray(raw)
            ? 'a list'
            : 'an object';
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

/** What shall be shown again must be storable. */
const textOf = (raw: string): string => (isStorable(raw) ? `'${raw}'` : 'text with U+0000 or half a character');
