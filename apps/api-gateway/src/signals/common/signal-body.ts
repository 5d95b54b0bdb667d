import { err, ok, type Result } from '#domain';
import { decodeUtf8, isStorable, parseJsonText } from '#order-intake';
import { schemaFault, type SignalFault } from './fault.js';
import { found, isFields, isList, plainJson, type Json, type JsonFields } from './json.js';

/** A signal as it came: a JSON object, or text where the body is no JSON. */
export type SignalBody =
  | { readonly kind: 'json'; readonly fields: JsonFields }
  | {
      readonly kind: 'text';
      readonly text: string;
      /** Why it is no JSON. */
      readonly jsonFault: string;
    };

/**
 * Reads a body whatever its content type says: as JSON if it parses, else as text; a JSON string is the text in it. Refuses
 * other JSON than objects, the same key twice, deep nesting, and what Postgres would not store.
 */
export function readSignalBody(bytes: Uint8Array): Result<SignalBody, SignalFault> {
  const text = decodeUtf8(bytes);
  if (text === null) return err(schemaFault('body: must be UTF-8'));
  const parsed = parseJsonText(text);
  if (!parsed.ok) {
    if (isJson(text)) return err(schemaFault(`body: ${parsed.error.text}`));
    return isStorable(text) ? ok({ kind: 'text', text, jsonFault: parsed.error.text }) : err(UNSTORABLE);
  }
  const json = plainJson(parsed.value);
  if (!isAllStorable(json)) return err(UNSTORABLE);
  if (typeof json === 'string') return ok({ kind: 'text', text: json, jsonFault: 'body must be a JSON object' });
  if (!isFields(json)) return err(schemaFault(`body: must be a JSON object or text, was ${found(json)}`));
  return ok({ kind: 'json', fields: json });
}

/** For dialects that know JSON only. */
export function requireFields(body: SignalBody): Result<JsonFields, SignalFault> {
  return body.kind === 'json' ? ok(body.fields) : err(schemaFault(`body: must be a JSON object: ${body.jsonFault}`));
}

const UNSTORABLE = schemaFault('body: must not have U+0000 or half a character in it');

/** True for what we refuse as JSON although it is some. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isAllStorable(json: Json): boolean {
  if (typeof json === 'string') return isStorable(json);
  if (isList(json)) return json.every(isAllStorable);
  if (!isFields(json)) return true;
  return Object.entries(json).every(([key, item]) => isStorable(key) && isAllStorable(item));
}
