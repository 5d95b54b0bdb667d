import type { Decimal, RiskLimitRow } from '#domain';
import { isStorable, readDecimal, readInteger, shown, type JsonObject, type JsonValue } from '#order-intake';
import { ApiError, type FieldErrors } from '../http/api-error.js';

/** Names of the limits in requests and answers, and where they stand in a row. */
const DECIMALS = {
  max_quantity: 'maxQuantity',
  max_parent_quantity: 'maxParentQuantity',
  max_notional: 'maxNotional',
  max_parent_notional: 'maxParentNotional',
  max_basket_notional: 'maxBasketNotional',
  collar_pct: 'collarPct',
  drift_pct: 'driftPct',
  reference_jump_pct: 'referenceJumpPct',
  max_account_exposure: 'maxAccountExposure',
  max_tenant_exposure: 'maxTenantExposure',
} as const satisfies Readonly<Record<string, keyof RiskLimitRow>>;
const INTEGERS = {
  reference_max_age_ms: 'referenceMaxAgeMs',
  messages_per_second: 'messagesPerSecond',
} as const satisfies Readonly<Record<string, keyof RiskLimitRow>>;
const SCOPE = ['account', 'venue', 'symbol'];
const ALLOWED_ENTRY = /^(\*|[A-Z0-9][A-Z0-9_-]{0,63}(:(buy|sell))?)$/;
const MAX_ALLOWED = 500;
const MAX_INTEGER = 2_147_483_647;

/** The row that a request sets, and the scope it is for. */
export interface LimitRequest {
  readonly account: string | null;
  readonly venue: string | null;
  readonly symbol: string | null;
  readonly limits: RiskLimitRow;
}

/** Reads the body of `PUT /manage/v1/risk-limits`; what is left out is not set. @throws ApiError with every fault */
export function readLimitRequest(body: JsonObject): LimitRequest {
  const errors = Object.create(null) as Record<string, string[]>; // fields are named by clients, `constructor` among them
  const fail = (field: string, text: string): null => {
    (errors[field] ??= []).push(text);
    return null;
  };
  const known = new Set([...SCOPE, 'enforcement', 'allowed', ...Object.keys(DECIMALS), ...Object.keys(INTEGERS)]);
  for (const field of Object.keys(body)) if (!known.has(field)) fail(field, `${field} is not a limit`);
  const text = (field: string): string | null => {
    const raw = body[field];
    if (raw === undefined) return null;
    return typeof raw === 'string' && raw !== '' && raw.length <= 64 && isStorable(raw)
      ? raw
      : fail(field, `${field} must be a text of 1 to 64 whole characters other than U+0000, was ${shown(raw)}`);
  };
  const decimalOf = (field: string): Decimal | null => {
    const raw = body[field];
    if (raw === undefined) return null;
    const value = typeof raw === 'string' ? readDecimal(raw) : null;
    return value !== null && !value.isNegative()
      ? value
      : fail(field, `${field} must be a decimal text of at least 0, was ${shown(raw)}`);
  };
  const integerOf = (field: string): number | null => {
    const raw = body[field];
    if (raw === undefined) return null;
    const value = readInteger(raw);
    return value !== null && value >= 0 && value <= MAX_INTEGER
      ? value
      : fail(field, `${field} must be an integer from 0 to ${MAX_INTEGER}, was ${shown(raw)}`);
  };
  const [account, venue, symbol] = SCOPE.map(text) as [string | null, string | null, string | null];
  if ((venue === null) !== (symbol === null)) fail('symbol', 'venue and symbol must be given together');
  const limits: RiskLimitRow = {
    enforcement: enforcementOf(body['enforcement'], fail),
    maxQuantity: decimalOf('max_quantity'),
    maxParentQuantity: decimalOf('max_parent_quantity'),
    maxNotional: decimalOf('max_notional'),
    maxParentNotional: decimalOf('max_parent_notional'),
    maxBasketNotional: decimalOf('max_basket_notional'),
    collarPct: decimalOf('collar_pct'),
    driftPct: decimalOf('drift_pct'),
    referenceMaxAgeMs: integerOf('reference_max_age_ms'),
    referenceJumpPct: decimalOf('reference_jump_pct'),
    messagesPerSecond: integerOf('messages_per_second'),
    maxAccountExposure: decimalOf('max_account_exposure'),
    maxTenantExposure: decimalOf('max_tenant_exposure'),
    allowed: allowedOf(body['allowed'], fail),
  };
  if (Object.keys(errors).length > 0) throw ApiError.ofFields(errors satisfies FieldErrors);
  return { account, venue, symbol, limits };
}

type Fail = (field: string, text: string) => null;

function enforcementOf(raw: JsonValue | undefined, fail: Fail): RiskLimitRow['enforcement'] {
  if (raw === undefined) return null;
  return raw === 'report' || raw === 'strict'
    ? raw
    : fail('enforcement', `enforcement must be report or strict, was ${shown(raw)}`);
}

function allowedOf(raw: JsonValue | undefined, fail: Fail): readonly string[] | null {
  if (raw === undefined) return null;
  if (!Array.isArray(raw) || raw.length > MAX_ALLOWED)
    return fail('allowed', `allowed must be a list of at most ${MAX_ALLOWED}, was ${shown(raw)}`);
  const entries = raw as readonly JsonValue[];
  const wrong = entries.find((entry) => typeof entry !== 'string' || !ALLOWED_ENTRY.test(entry));
  if (wrong !== undefined)
    return fail('allowed', `allowed must hold SYMBOL, SYMBOL:buy, SYMBOL:sell or *, was ${shown(wrong)}`);
  return entries as readonly string[];
}

/** Limits as answers show them; what is not set is null. */
export function showLimits(limits: RiskLimitRow): Readonly<Record<string, unknown>> {
  return {
    enforcement: limits.enforcement,
    ...Object.fromEntries(Object.entries(DECIMALS).map(([name, key]) => [name, limits[key]?.toFixed() ?? null])),
    ...Object.fromEntries(Object.entries(INTEGERS).map(([name, key]) => [name, limits[key]])),
    allowed: limits.allowed,
  };
}
