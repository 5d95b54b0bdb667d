import { Dec, ZERO, type Decimal, type Price, type PriceGate, type WantedOpenItem } from '#domain';
import type { Field } from '../common/field.js';
import { isFields, isList } from '../common/json.js';
import { AMOUNT, POSITIVE } from '../common/ranges.js';
import { readKey, requireUniqueKeys } from './item-key.js';

const ORDER_TYPES = new Map([
  ['market', 'market'],
  ['limit', 'limit'],
] as const);
const CONDITION_TYPES = new Map([
  ['true', 'true'],
  ['compare', 'compare'],
] as const);
const OPERATORS = new Map([
  ['>=', '>='],
  ['<=', '<='],
] as const);
const LEFT_SIDES = new Map([['price', 'price']] as const);

/** Key of the one item that a body without `open_orders` describes. */
const LEGACY_KEY = 'legacy-open';
const ALL = new Dec(1);
/** Sums of amounts that went through binary floats may be off by this. */
const TOLERANCE = new Dec('1e-9');

/** Entries of a signal; of older bodies the one that `position` describes. */
export function readOpenItems(root: Field): readonly WantedOpenItem[] {
  const list = root.at('open_orders');
  if (list.isAbsent) return readLegacyItem(root.at('position'));
  const fields = elementsOf(list);
  const items = fields.map((field) => readOpenItem(field, fields.length === 1));
  requireUniqueKeys(fields);
  const sum = items.reduce((total, { amount }) => total.add(amount), ZERO);
  if (sum.gt(ALL.add(TOLERANCE))) list.complain(`amounts must add up to at most 1, was ${sum.toFixed()}`);
  return items;
}

/** `{"items": [...]}` or a bare list; the place of an item is the same for both. */
export function elementsOf(list: Field): readonly Field[] {
  if (list.isAbsent || isList(list.raw)) return list.elements();
  if (!isFields(list.raw)) {
    list.fail('must be a list, bare or as items', 'rejected_schema', 'type');
    return [];
  }
  const items = list.at('items');
  return items.elements().map((field, at) => list.inPlaceOf(field, at));
}

/** Faulty values have stand-ins here; their faults refuse the whole. */
function readOpenItem(field: Field, isOnly: boolean): WantedOpenItem {
  field.required()?.object();
  const key = readKey(field);
  const gate = readGate(field.at('condition'));
  const amount = field.at('amount').decimal(AMOUNT) ?? (isOnly ? ALL : undefined);
  if (amount === undefined && field.at('amount').isAbsent) field.at('amount').required();
  const { orderType, limitPrice } = readOrderType(field);
  return { key, gate, amount: amount ?? ZERO, orderType, limitPrice, expiresAt: null };
}

function readOrderType(field: Field): Pick<WantedOpenItem, 'orderType' | 'limitPrice'> {
  const orderType = field.at('order_type').choice(ORDER_TYPES) ?? 'market';
  const price = field.at('price').valueOrBare();
  if (orderType === 'market') {
    if (!price.isAbsent) field.warn('price is ignored, the order is a market order');
    return { orderType, limitPrice: null };
  }
  if (price.isAbsent) field.complain('limit needs price.value');
  return { orderType, limitPrice: (price.decimal(POSITIVE) as Price | undefined) ?? null };
}

function readGate(condition: Field): PriceGate | null {
  if (condition.object() === undefined) return null;
  const type = condition.at('type').required()?.choice(CONDITION_TYPES, 'exact');
  if (type !== 'compare') return null;
  condition.at('left').required()?.choice(LEFT_SIDES, 'exact');
  const op = condition.at('op').required()?.choice(OPERATORS, 'exact');
  const right: Decimal | undefined = condition.at('right').required()?.decimal(POSITIVE);
  return op === undefined || right === undefined ? null : { op, price: right as Price };
}

/** `order_type` and `price` within `position`: all at once. */
function readLegacyItem(position: Field): readonly WantedOpenItem[] {
  if (position.at('order_type').isAbsent && position.at('price').isAbsent) return [];
  const order = readOrderType(position);
  return [{ key: LEGACY_KEY, gate: null, amount: ALL, ...order, expiresAt: null }];
}
