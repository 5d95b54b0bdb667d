import { err, isUuid, ok, type ParentOrderId, type Result } from '#domain';
import { shown } from '#order-intake';
import type { HistoryFilter, PlacementFilter } from '#persistence';
import type { FieldErrors } from '../http/api-error.js';
import { lastOf, readPage, readPageSize, readTime, valuesOf, type Fail, type Query } from './list-query.js';

/** What a placement is in, as it is shown (order-api.md 4.2). */
export const PLACEMENT_STATUSES = [
  'pending',
  'claimed',
  'submitted',
  'working',
  'unknown',
  'filled',
  'canceled',
  'expired',
  'rejected',
  'denied',
];

export interface FeedRequest {
  readonly filter: PlacementFilter;
  readonly page: number;
  readonly pageSize: number;
  /** False when the order that was named cannot exist. */
  readonly canExist: boolean;
}

/** Reads what a feed of placements or errors is asked for (order-api.md 2). Pure. `limit` is one more than a page. */
export function readFeedQuery(query: Query): Result<FeedRequest, FieldErrors> {
  const errors: Record<string, string[]> = {};
  const fail: Fail = (field, text) => {
    (errors[field] ??= []).push(text);
    return null;
  };
  const page = readPage(query, fail);
  const pageSize = readPageSize(query, fail);
  const id = lastOf(query, 'order_id');
  const window: HistoryFilter = {
    orderId: id !== null && isUuid(id) ? (id.toLowerCase() as ParentOrderId) : null,
    before: readTime(query, 'before', fail),
    after: readTime(query, 'after', fail),
    limit: pageSize + 1,
    offset: (page - 1) * pageSize,
  };
  const filter = { ...window, statuses: readStatuses(query, fail) };
  if (Object.keys(errors).length > 0) return err(errors);
  return ok({ filter, page, pageSize, canExist: id === null || isUuid(id) });
}

function readStatuses(query: Query, fail: Fail): string[] | null {
  const wanted = valuesOf(query, 'statuses', 'status').map((text) => {
    const lower = text.toLowerCase();
    const status = PLACEMENT_STATUSES.find((known) => known === lower);
    return (
      status ?? fail('statuses', `unexpected status ${shown(text)}, must be one of ${PLACEMENT_STATUSES.join(', ')}`)
    );
  });
  const known = wanted.filter((status) => status !== null);
  return known.length === 0 ? null : known;
}
