import { err, ok, PRIORITIES, type Priority, type Result } from '#domain';
import { isJsonObject, readInteger, shown, type JsonObject, type JsonValue } from '#order-intake';
import type { VenueAccount } from '#persistence';
import type { limitPlanQuery, QuestionOf } from '#queues';
import type { FieldErrors } from '../http/api-error.js';

type Question = QuestionOf<typeof limitPlanQuery>;

const BODY_FIELDS = ['account', 'symbol', 'egress', 'calls'];
const CALL_FIELDS = ['call', 'priority', 'count', 'after_ms', 'every_ms', 'orders'];
const MOST_ENTRIES = 50;
const MOST_CALLS = 500;
const LONGEST_MS = 86_400_000;
const NAME = /^[\w.-]{1,64}$/;

/** Reads the plan that `POST /manage/v1/limits/simulate` is asked about: each error says the value and what it must be. Pure. */
export function readPlan(
  body: JsonObject,
  accounts: readonly Pick<VenueAccount, 'id' | 'name' | 'venue'>[],
): Result<Question, FieldErrors> {
  const errors: Record<string, string[]> = {};
  const fail = (field: string, text: string): void => {
    (errors[field] ??= []).push(text);
  };
  unknownFields(body, BODY_FIELDS, '', fail);
  const name = body['account'];
  const account = accounts.find((one) => one.name === name);
  if (account === undefined) fail('account', `account must be the name of an account of yours, was ${valueOf(name)}`);
  const [symbol, egress] = (['symbol', 'egress'] as const).map((field) => {
    const value = body[field];
    if (value === undefined || (typeof value === 'string' && NAME.test(value))) return value;
    fail(field, `${field} must be 1 to 64 of letters, digits, "_", ".", "-", was ${valueOf(value)}`);
    return undefined;
  }) as [string | undefined, string | undefined];
  const calls = readCalls(body['calls'], fail);
  if (account === undefined || Object.keys(errors).length > 0) return err(errors);
  return ok({
    venue: account.venue,
    scopes: {
      ip: egress ?? 'shared',
      account: account.id,
      key: account.id,
      session: account.id,
      address: account.id,
      ...(symbol === undefined ? {} : { symbol, pair: symbol }),
    },
    calls,
  });
}

type Fail = (field: string, text: string) => void;

function readCalls(raw: JsonValue | undefined, fail: Fail): Question['calls'] {
  if (!Array.isArray(raw) || raw.length < 1 || raw.length > MOST_ENTRIES) {
    fail(
      'calls',
      `calls must be a list of 1 to ${MOST_ENTRIES}, was ${Array.isArray(raw) ? raw.length : valueOf(raw)}`,
    );
    return [];
  }
  const calls = (raw as JsonValue[]).map((entry, i) => readCall(entry, `calls[${i}]`, fail));
  const count = calls.reduce((sum, call) => sum + call.count, 0);
  if (count > MOST_CALLS) fail('calls', `calls must be at most ${MOST_CALLS} together, was ${count}`);
  return calls;
}

function readCall(raw: JsonValue, at: string, fail: Fail): Question['calls'][number] {
  if (!isJsonObject(raw)) {
    fail(at, `${at} must be an object, was ${valueOf(raw)}`);
    return { call: '-', priority: 'place', count: 1, afterMs: 0, everyMs: 0 };
  }
  unknownFields(raw, CALL_FIELDS, `${at}.`, fail);
  const integer = (field: string, fallback: number, least: number, most: number): number => {
    const value = raw[field] === undefined ? fallback : readInteger(raw[field]);
    if (value !== null && value >= least && value <= most) return value;
    fail(`${at}.${field}`, `${field} must be a whole number, ${least} to ${most}, was ${valueOf(raw[field])}`);
    return least;
  };
  const { call, priority = 'place' } = raw;
  const isName = typeof call === 'string' && call.length >= 1 && call.length <= 100;
  if (!isName)
    fail(`${at}.call`, `call must name a call of the venue, such as "POST /api/v3/order", was ${valueOf(call)}`);
  const isPriority = PRIORITIES.some((known) => known === priority);
  if (!isPriority) fail(`${at}.priority`, `priority must be one of ${PRIORITIES.join(', ')}, was ${valueOf(priority)}`);
  return {
    call: isName ? call : '-',
    priority: isPriority ? (priority as Priority) : 'place',
    count: integer('count', 1, 1, MOST_CALLS),
    afterMs: integer('after_ms', 0, 0, LONGEST_MS),
    everyMs: integer('every_ms', 0, 0, LONGEST_MS),
    ...(raw['orders'] === undefined ? {} : { orders: integer('orders', 1, 1, 1_000) }),
  };
}

function unknownFields(body: JsonObject, known: readonly string[], at: string, fail: Fail): void {
  for (const field of Object.keys(body))
    if (!known.includes(field)) fail(`${at}${field}`, `${at}${field} is not known; known are ${known.join(', ')}`);
}

const valueOf = (value: JsonValue | undefined): string => (value === undefined ? 'missing' : shown(value));
