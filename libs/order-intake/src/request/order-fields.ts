import { Dec, isUuid, ZERO } from '#domain';
import type { EpochMicros, VenueAccount } from '#persistence';
import type { JsonObject, JsonValue } from '../json/json-body.js';
import { unknownAccount } from './unknown-account.js';
import { NUMBER_SCHEMA, readNumber, readRange } from './field-readers.js';
import { ORDER_CONDITION_FIELDS } from './order-condition-fields.js';
import type { FieldSpec, OrderReading } from './order-request.js';
import { marketTypeOfPair, PAIR_TEXT } from './pairs.js';
import { PRICE_FIELDS } from './price-fields.js';
import { isStorable, readDecimal, readTimeMicros, shown } from './read-values.js';
import { findStrategy, STRATEGIES } from './strategies.js';
import { placeWindow, readStrategyParams, STRATEGY_PARAMS_SCHEMA } from './strategy-params.js';
import { TRAJECTORY_FIELDS } from './trajectory-fields.js';

const MAX_ACCOUNTS = 16;
/** Of an Iceberg order that names no number. */
const DEFAULT_SLICES = 5;
const MAX_AHEAD_US = 30 * 86_400 * 1_000_000;
const ONE = new Dec(1);

const QUANTITIES = ['sell_token_amount', 'base_asset_qty', 'quote_asset_qty'] as const;
const QUANTITY_LIST = `[${QUANTITIES.map((name) => `'${name}'`).join(', ')}]`;

