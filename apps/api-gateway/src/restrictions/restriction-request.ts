import { err, ok, type RestrictionType, type Result } from '#domain';
import type { RestrictionContent } from '#persistence';
import type { FieldErrors } from '../http/api-error.js';
import type { JsonObject, JsonValue } from '../http/json-body.js';
import { marketTypeOfPair, PAIR_TEXT } from '../orders/pairs.js';
import { readDecimal, shown } from '../orders/read-values.js';

const TYPES: readonly RestrictionType[] = ['PAIR_BLOCK', 'MAX_ORDER_NOTIONAL', 'MAX_OPEN_NOTIONAL'];
const MAX_REASON = 1_000;
const NAME = /^[^\p{C}]{1,100}$/u;

/**
 * Reads a restriction, or over `before` the changes of one (order-api.md 3.7). Pure. Fields that nobody knows are
 * ignored.
 */
export function readRestriction(
  body: JsonObject,
  before?: RestrictionContent,
): Result<RestrictionContent, FieldErrors> {
  const errors: Record<string, string[]> = {};
  const fail = (field: string, text: string): null => {
    (errors[field] ??= []).push(text);
    return null;
  };
  const type = typeOf(body['restriction_type'], before?.type, fail);
  const limit = limitOf(body['limit'], type, before?.limit ?? null, fail);
  const pair = body['pair'] === undefined ? (before?.pair ?? null) : pairOf(body['pair'], fail);
  const venue = body['venue'] === undefined ? (before?.venue ?? null) : nameOf('venue', body['venue'], fail);
  const username =
    body['username'] === undefined ? (before?.username ?? null) : nameOf('username', body['username'], fail);
  const reason = reasonOf(body['reason'] ?? before?.reason, fail);
  if (Object.keys(errors).length > 0 || type === null || reason === null) return err(errors);
  return ok({ type, limit, pair, venue, username, reason });
}

type Fail = (field: string, text: string) => null;

function typeOf(raw: JsonValue | undefined, before: RestrictionType | undefined, fail: Fail): RestrictionType | null {
  if (raw === undefined && before !== undefined) return before;
  const told = raw === undefined ? 'missing' : shown(raw);
  return (
    TYPES.find((type) => type === raw) ??
    fail('restriction_type', `restriction_type must be one of ${TYPES.join(', ')}, was ${told}`)
  );
}

function limitOf(
  raw: JsonValue | undefined,
  type: RestrictionType | null,
  before: RestrictionContent['limit'],
  fail: Fail,
): RestrictionContent['limit'] {
  if (type === 'PAIR_BLOCK')
    return raw === undefined ? null : fail('limit', `limit is not of PAIR_BLOCK, was ${shown(raw)}`);
  if (raw === undefined && (before !== null || type === null)) return before;
  const limit = raw === undefined ? null : readDecimal(raw);
  if (limit?.isPositive() === true && !limit.isZero()) return limit;
  return fail('limit', `limit must be greater than 0, was ${raw === undefined ? 'missing' : shown(raw)}`);
}

function pairOf(raw: JsonValue, fail: Fail): string | null {
  return typeof raw === 'string' && marketTypeOfPair(raw) !== null ? raw : fail('pair', PAIR_TEXT);
}

function nameOf(field: string, raw: JsonValue, fail: Fail): string | null {
  if (typeof raw === 'string' && NAME.test(raw)) return raw;
  return fail(field, `${field} must be a name of 1 to 100 characters, was ${shown(raw)}`);
}

function reasonOf(raw: JsonValue | undefined, fail: Fail): string | null {
  if (typeof raw === 'string' && raw.trim() !== '' && raw.length <= MAX_REASON && !raw.includes('\0'))
    return raw.trim();
  const told = raw === undefined ? 'missing' : typeof raw === 'string' ? `${raw.length} characters` : shown(raw);
  return fail('reason', `reason must be 1 to ${MAX_REASON} characters, was ${told}`);
}
