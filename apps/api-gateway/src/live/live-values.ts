import type { EpochMs } from '#domain';
import { shown } from '#order-intake';
import type { EpochMicros } from '#persistence';
import { ApiError } from '../http/api-error.js';
import { valuesOf, type Query } from '../orders/list-query.js';
import { showTime } from '../orders/show-values.js';

const DEFAULT_LEVELS = 10;
const MAX_LEVELS = 50;

export const showMs = (at: EpochMs | number): string => showTime((at * 1_000) as EpochMicros);

/** `levels` of a query string, 10 when it is not given. @throws ApiError when it is not 1 to 50 */
export function readLevels(query: Query): number {
  const text = valuesOf(query, 'levels').at(-1);
  if (text === undefined) return DEFAULT_LEVELS;
  const levels = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (levels >= 1 && levels <= MAX_LEVELS) return levels;
  throw ApiError.ofFields({ levels: [`levels must be 1 to ${MAX_LEVELS}, was ${shown(text)}`] });
}
