import { err, ok, type Result } from '#domain';
import {
  isJsonObject,
  ORDER_FIELDS,
  parseOrderRequest,
  readInteger,
  shown,
  showName,
  type FieldErrors,
  type FieldSpec,
  type JsonObject,
  type JsonValue,
  type OrderRequest,
  type ParseContext,
} from '#order-intake';

/** One member of a chain as it was asked for. */
export interface ChainMemberRequest {
  readonly priority: number;
  readonly order: OrderRequest;
  readonly body: JsonObject;
  /** Where its fields stand in the whole body. */
  readonly prefix: string;
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

/** What members without an `order_request` of their own may have in common, at the top of the body. */
const SHARED = [
  'accounts',
  'strategy',
  'duration',
  'engine_passiveness',
  'schedule_discretion',
  'alpha_tilt',
  'pov_limit',
  'strategy_params',
  'notes',
] as const;

/** The fields of a chain that are those of its members. */
export const CHAIN_SHARED_FIELDS: readonly FieldSpec[] = ORDER_FIELDS.filter(({ name }) =>
  SHARED.some((shared) => shared === name),
);

/**
 * Reads the body of `POST /api/chained_orders/` (order-api.md 3.7). A member is an `order_request` with a priority, or,
 * as the public client sends it, the fields of an order beside the priority; such a member takes what it lacks from the
 * top of the body (ADR 39). Pure; all faults are found in one pass.
 */
export function parseChainRequest(body: JsonObject, context: ParseContext): Result<ChainRequest, FieldErrors> {
  const errors: Record<string, string[]> = {};
  const fail = (field: string, text: string): void => {
    const texts = (errors[field] ??= []);
    if (!texts.includes(text)) texts.push(text); // what members share is at fault once
  };
  const raw = body['orders_in_chain'];
  const items = Array.isArray(raw) ? (raw as readonly JsonValue[]) : [];
  const known = new Set<string>(['orders_in_chain', ...NOT_INSIDE, ...(items.some(isFlat) ? SHARED : [])]);
  const warnings = Object.keys(body)
    .filter((name) => !known.has(name))
    .map((name) => `unknown field '${showName(name)}' was ignored`);
  for (const name of givenOf(body)) fail(name, `${name} is not supported for chains`);
  const members: ChainMemberRequest[] = [];
  if (!Array.isArray(raw) || raw.length < MIN_MEMBERS || raw.length > MAX_MEMBERS)
    fail(
      'orders_in_chain',
      `orders_in_chain must be a list of ${MIN_MEMBERS} to ${MAX_MEMBERS} orders${Array.isArray(raw) ? `, was ${raw.length}` : ''}`,
    );
  else
    for (const [index, item] of items.entries()) {
      const member = readMember(item, `orders_in_chain[${index}]`, sharedOf(body), context, fail, warnings);
      if (member !== null) members.push(member);
    }
  for (const { field, text } of repeatedIds(members)) fail(field, text);
  return Object.keys(errors).length > 0 ? err(errors) : ok({ members, warnings });
}

/** An id that two members have: neither is stored yet, so there is no order to name as its holder. */
function repeatedIds(members: readonly ChainMemberRequest[]): { readonly field: string; readonly text: string }[] {
  return members.flatMap(({ order: { customOrderId: id }, prefix }, index) => {
    const first = members.slice(0, index).find(({ order }) => id !== '' && order.customOrderId === id);
    if (first === undefined) return [];
    const text = `custom_order_id must be unique, '${id}' is that of ${first.prefix.replace(/\.(order_request\.)?$/, '')}`;
    return [{ field: `${prefix}custom_order_id`, text }];
  });
}

type Fail = (field: string, text: string) => void;

/** The fields of an order stand beside the priority. */
function isFlat(item: JsonValue): boolean {
  return (
    isJsonObject(item) &&
    item['order_request'] === undefined &&
    (item['pair'] !== undefined || item['side'] !== undefined)
  );
}

function sharedOf(body: JsonObject): JsonObject {
  return Object.fromEntries(SHARED.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])));
}

/** What a member must not have, as far as it is there. */
function givenOf(body: JsonObject): string[] {
  return NOT_INSIDE.filter((name) => body[name] !== undefined && body[name] !== '');
}

function without(body: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}

function readMember(
  item: JsonValue,
  place: string,
  shared: JsonObject,
  context: ParseContext,
  fail: Fail,
  warnings: string[],
): ChainMemberRequest | null {
  if (!isJsonObject(item)) {
    fail(place, `${place} must be an object, was ${shown(item)}`);
    return null;
  }
  const priority = readPriority(item['priority'], place, fail);
  const flat = isFlat(item);
  const own = flat ? without(item, ['priority']) : item['order_request'];
  if (!flat)
    for (const name of Object.keys(item))
      if (name !== 'order_request' && name !== 'priority')
        warnings.push(`unknown field '${showName(`${place}.${name}`)}' was ignored`);
  if (own === undefined || !isJsonObject(own)) {
    fail(`${place}.order_request`, `order_request must be an object${own === undefined ? '' : `, was ${shown(own)}`}`);
    return null;
  }
  const prefix = flat ? `${place}.` : `${place}.order_request.`;
  const inside = givenOf(own);
  for (const name of inside) fail(`${prefix}${name}`, `${name} is not supported inside a chain`);
  const body = flat ? { ...shared, ...own } : own;
  const order = parseOrderRequest(without(body, NOT_INSIDE), context);
  if (!order.ok) {
    for (const [field, texts] of Object.entries(order.error)) {
      const isShared = flat && own[field] === undefined && shared[field] !== undefined;
      for (const text of texts) fail(isShared ? field : `${prefix}${field}`, text);
    }
    return null;
  }
  return priority === null || inside.length > 0 ? null : { priority, order: order.value, body, prefix };
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
