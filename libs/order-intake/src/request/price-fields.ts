import { ZERO, type Price } from '#domain';
import type { JsonValue } from '../json/json-body.js';
import { NUMBER_SCHEMA, readNumber } from './field-readers.js';
import type { FieldSpec, OrderReading } from './order-request.js';
import { readDecimal, shown } from './read-values.js';

const NEEDS_A_PRICE: readonly string[] = ['Limit', 'IOC'];

/** Prices of an order, in the order of order-api.md 3.2. */
export const PRICE_FIELDS: readonly FieldSpec[] = [
  {
    name: 'limit_price',
    isRequired: false,
    description: 'worst price, rounded to the tick and never towards worse; -1 means none; required for Limit and IOC',
    schema: NUMBER_SCHEMA,
    read: readLimitPrice,
  },
  {
    name: 'is_reverse_limit_price',
    isRequired: false,
    description: 'true: trade only at prices no better than limit_price',
    schema: { type: 'boolean', default: false },
    read: (reading, raw) => {
      reading.draft.isReverseLimit = raw === true;
      if (raw !== undefined && typeof raw !== 'boolean')
        reading.fail('is_reverse_limit_price', `is_reverse_limit_price must be true or false, was ${shown(raw)}`);
      else if (raw === true && (reading.draft.limitPrice ?? null) === null)
        reading.fail('is_reverse_limit_price', 'is_reverse_limit_price needs limit_price');
    },
  },
  {
    name: 'stop_price',
    isRequired: false,
    description: 'only -1, which means none',
    schema: { ...NUMBER_SCHEMA, default: -1 },
    read: (reading, raw) => {
      if (raw !== undefined && readDecimal(raw)?.eq(-1) !== true)
        reading.fail('stop_price', 'stop_price is not supported');
    },
  },
];

function readLimitPrice(reading: OrderReading, raw: JsonValue | undefined): void {
  reading.draft.limitPrice = null;
  const value = raw === undefined ? undefined : readNumber(reading, 'limit_price', raw);
  if (value === null) return;
  if (value === undefined || value.eq(-1)) {
    const name = reading.draft.chosen?.strategy.name;
    if (name !== undefined && NEEDS_A_PRICE.includes(name))
      reading.fail('limit_price', `limit_price is required for ${name}`);
    return;
  }
  if (value.lte(ZERO)) return reading.fail('limit_price', 'limit_price must be greater than 0');
  reading.draft.limitPrice = value as Price;
}
