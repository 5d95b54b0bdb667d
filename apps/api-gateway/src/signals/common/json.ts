import { LosslessNumber } from 'lossless-json';
import { type JsonValue, shown } from '#order-intake';

/** JSON as it was sent, nulls included; numbers keep their digits. */
export type Json = string | boolean | null | LosslessNumber | JsonList | JsonFields;
export type JsonList = readonly Json[];
export interface JsonFields {
  readonly [key: string]: Json;
}

export function isList(value: unknown): value is JsonList {
  return Array.isArray(value);
}

export function isFields(value: Json | undefined): value is JsonFields {
  return typeof value === 'object' && value !== null && !isList(value) && !(value instanceof LosslessNumber);
}

/** The same without prototypes, so that no key of a client means anything to us. */
export function plainJson(parsed: unknown): Json {
  if (isList(parsed)) return parsed.map(plainJson);
  if (!isFields(parsed as Json)) return parsed as Json;
  const plain = Object.create(null) as Record<string, Json>;
  for (const [key, item] of Object.entries(parsed as JsonFields)) plain[key] = plainJson(item);
  return plain;
}

/** What was found, short enough for an error text. */
export function found(raw: Json): string {
  return raw === null ? 'null' : shown(raw as JsonValue);
}
