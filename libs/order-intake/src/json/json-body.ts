import { LosslessNumber, parse } from 'lossless-json';
import { err, ok, type Result } from '#domain';

/** JSON as it was sent, without nulls; numbers keep their digits. Objects have no prototype. */
export type JsonValue = string | boolean | LosslessNumber | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export interface BodyFault {
  readonly code: 'malformed_json' | 'invalid';
  readonly text: string;
}

/** Deeper bodies are refused before a recursive parser sees them. */
export const MAX_DEPTH = 16;

/**
 * Reads a request body: UTF-8, one JSON object, no duplicate keys, at most {@link MAX_DEPTH} levels. Nulls are dropped
 * recursively, also from arrays (order-api.md 1).
 */
export function parseJsonBody(bytes: Uint8Array): Result<JsonObject, BodyFault> {
  const text = decodeUtf8(bytes);
  if (text === null) return malformed('body is not valid UTF-8');
  const parsed = parseJsonText(text);
  if (!parsed.ok) return parsed;
  if (!isPlainObject(parsed.value)) return err({ code: 'invalid', text: 'body must be a JSON object' });
  return ok(withoutNulls(parsed.value) as JsonObject);
}

/** Any JSON value: numbers as `LosslessNumber`, no duplicate keys, at most {@link MAX_DEPTH} levels. */
export function parseJsonText(text: string): Result<unknown, BodyFault> {
  const shape = measure(text);
  if (shape.depth > MAX_DEPTH) return err({ code: 'invalid', text: `body is nested deeper than ${MAX_DEPTH} levels` });
  let parsed: unknown;
  let duplicate: { key: string; position: number } | undefined;
  try {
    parsed = parse(text, null, {
      parseNumber: (digits) => new LosslessNumber(digits),
      onDuplicateKey: ({ key, position }) => {
        duplicate ??= { key, position };
        return undefined;
      },
    });
  } catch (error) {
    return malformed(`body is not valid JSON at ${positionIn(error, text)}`);
  }
  if (duplicate !== undefined)
    return malformed(`body has the key '${duplicate.key}' twice, again at ${duplicate.position - 1}`);
  // The parser lets a repeated key with an equal value pass; it shows as a colon without a key of its own.
  if (countKeys(parsed) !== shape.colons) return malformed('body has a key twice');
  return ok(parsed);
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return isPlainObject(value);
}

const malformed = (text: string): Result<never, BodyFault> => err({ code: 'malformed_json', text });

/** Null when it is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Deepest nesting, and the number of colons outside strings; true for valid JSON, harmless for the rest. */
function measure(text: string): { depth: number; colons: number } {
  let level = 0;
  let depth = 0;
  let colons = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (isInString) {
      if (char === '\\') i += 1;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === '{' || char === '[') depth = Math.max(depth, (level += 1));
    else if (char === '}' || char === ']') level -= 1;
    else if (char === ':') colons += 1;
  }
  return { depth, colons };
}

function positionIn(error: unknown, text: string): number {
  const found = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
  return found === undefined ? text.length : Number(found);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);
}

function countKeys(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countKeys(item), 0);
  if (!isPlainObject(value)) return 0;
  return Object.values(value).reduce<number>((sum, item) => sum + 1 + countKeys(item), 0);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (!isPlainObject(value)) return value;
  const kept = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) if (item !== null) kept[key] = withoutNulls(item);
  return kept;
}
