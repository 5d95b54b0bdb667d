import { EXECUTION_PARTS, type ExecutionPart } from '#domain';
import { LosslessNumber } from 'lossless-json';
import { isJsonObject, type JsonObject, type JsonValue, shown } from '#order-intake';
import type { AlgorithmFields, SubscriptionTerms } from '#persistence';
import type { FieldReader } from './field-reader.js';
import { judgeAlgorithm, type OrderToBe } from './judge-algorithm.js';

/** How parent orders of subscriptions may be worked (signal-apis.md 5.2), as the order API names it. */
export const ALGORITHMS = ['Market', 'Limit', 'TWAP', 'VWAP', 'POV', 'IS', 'Iceberg', 'Target Time'] as const;
/** Fields of a parent order that say how it is worked, and nothing of what is traded. */
export const ALGORITHM_FIELDS = [
  'strategy',
  'duration',
  'engine_passiveness',
  'schedule_discretion',
  'alpha_tilt',
  'pov_limit',
  'pov_target',
  'limit_price',
  'is_reverse_limit_price',
  'order_slices',
  'strategy_params',
];
const AT_ONCE = 'Market';
const DEFAULT: AlgorithmFields = { strategy: AT_ONCE };
export const DEFAULT_EXECUTION: SubscriptionTerms['execution'] = { entry: DEFAULT, exit: DEFAULT, stop: DEFAULT };

/**
 * Reads `execution`: what of it is not named stays as it was. Each part is judged as the algorithm of a parent order
 * would be; what is wrong is recorded.
 */
export function readExecution(
  reader: FieldReader | undefined,
  before: SubscriptionTerms['execution'],
  order: OrderToBe,
): SubscriptionTerms['execution'] {
  if (reader === undefined) return before;
  reader.only(EXECUTION_PARTS);
  const read = EXECUTION_PARTS.map((part) => [part, readPart(reader, part, order) ?? before[part]] as const);
  return Object.fromEntries(read) as Record<ExecutionPart, AlgorithmFields>;
}

/** What an operator should know of terms that are allowed all the same, as of the orders that they lead to. */
export function warningsOf(execution: SubscriptionTerms['execution'], order: OrderToBe): string[] {
  return EXECUTION_PARTS.flatMap((part) => {
    const name = String(execution[part]['strategy']);
    const judged = judgeAlgorithm(toJson(execution[part]), order);
    const told = judged.ok ? judged.value : Object.values(judged.error).flat();
    const path = `execution.${part}`;
    return [
      ...told.map((text) => `${path}: ${text}`),
      ...(part === 'stop' && name !== AT_ONCE
        ? [`${path}: ${name} may fill late or not at all, and a stop-loss should fill at once: ${AT_ONCE} does`]
        : []),
    ];
  });
}

function readPart(reader: FieldReader, part: ExecutionPart, order: OrderToBe): AlgorithmFields | undefined {
  const fields = reader.object(part)?.only(ALGORITHM_FIELDS);
  const raw = reader.raw(part);
  if (fields === undefined || !isJsonObject(raw)) return undefined;
  if (fields.choice('strategy', ALGORITHMS, true) === undefined) return undefined;
  const known = Object.fromEntries(
    ALGORITHM_FIELDS.flatMap((name) => (raw[name] === undefined ? [] : [[name, raw[name]]])),
  );
  const judged = judgeAlgorithm(known, order);
  if (judged.ok) return plain(known) as AlgorithmFields;
  for (const [field, texts] of Object.entries(judged.error))
    for (const text of texts)
      reader.faults.fail(fields.path(field), `${fields.path(field)}: ${text}${wasOf(raw, field, text)}`);
  return undefined;
}

/** What was found, where the text of the order API does not say. */
function wasOf(raw: JsonObject, field: string, text: string): string {
  if (text.includes(', was ')) return '';
  const [first = '', second] = field.split('.');
  const outer = raw[first];
  const value = second === undefined ? outer : isJsonObject(outer) ? outer[second] : undefined;
  return value === undefined ? '' : `, was ${shown(value)}`;
}

/** As it is kept: whole numbers as numbers, all others as text with their digits. */
function plain(value: JsonValue): unknown {
  if (value instanceof LosslessNumber) {
    const number = Number(value.value);
    return Number.isSafeInteger(number) && String(number) === value.value ? number : value.value;
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

/** Kept fields as those of a request, to be given to a parent order. */
export function toJson(fields: AlgorithmFields): JsonObject {
  const json = (value: unknown): unknown => {
    if (typeof value === 'number') return new LosslessNumber(String(value));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, json(item)]));
  };
  return json(fields) as JsonObject;
}