/** The fields of `POST /api/orders/` in the order of their table: the first fault is the one that is named. */
export const ORDER_FIELDS: readonly FieldSpec[] = [
  {
    name: 'accounts',
    isRequired: true,
    description: `names or ids of at most ${MAX_ACCOUNTS} venue accounts; duplicates collapse`,
    schema: { type: 'array', items: { type: 'string' }, minItems: 1 },
    read: readAccounts,
  },
  {
    name: 'pair',
    isRequired: true,
    description: 'instrument, `BASE-QUOTE`; matched exactly, else whatever the case',
    schema: { type: 'string', examples: ['ETH-USDT'] },
    read: (reading, raw) => {
      const marketType = typeof raw === 'string' ? marketTypeOfPair(raw) : null;
      if (typeof raw !== 'string' || marketType === null) return reading.fail('pair', PAIR_TEXT);
      reading.draft.pair = raw;
      reading.draft.marketType = marketType;
    },
  },
  {
    name: 'side',
    isRequired: true,
    description: 'direction in base',
    schema: { enum: ['buy', 'sell'] },
    read: (reading, raw) => {
      if (raw === 'buy' || raw === 'sell') reading.draft.side = raw;
      else reading.fail('side', "side must be 'buy' or 'sell'");
    },
  },
  {
    name: 'strategy',
    isRequired: true,
    description: 'how the order is worked, by name or UUID',
    schema: { type: 'string', examples: STRATEGIES.map((s) => s.name) },
    read: readStrategy,
  },
  {
    name: 'base_asset_qty',
    isRequired: false,
    description: `size in base; exactly one of ${QUANTITY_LIST}`,
    schema: NUMBER_SCHEMA,
    read: readQuantities,
  },
  {
    name: 'quote_asset_qty',
    isRequired: false,
    description: 'size in quote',
    schema: NUMBER_SCHEMA,
    read: () => undefined,
  },
  {
    name: 'sell_token_amount',
    isRequired: false,
    description: 'size in what is given away: quote for a buy, base for a sell',
    schema: NUMBER_SCHEMA,
    read: () => undefined,
  },
  ...TRAJECTORY_FIELDS,
  ...PRICE_FIELDS,
  ...ORDER_CONDITION_FIELDS,
  {
    name: 'start_datetime',
    isRequired: false,
    description: 'ISO-8601, at most 30 days ahead; the past means now',
    schema: { type: 'string', format: 'date-time' },
    read: readStart,
  },
  {
    name: 'strategy_params',
    isRequired: false,
    description: 'fine tuning of the strategy',
    schema: STRATEGY_PARAMS_SCHEMA,
    read: (reading, raw) => {
      reading.draft.strategyParams = readStrategyParams(reading, raw);
      placeWindow(reading);
    },
  },
  {
    name: 'notes',
    isRequired: false,
    description: 'free text, shown again',
    schema: { type: 'string', maxLength: 1000, default: '' },
    read: (reading, raw) => {
      reading.draft.notes = '';
      if (raw === undefined) return;
      if (typeof raw !== 'string') reading.fail('notes', `notes must be text, was ${shown(raw)}`);
      else if (lengthOf(raw) > 1000) reading.fail('notes', 'notes must be at most 1000 characters');
      else if (!isStorable(raw)) reading.fail('notes', 'notes must hold whole characters other than U+0000');
      else reading.draft.notes = raw;
    },
  },
  {
    name: 'custom_order_id',
    isRequired: false,
    description: 'your own id, unique for ever; a repeat is refused with 409',
    schema: { type: 'string', maxLength: 64, default: '' },
    read: readCustomOrderId,
  },
  {
    name: 'updated_leverage',
    isRequired: false,
    description: 'leverage to set first; ignored on spot pairs',
    schema: { type: ['integer', 'string'], minimum: 1, maximum: 200 },
    read: (reading, raw) => {
      reading.draft.updatedLeverage = null;
      if (raw === undefined) return;
      const leverage = readRange(reading, 'updated_leverage', raw, [1, 200]);
      if (reading.draft.marketType !== 'spot') reading.draft.updatedLeverage = leverage;
      else if (leverage !== null) reading.warn('updated_leverage is ignored for spot pairs');
    },
  },
  {
    name: 'max_otc',
    isRequired: false,
    description: 'share that may go to over-the-counter venues; no effect without one',
    schema: NUMBER_SCHEMA,
    read: readMaxOtc,
  },
  {
    name: 'pos_side',
    isRequired: false,
    description: 'side of the position in hedge mode; ignored on spot pairs',
    schema: { enum: ['long', 'short'] },
    read: (reading, raw) => {
      reading.draft.posSide = null;
      if (raw === undefined) return;
      if (raw !== 'long' && raw !== 'short') reading.fail('pos_side', "pos_side must be 'long' or 'short'");
      else if (reading.draft.marketType === 'spot') reading.warn('pos_side is ignored for spot pairs');
      else reading.draft.posSide = raw;
    },
  },
  {
    name: 'market_type',
    isRequired: false,
    description: 'must agree with the pair',
    schema: { enum: ['spot', 'perp', 'future', 'option'] },
    read: (reading, raw) => {
      const { marketType } = reading.draft;
      if (raw !== undefined && marketType !== undefined && raw !== marketType)
        reading.fail('market_type', 'market_type does not match pair');
    },
  },
  {
    name: 'order_slices',
    isRequired: false,
    description: 'for Iceberg orders',
    schema: { type: ['integer', 'string'], minimum: 1, maximum: 100, default: DEFAULT_SLICES },
    read: (reading, raw) => {
      const given = raw === undefined ? null : readRange(reading, 'order_slices', raw, [1, 100]);
      reading.draft.orderSlices = reading.draft.algorithm === 'iceberg' ? (given ?? DEFAULT_SLICES) : null;
    },
  },
];

function readAccounts(reading: OrderReading, raw: JsonValue | undefined): void {
  if (!Array.isArray(raw) || raw.length === 0) return reading.fail('accounts', 'accounts must be a non-empty list');
  const named = (raw as readonly JsonValue[]).map((name) => ({ name, account: accountNamed(reading, name) }));
  const distinct = [...new Map(named.map((one) => [one.account ?? one.name, one])).values()];
  if (distinct.length > MAX_ACCOUNTS)
    return reading.fail('accounts', `accounts must be a list of at most ${MAX_ACCOUNTS}, was ${distinct.length}`);
  for (const { name, account } of distinct)
    if (account === undefined) reading.fail('accounts', unknownAccount(name));
    else if (account.isArchived) reading.fail('accounts', `account '${account.name}' is archived`);
  reading.draft.accounts = distinct.flatMap(({ account }) => (account?.isArchived === false ? account : []));
}

