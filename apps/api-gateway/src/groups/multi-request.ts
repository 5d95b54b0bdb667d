import { Dec, decimal, err, ok, type Decimal, type Result } from '#domain';
import {
  isJsonObject,
  ORDER_FIELDS,
  OrderReading,
  readDecimal,
  shown,
  type FieldErrors,
  type FieldSpec,
  type JsonObject,
  type JsonValue,
  type OrderRequest,
  type ParseContext,
} from '#order-intake';

/** A request for a multi order, syntactically right: one order request per leg, and what they share. */
export interface MultiRequest {
  /** In the order of `child_orders`; what all legs share is the same in each. */
  readonly legs: readonly OrderRequest[];
  readonly durationMs: number;
  readonly tolerance: Decimal;
  /** Null without `limit_price_spread`. */
  readonly spreadLimit: Decimal | null;
  readonly customOrderId: string;
  readonly warnings: readonly string[];
}

const MIN_LEGS = 2;
const MAX_LEGS = 20;
const DEFAULT_TOLERANCE = decimal('0.5');
const MIN_TOLERANCE = decimal('0.02');
const ONE = new Dec(1);

/** Fields of an order that a multi order has as a whole, in the order of their table. */
const SHARED = [
  'accounts',
  'strategy',
  'duration',
  'engine_passiveness',
  'schedule_discretion',
  'alpha_tilt',
  'pov_limit',
  'order_condition',
  'order_condition_expiry',
  'start_datetime',
  'strategy_params',
  'notes',
  'custom_order_id',
] as const;
/** Fields of one leg. */
const OF_LEG = ['pair', 'side', 'base_asset_qty', 'quote_asset_qty', 'pos_side'] as const;
/** Fields of an order that no leg has: each gets what an order without it has. */
const UNUSED = ORDER_FIELDS.filter(({ name }) => ![...SHARED, ...OF_LEG].some((used) => used === name));
const OWN = ['child_orders', 'exposure_tolerance', 'limit_price_spread', 'pov_target'] as const;

/** The fields of a multi order that are those of an order as well. */
export const SHARED_FIELDS: readonly FieldSpec[] = specsOf(SHARED);
/** The fields of a leg that are those of an order as well. */
export const LEG_FIELDS: readonly FieldSpec[] = specsOf(OF_LEG);

/** Reads the body of `POST /api/multi_orders/` (order-api.md 3.7). Pure; all faults are found in one pass. */
export function parseMultiRequest(body: JsonObject, context: ParseContext): Result<MultiRequest, FieldErrors> {
  const whole = new OrderReading(body, context);
  const children = body['child_orders'];
  const ownAccounts =
    Array.isArray(children) &&
    (children as readonly JsonValue[]).every((child) => isJsonObject(child) && accountsOf(child) !== undefined);
  for (const field of SHARED_FIELDS)
    if (field.name !== 'accounts' || body['accounts'] !== undefined || !ownAccounts)
      field.read(whole, body[field.name]);
  checkStrategy(whole);
  if (body['pov_target'] !== undefined) whole.fail('pov_target', 'pov_target is not supported for multi orders');
  const tolerance = readTolerance(whole, body['exposure_tolerance']);
  const spreadLimit = readSpread(whole, body['limit_price_spread']);
  const known = new Set<string>([...SHARED, ...OWN]);
  for (const name of Object.keys(body)) if (!known.has(name)) whole.ignore(name);
  whole.countIgnored();
  const legs = readLegs(whole, children);
  checkLegs(whole, legs, spreadLimit);
  if (Object.keys(whole.errors).length > 0) return err(whole.errors);
  const { durationMs, customOrderId } = whole.draft as OrderRequest;
  const requests = legs.map((leg) => ({ ...(leg.draft as OrderRequest), customOrderId: '', warnings: leg.warnings }));
  return ok({
    legs: requests,
    durationMs: durationMs ?? 0,
    tolerance,
    spreadLimit,
    customOrderId,
    warnings: whole.warnings,
  });
}

/** Names that a client gave to one leg: `account` or `accounts`. */
function accountsOf(child: JsonObject): JsonValue | undefined {
  const { account, accounts } = child;
  return accounts ?? (account === undefined ? undefined : [account]);
}

/** What a leg that names accounts of its own calls them; null where those of the whole are its own. */
export function accountsFieldOf({ account, accounts }: JsonObject): 'account' | 'accounts' | null {
  if (accounts !== undefined) return 'accounts';
  return account === undefined ? null : 'account';
}

function checkStrategy(whole: OrderReading): void {
  const { chosen, durationMs } = whole.draft;
  if (chosen !== undefined && (chosen.strategy.kind !== 'trajectory' || chosen.strategy.algorithm === 'pov'))
    whole.fail('strategy', `strategy must follow a trajectory over its duration, was ${chosen.strategy.name}`);
  else if (chosen !== undefined && (durationMs ?? null) === null && whole.errors['duration'] === undefined)
    whole.fail('duration', 'duration must be provided');
}

