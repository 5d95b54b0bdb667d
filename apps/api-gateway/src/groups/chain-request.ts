import { err, ok, type Result } from '#domain';
import type { FieldErrors } from '../http/api-error.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../http/json-body.js';
import type { OrderRequest, ParseContext } from '../orders/order-request.js';
import { parseOrderRequest } from '../orders/parse-order-request.js';
import { readInteger, showName, shown } from '../orders/read-values.js';

/** One member of a chain as it was asked for. */
export interface ChainMemberRequest {
  readonly priority: number;
  readonly order: OrderRequest;
  readonly body: JsonObject;
}

export interface ChainRequest {
  readonly members: readonly ChainMemberRequest[];
  readonly warnings: readonly string[];
}

const MIN_MEMBERS = 2;
const MAX_MEMBERS = 50;
const MIN_PRIORITY = 1;
const MAX_PRIORITY = 1_000;
/** A member begins when its turn comes and not before. */
const NOT_INSIDE = ['order_condition', 'order_condition_expiry', 'start_datetime'] as const;

/** Reads the body of `POST /api/chained_orders/` (order-api.md 3.7). Pure; all faults are found in one pass. */
export function parseChainRequest(body: JsonObject, context: ParseContext): Result<ChainRequest, FieldErrors> {
  const errors: Record<string, string[]> = {};
  const fail = (field: string, text: string): void => {
    (errors[field] ??= []).push(text);
  };
  const warnings = Object.keys(body)
    .filter((name) => name !== 'orders_in_chain')
    .map((name) => `unknown field '${showName(name)}' was ignored`);
  const raw = body['orders_in_chain'];
  const members: ChainMemberRequest[] = [];
  if (!Array.isArray(raw) || raw.length < MIN_MEMBERS || raw.length > MAX_MEMBERS)
    fail(
      'orders_in_chain',
      `orders_in_chain must be a list of ${MIN_MEMBERS} to ${MAX_MEMBERS} orders${Array.isArray(raw) ? `, was ${raw.length}` : ''}`,
    );
  else
    for (const [index, item] of (raw as readonly JsonValue[]).entries()) {
      const member = readMember(item, `orders_in_chain[${index}]`, context, fail, warnings);
      if (member !== null) members.push(member);
    }
  return Object.keys(errors).length > 0 ? err(errors) : ok({ members, warnings });
}

type Fail = (field: string, text: string) => void;

function readMember(
  item: JsonValue,
  place: string,
  context: ParseContext,
  fail: Fail,
  warnings: string[],
): ChainMemberRequest | null {
  if (!isJsonObject(item)) {
    fail(place, `${place} must be an object, was ${shown(item)}`);
    return null;
  }
  for (const name of Object.keys(item))
    if (name !== 'order_request' && name !== 'priority')
      warnings.push(`unknown field '${showName(`${place}.${name}`)}' was ignored`);
  const priority = readPriority(item['priority'], place, fail);
  const body = item['order_request'];
  if (body === undefined || !isJsonObject(body)) {
    fail(
      `${place}.order_request`,
      `order_request must be an object${body === undefined ? '' : `, was ${shown(body)}`}`,
    );
    return null;
  }
  const inside = NOT_INSIDE.filter((name) => body[name] !== undefined && body[name] !== '');
  for (const name of inside) fail(`${place}.order_request.${name}`, `${name} is not supported inside a chain`);
  const plain = Object.fromEntries(
    Object.entries(body).filter(([name]) => !NOT_INSIDE.some((other) => other === name)),
  );
  const order = parseOrderRequest(plain, context);
  if (!order.ok) {
    for (const [field, texts] of Object.entries(order.error))
      for (const text of texts) fail(`${place}.order_request.${field}`, text);
    return null;
  }
  return priority === null || inside.length > 0 ? null : { priority, order: order.value, body };
}

function readPriority(raw: JsonValue | undefined, place: string, fail: Fail): number | null {
  const value = raw === undefined ? null : readInteger(raw);
  if (raw === undefined) fail(`${place}.priority`, 'priority is required');
  else if (value === null) fail(`${place}.priority`, `priority must be an integer, was ${shown(raw)}`);
  else if (value < MIN_PRIORITY || value > MAX_PRIORITY)
    fail(`${place}.priority`, `priority out of range, must be [${MIN_PRIORITY},${MAX_PRIORITY}]`);
  else return value;
  return null;
}
