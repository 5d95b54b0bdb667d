import { isUuid } from '#domain';
import { shown } from '#order-intake';
import { lastOf, type Query } from '../orders/list-query.js';
import type { Faults } from './field-reader.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;

/** One page of a list that is ordered by id. */
export interface Page {
  /** Rows of the page; one more is read, to see whether there is another page. */
  readonly limit: number;
  /** The last id of the page before; null: the first page. */
  readonly after: string | null;
}

/** `limit` and `cursor` of a list (signal-apis.md 5.1). Pure. */
export function readPage(query: Query, faults: Faults): Page {
  const limitText = lastOf(query, 'limit');
  const cursor = lastOf(query, 'cursor');
  const limit = limitText === null ? DEFAULT_LIMIT : /^\d{1,9}$/.test(limitText) ? Number(limitText) : 0;
  if (limit < 1 || limit > MAX_LIMIT)
    faults.fail('limit', `limit must be a whole number from 1 to ${MAX_LIMIT}, was ${shown(limitText ?? '')}`);
  if (cursor !== null && !isUuid(cursor))
    faults.fail('cursor', `cursor must be the next_cursor of an answer, was ${shown(cursor)}`);
  return { limit, after: cursor === null ? null : cursor.toLowerCase() };
}

/** The rows of a page, of which one more was read, and the cursor of the next page; null where there is none. */
export function cutPage<Row extends { readonly id: string }>(
  rows: readonly Row[],
  { limit }: Page,
): { readonly shown: readonly Row[]; readonly nextCursor: string | null } {
  const page = rows.slice(0, limit);
  return { shown: page, nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}
