import { isFields, isList, type Json, type JsonFields } from './json.js';
import type { SignalBody } from './signal-body.js';

/** Fields that carry secrets in one dialect or another; of any case, with any of `-`, `_` and space between words. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'apikey',
  'mizarapikey',
  'secret',
  'secretkey',
  'signingsecret',
  'token',
  'accesstoken',
  'authorization',
  'password',
  'passphrase',
]);
/** Shorter texts are no secrets of ours, and to blank them out would spoil the rest. */
const SHORTEST_SECRET = 16;
const BLANK = '***';

/**
 * The body as it may be stored, shown and compared: without fields that carry secrets, and with the secrets that the
 * request is known to carry blanked out wherever else they stand.
 */
export function withoutSecrets(body: SignalBody, known: readonly string[] = []): SignalBody {
  const secrets = known.filter(({ length }) => length >= SHORTEST_SECRET);
  if (body.kind === 'text') return { ...body, text: blankOut(body.text, secrets) };
  return { kind: 'json', fields: cleanFields(body.fields, secrets) };
}

function cleanFields(fields: JsonFields, secrets: readonly string[]): JsonFields {
  const clean = Object.create(null) as Record<string, Json>;
  for (const [key, item] of Object.entries(fields))
    if (!SECRET_FIELDS.has(key.toLowerCase().replace(/[-_ ]/g, '')))
      clean[blankOut(key, secrets)] = cleanJson(item, secrets);
  return clean;
}

function cleanJson(json: Json, secrets: readonly string[]): Json {
  if (typeof json === 'string') return blankOut(json, secrets);
  if (isList(json)) return json.map((item) => cleanJson(item, secrets));
  return isFields(json) ? cleanFields(json, secrets) : json;
}

function blankOut(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, BLANK), text);
}
