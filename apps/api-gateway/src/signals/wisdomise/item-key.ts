import type { Field } from '../common/field.js';

const MAX_KEY = 64;

/** Empty when it is missing or faulty, which is recorded. */
export function readKey(item: Field): string {
  const field = item.at('key');
  if (field.required() === undefined) return '';
  if (typeof field.raw !== 'string') field.fail('must be text', 'rejected_schema', 'type');
  else if (field.raw === '' || field.raw.length > MAX_KEY) field.fail(`must have 1 to ${MAX_KEY} characters`);
  else return field.raw;
  return '';
}

/** Of the items of one list. */
export function requireUniqueKeys(items: readonly Field[]): void {
  const seen = new Map<unknown, number>();
  items.forEach((item, at) => {
    const field = item.at('key');
    const first = seen.get(field.raw);
    if (field.isAbsent) return;
    if (first === undefined) seen.set(field.raw, at);
    else field.fail(`must be unique, item ${first} has it already`);
  });
}
