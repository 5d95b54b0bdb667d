import { CONDITION_LIMITS, err, ok, parseCondition, type Condition, type ConditionError, type Result } from '#domain';
import type { EpochMicros, PriceSource } from '#persistence';
import type { JsonValue } from '../json/json-body.js';
import type { FieldSpec, OrderReading, RequestedCondition } from './order-request.js';
import type { PriceSources } from './price-sources.js';
import { readTimeMicros, shown } from './read-values.js';

/**
 * The two fields of a condition, for whatever request has them (order-api.md 3.2): both write to the reading's draft,
 * null where the request names none.
 */
export const ORDER_CONDITION_FIELDS: readonly FieldSpec[] = [
  {
    name: 'order_condition',
    isRequired: false,
    description: 'the order begins once this is true: prices, times and variables compared',
    schema: {
      type: 'string',
      maxLength: CONDITION_LIMITS.length,
      examples: ['( BTC-USDT@Binance / ETH-USDT@Binance ) > 20'],
    },
    read: readOrderCondition,
  },
  {
    name: 'order_condition_expiry',
    isRequired: false,
    description: 'ISO-8601 time at which an order that still waits for its condition is canceled',
    schema: { type: 'string', format: 'date-time' },
    read: readExpiry,
  },
];

/** The position at the end is told again as a number, see `OrderRefusal.ofFields`. */
function faultText({ text, position }: ConditionError): string {
  return `order_condition: ${text} at ${position}`;
}

/** Reads a condition and finds each of its prices; the error is the field's text. Pure. */
export function readCondition(text: string, sources: PriceSources): Result<RequestedCondition, string> {
  const condition = parseCondition(text);
  if (!condition.ok) return err(faultText(condition.error));
  const prices = sourcesOf(condition.value, sources);
  if (!prices.ok) return err(faultText(prices.error));
  return ok({ text, postfix: condition.value.postfix, prices: prices.value });
}

function sourcesOf(condition: Condition, sources: PriceSources): Result<PriceSource[], ConditionError> {
  const found: PriceSource[] = [];
  for (const { pair, exchange, position } of condition.prices) {
    const source = sources.find(pair, exchange);
    if (!source.ok) return err({ text: source.error, position });
    found.push(source.value);
  }
  return ok(found);
}

/** Absent and empty mean none. */
function readOrderCondition(reading: OrderReading, raw: JsonValue | undefined): void {
  reading.draft.condition = null;
  if (raw === undefined || raw === '') return;
  if (typeof raw !== 'string')
    return reading.fail('order_condition', `order_condition must be text, was ${shown(raw)}`);
  const condition = readCondition(raw, reading.context.prices);
  if (condition.ok) reading.draft.condition = condition.value;
  else reading.fail('order_condition', condition.error);
}

function readExpiry(reading: OrderReading, raw: JsonValue | undefined): void {
  const name = 'order_condition_expiry';
  reading.draft.conditionExpiry = null;
  if (raw === undefined || raw === '') return;
  const at = typeof raw === 'string' ? readTimeMicros(raw) : null;
  if (at === null) return reading.fail(name, `${name} must be an ISO-8601 time, was ${shown(raw)}`);
  if (at <= reading.context.now) return reading.fail(name, `${name} must be in the future`);
  if ((reading.body['order_condition'] ?? '') === '') return reading.fail(name, `${name} needs order_condition`);
  reading.draft.conditionExpiry = at as EpochMicros;
}
