import { createHash } from 'node:crypto';
import { isJsonObject, jsonText, type JsonObject, type JsonValue } from '#order-intake';

/** SHA-256 of a body that two tries of the same request share: keys and `accounts` sorted (nulls are gone already). */
export function hashBody(body: JsonObject): string {
  return createHash('sha256')
    .update(jsonText(canonical(body)))
    .digest('hex');
}

function canonical(value: JsonValue, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = (value as readonly JsonValue[]).map((item) => canonical(item));
    return key === 'accounts' ? items.map((item) => jsonText(item)).sort() : items;
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, canonical(item, name)]),
  );
}
