import type { JsonValue } from '../json/json-body.js';
import { shown } from './read-values.js';

/** What is said of a name or id that is of no account the caller can reach (order-api.md 3.2). */
export function unknownAccount(named: JsonValue): string {
  return `unknown account ${typeof named === 'string' ? shown(named) : `'${shown(named)}'`}`;
}
