import {
  changeRestriction,
  err,
  ok,
  type Decimal,
  type RestrictionChange,
  type RestrictionContent,
  type RestrictionType,
  type Result,
} from '#domain';
import {
  isStorable,
  marketTypeOfPair,
  PAIR_TEXT,
  readDecimal,
  shown,
  type JsonObject,
  type JsonValue,
} from '#order-intake';
import type { FieldErrors } from '../http/api-error.js';

const TYPES: readonly RestrictionType[] = ['PAIR_BLOCK', 'MAX_ORDER_NOTIONAL', 'MAX_OPEN_NOTIONAL'];
const FIELDS = ['restriction_type', 'limit', 'pair', 'venue', 'username', 'reason'] as const;
const BOUNDS: readonly string[] = ['pair', 'venue', 'username'];
const MAX_REASON = 1_000;
const NAME = /^[^\p{C}]{1,100}$/u;

/** Reads a new restriction (order-api.md 3.7). Pure. Fields that nobody knows are ignored. */
export function readRestriction(body: JsonObject): Result<RestrictionContent, FieldErrors> {
  const errors: Record<string, string[]> = {};
  const { restriction_type: type, limit, reason } = body;
  if (type === undefined) errors['restriction_type'] = [typeText('missing')];
  const needsLimit = type !== 'PAIR_BLOCK' && TYPES.some((one) => one === type);
  if (limit === undefined && needsLimit) errors['limit'] = [limitText('missing')];
  if (reason === undefined) errors['reason'] = [reasonText('missing')];
  const { change, errors: wrong } = readFields(body, errors);
  if (Object.keys(wrong).length > 0 || change.type === undefined || change.reason === undefined) return err(wrong);
  const whole = { type: change.type, limit: null, pair: null, venue: null, username: null, reason: change.reason };
  const made = changeRestriction(whole, change);
  return made.ok ? made : err({ [made.error.field]: [made.error.text] });
}

/**
 * Reads the changes of one: only what is named is changed. Pure. `""` lifts the bound of a pair, venue or username, for
 * null is absent everywhere (order-api.md 1).
 */
export function readRestrictionChange(body: JsonObject): Result<RestrictionChange, FieldErrors> {
  const named = FIELDS.filter((field) => body[field] !== undefined);
  if (named.length === 0) {
    const lifts = `"" lifts ${BOUNDS.join(', ')}, null is as good as absent`;
    return err({ restriction: [`restriction change must name one of ${FIELDS.join(', ')}; ${lifts}`] });
  }
  const lifted = named.filter((field) => BOUNDS.includes(field) && body[field] === '');
  const rest = Object.fromEntries(Object.entries(body).filter(([field]) => !(lifted as string[]).includes(field)));
  const { change, errors } = readFields(rest, {});
  if (Object.keys(errors).length > 0) return err(errors);
  return ok({ ...change, ...Object.fromEntries(lifted.map((field) => [field, null])) });
}

/** @param errors of what is missing; in the order of the fields they come out again with those of what is wrong */
function readFields(
  body: JsonObject,
  missing: FieldErrors,
): { readonly change: RestrictionChange; readonly errors: FieldErrors } {
  const errors: Record<string, readonly string[]> = { ...missing };
  const read = <T>(
    field: string,
    of: (raw: JsonValue) => T | null,
    text: (raw: JsonValue) => string,
  ): T | undefined => {
    const raw = body[field];
    if (raw === undefined) return undefined;
    const value = of(raw);
    if (value === null) errors[field] = [text(raw)];
    return value ?? undefined;
  };
  const type = read(
    'restriction_type',
    (raw) => TYPES.find((one) => one === raw) ?? null,
    (raw) => typeText(shown(raw)),
  );
  const limit = read('limit', positive, (raw) => limitText(shown(raw)));
  const pair = read('pair', pairOf, () => PAIR_TEXT);
  const venue = read('venue', nameOf, (raw) => nameText('venue', raw));
  const username = read('username', nameOf, (raw) => nameText('username', raw));
  const reason = read('reason', reasonOf, (raw) =>
    reasonText(typeof raw === 'string' && isStorable(raw) ? `${raw.length} characters` : shown(raw)),
  );
  const change: RestrictionChange = {
    ...(type === undefined ? {} : { type }),
    ...(limit === undefined ? {} : { limit }),
    ...(pair === undefined ? {} : { pair }),
    ...(venue === undefined ? {} : { venue }),
    ...(username === undefined ? {} : { username }),
    ...(reason === undefined ? {} : { reason }),
  };
  const inOrder = FIELDS.flatMap((field) => (errors[field] === undefined ? [] : [[field, errors[field]] as const]));
  return { change, errors: Object.fromEntries(inOrder) };
}

function positive(raw: JsonValue): Decimal | null {
  const read = readDecimal(raw);
  return read?.isPositive() === true && !read.isZero() ? read : null;
}

const pairOf = (raw: JsonValue): string | null =>
  typeof raw === 'string' && marketTypeOfPair(raw) !== null ? raw : null;

const nameOf = (raw: JsonValue): string | null => (typeof raw === 'string' && NAME.test(raw) ? raw : null);

function reasonOf(raw: JsonValue): string | null {
  const isReason = typeof raw === 'string' && raw.trim() !== '' && raw.length <= MAX_REASON && isStorable(raw);
  return isReason ? raw.trim() : null;
}

const typeText = (was: string): string => `restriction_type must be one of ${TYPES.join(', ')}, was ${was}`;
const limitText = (was: string): string => `limit must be greater than 0, was ${was}`;
const nameText = (field: string, raw: JsonValue): string =>
  `${field} must be a name of 1 to 100 characters, was ${shown(raw)}`;
const reasonText = (was: string): string =>
  `reason must be 1 to ${MAX_REASON} whole characters other than U+0000, was ${was}`;