function readTolerance(whole: OrderReading, raw: JsonValue | undefined): Decimal {
  if (raw === undefined) return DEFAULT_TOLERANCE;
  const value = readDecimal(raw);
  if (value === null)
    whole.fail('exposure_tolerance', `exposure_tolerance must be a number below 10^20, was ${shown(raw)}`);
  else if (value.gte(MIN_TOLERANCE) && value.lte(ONE)) return value;
  else whole.fail('exposure_tolerance', 'exposure_tolerance out of range, must be [0.02,1]');
  return DEFAULT_TOLERANCE;
}

function readSpread(whole: OrderReading, raw: JsonValue | undefined): Decimal | null {
  if (raw === undefined) return null;
  const value = readDecimal(raw);
  if (value === null)
    whole.fail('limit_price_spread', `limit_price_spread must be a number below 10^20, was ${shown(raw)}`);
  return value;
}

/** Each leg is read as an order that has the shared fields already; its faults are named by their place. */
function readLegs(whole: OrderReading, raw: JsonValue | undefined): OrderReading[] {
  if (!Array.isArray(raw)) {
    whole.fail('child_orders', `child_orders must be a list of ${MIN_LEGS} to ${MAX_LEGS} orders`);
    return [];
  }
  if (raw.length < MIN_LEGS || raw.length > MAX_LEGS) {
    whole.fail('child_orders', `child_orders must be a list of ${MIN_LEGS} to ${MAX_LEGS} orders, was ${raw.length}`);
    return [];
  }
  return (raw as readonly JsonValue[]).flatMap((child, index) => {
    const place = `child_orders[${index}]`;
    if (!isJsonObject(child)) {
      whole.fail(place, `${place} must be an object, was ${shown(child)}`);
      return [];
    }
    const leg = readLeg(whole, child);
    for (const [field, texts] of Object.entries(leg.errors))
      for (const text of texts)
        whole.fail(`${place}.${field === 'accounts' ? (accountsFieldOf(child) ?? field) : field}`, text);
    for (const name of Object.keys(child)) if (!LEG_KEYS.has(name)) whole.ignore(`${place}.${name}`);
    return [leg];
  });
}

const LEG_KEYS = new Set<string>([...OF_LEG, 'account', 'accounts']);

function readLeg(whole: OrderReading, child: JsonObject): OrderReading {
  const known = Object.fromEntries(Object.entries(child).filter(([name]) => LEG_KEYS.has(name)));
  const leg = new OrderReading(known, whole.context);
  Object.assign(leg.draft, whole.draft);
  const accounts = accountsOf(child);
  if (accounts !== undefined) fieldNamed('accounts').read(leg, accounts);
  for (const field of LEG_FIELDS) field.read(leg, known[field.name]);
  // An order without the unused fields may be at fault for the strategy's sake; that is said of the whole.
  const rest = new OrderReading({}, whole.context);
  Object.assign(rest.draft, leg.draft);
  for (const field of UNUSED) field.read(rest, undefined);
  Object.assign(leg.draft, rest.draft);
  return leg;
}

/** What no leg shows by itself: both sides are there, and none trades against another on one account. */
function checkLegs(whole: OrderReading, legs: readonly OrderReading[], spreadLimit: Decimal | null): void {
  if (legs.length < MIN_LEGS || whole.errors['child_orders'] !== undefined) return;
  const sides = legs.map(({ draft }) => draft.side);
  if (sides.includes(undefined)) return;
  if (!sides.includes('buy') || !sides.includes('sell'))
    return whole.fail('child_orders', 'child_orders must have at least one buy and one sell');
  if (spreadLimit !== null && legs.length !== 2)
    whole.fail('limit_price_spread', 'limit_price_spread needs exactly one buy and one sell leg');
  for (const [index, leg] of legs.entries())
    for (const other of legs.slice(0, index)) {
      const shared = (leg.draft.accounts ?? []).find((account) => other.draft.accounts?.includes(account) === true);
      const isSamePair = leg.draft.pair?.toLowerCase() === other.draft.pair?.toLowerCase();
      if (shared !== undefined && isSamePair && leg.draft.side !== other.draft.side)
        whole.fail(
          `child_orders[${index}].pair`,
          `pair ${leg.draft.pair ?? ''} is bought and sold on account '${shared.name}'`,
        );
    }
}

function fieldNamed(name: string): FieldSpec {
  const found = ORDER_FIELDS.find((field) => field.name === name);
  if (found === undefined) throw new Error(`An order must have the field ${name}`);
  return found;
}

function specsOf(names: readonly string[]): FieldSpec[] {
  return names.map(fieldNamed);
}