function accountNamed({ context }: OrderReading, name: JsonValue): VenueAccount | undefined {
  return context.accounts.find(
    (a) => a.name === name || (typeof name === 'string' && isOwn(a) && isUuid(name) && a.id === name.toLowerCase()),
  );
}

/** One that is shared is known as `owner/name`, and by nothing else (order-api.md 3.2); no name of an own one has a slash. */
const isOwn = ({ name }: VenueAccount): boolean => !name.includes('/');

function readStrategy(reading: OrderReading, raw: JsonValue | undefined): void {
  if (raw === undefined) return reading.fail('strategy', 'strategy is required');
  const chosen = typeof raw === 'string' ? findStrategy(raw) : null;
  if (chosen === null)
    return reading.fail('strategy', `unexpected strategy ${typeof raw === 'string' ? raw.slice(0, 80) : shown(raw)}`);
  reading.draft.chosen = chosen;
  reading.draft.algorithm = chosen.strategy.algorithm;
}

/** The field that an accepted body gives its size in. */
export function sizeFieldOf(body: JsonObject): string {
  return QUANTITIES.find((name) => body[name] !== undefined) ?? QUANTITIES[1];
}

function readQuantities(reading: OrderReading): void {
  const given = QUANTITIES.filter((name) => reading.has(name));
  const [name] = given;
  const raw = name === undefined ? undefined : reading.body[name];
  if (name === undefined || raw === undefined) return reading.fail('base_asset_qty', `need one of ${QUANTITY_LIST}`);
  if (given.length > 1) return reading.fail(name, `only one of ${QUANTITY_LIST} may be given`);
  const qty = readNumber(reading, name, raw);
  if (qty === null) return;
  if (qty.lte(ZERO)) return reading.fail(name, `${name} must be greater than 0`);
  reading.draft.orderQty = qty;
  reading.draft.sizing =
    name === 'base_asset_qty' || (name === 'sell_token_amount' && reading.draft.side === 'sell') ? 'base' : 'quote';
}

function readStart(reading: OrderReading, raw: JsonValue | undefined): void {
  reading.draft.startAt = null;
  if (raw === undefined || !reading.isTrajectory) return;
  const at = typeof raw === 'string' ? readTimeMicros(raw) : null;
  if (at === null) return reading.fail('start_datetime', `start_datetime must be an ISO-8601 time, was ${shown(raw)}`);
  if (at > reading.context.now + MAX_AHEAD_US)
    return reading.fail('start_datetime', 'start_datetime must be within 30 days');
  if (at > reading.context.now) reading.draft.startAt = at as EpochMicros;
  else if (at < reading.context.now) reading.warn('start_datetime is in the past, the order starts now');
}

function readCustomOrderId(reading: OrderReading, raw: JsonValue | undefined): void {
  reading.draft.customOrderId = '';
  if (raw === undefined) return;
  if (typeof raw !== 'string')
    return reading.fail('custom_order_id', `custom_order_id must be text, was ${shown(raw)}`);
  if (lengthOf(raw) > 64) return reading.fail('custom_order_id', 'custom_order_id must be at most 64 characters');
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(raw))
    return reading.fail('custom_order_id', 'custom_order_id must hold printable characters only');
  reading.draft.customOrderId = raw;
}

function readMaxOtc(reading: OrderReading, raw: JsonValue | undefined): void {
  reading.draft.maxOtc = null;
  if (raw === undefined) return;
  const value = readDecimal(raw);
  if (value === null || value.lte(ZERO)) return reading.fail('max_otc', 'max_otc must be a positive value');
  reading.draft.maxOtc = value.lte(ONE) ? value : Dec.min(value.div(100), ONE);
  reading.warn('max_otc has no effect: no over-the-counter venue is connected');
}

/** In characters as people count them, near enough: a pair of surrogates is one. */
const lengthOf = (text: string): number => Array.from(text).length;
