import { Secret } from '#config';
import { err, ok, type Result } from '#domain';
import { isStorable, shown, showName, type JsonObject, type JsonValue } from '#order-intake';
import type { FieldErrors } from '../http/api-error.js';

/** A venue key as it was entered. */
export interface CredentialRequest {
  readonly apiKey: Secret;
  readonly apiSecret: Secret;
  readonly passphrase: Secret | null;
  /** Venue symbols that the key may be used for; null: all. */
  readonly instruments: readonly string[] | null;
}

export interface AccountRequest {
  readonly name: string;
  readonly venue: string;
}

const MAX_KEY_CHARS = 4_096;
const MAX_INSTRUMENTS = 500;
const SYMBOL = /^[\w:/.-]{1,64}$/;
const ACCOUNT_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const KNOWN = ['api_key', 'api_secret', 'passphrase', 'instruments'];

/** Pure. No text of the errors holds anything of a key. */
export function readCredentialRequest(body: JsonObject): Result<CredentialRequest, FieldErrors> {
  const errors: Record<string, string[]> = unknownFields(body, KNOWN);
  const key = readKey(body, errors);
  const instruments = readInstruments(body['instruments'], errors);
  if (Object.keys(errors).length > 0 || key === null) return err(errors);
  return ok({ ...key, instruments });
}

/** The parts of a venue key, of which some or none may be there. Pure. No text of the errors holds anything of them. */
export function readKey(
  body: JsonObject,
  errors: Record<string, string[]>,
): Omit<CredentialRequest, 'instruments'> | null {
  const text = (field: string, isRequired: boolean): Secret | null => {
    const raw = body[field];
    if (raw === undefined && !isRequired) return null;
    const isKey = typeof raw === 'string' && raw.trim() !== '' && raw.length <= MAX_KEY_CHARS;
    if (isKey && isStorable(raw)) return new Secret(raw.trim());
    const must = `must be text of 1 to ${MAX_KEY_CHARS} whole characters other than U+0000`;
    errors[field] = [raw === undefined ? `${field} is required` : `${field} ${must}, was ${kindOf(raw)}`];
    return null;
  };
  const [apiKey, apiSecret, passphrase] = [text('api_key', true), text('api_secret', true), text('passphrase', false)];
  return apiKey === null || apiSecret === null ? null : { apiKey, apiSecret, passphrase };
}

/** Pure. @param venues ids of venues that can be chosen */
export function readAccountRequest(body: JsonObject, venues: readonly string[]): Result<AccountRequest, FieldErrors> {
  const errors: Record<string, string[]> = unknownFields(body, ['name', 'venue']);
  const { name, venue } = body;
  if (typeof name !== 'string' || !ACCOUNT_NAME.test(name))
    errors['name'] = [`name must be 1 to 64 of letters, digits, "_", "-", was ${shownText(name)}`];
  if (typeof venue !== 'string' || !venues.includes(venue))
    errors['venue'] = [`venue must be one of ${venues.join(', ')}, was ${shownText(venue)}`];
  if (Object.keys(errors).length > 0) return err(errors);
  return ok({ name: name as string, venue: venue as string });
}

function unknownFields(body: JsonObject, known: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(
    Object.keys(body)
      .filter((key) => !known.includes(key))
      .map((key) => [showName(key), [`unknown field, must be one of ${known.join(', ')}`]]),
  );
}

function readInstruments(raw: JsonValue | undefined, errors: Record<string, string[]>): readonly string[] | null {
  if (raw === undefined) return null;
  const list = Array.isArray(raw) ? (raw as readonly JsonValue[]) : null;
  const isRight =
    list !== null &&
    list.length >= 1 &&
    list.length <= MAX_INSTRUMENTS &&
    list.every((item) => typeof item === 'string' && SYMBOL.test(item));
  if (isRight) return [...new Set(list as readonly string[])];
  errors['instruments'] = [
    `instruments must be a list of 1 to ${MAX_INSTRUMENTS} venue symbols such as BTCUSDT, was ${kindOf(raw)}`,
  ];
  return null;
}

/** What was found, without what it said. */
function kindOf(raw: JsonValue): string {
  if (typeof raw === 'string' && !isStorable(raw)) return shown(raw);
  if (typeof raw === 'string') return raw.trim() === '' ? 'empty' : `text of ${raw.length} characters`;
  if (typeof raw === 'boolean') return 'true or false';
  if (Array.isArray(raw)) return 'another list';
  return 'a number or an object';
}

function shownText(raw: JsonValue | undefined): string {
  if (raw === undefined) return 'missing';
  return typeof raw === 'string' ? `'${showName(raw)}'` : kindOf(raw);
}
