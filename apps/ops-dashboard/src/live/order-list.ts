import type { OrderRow, OrderStatus } from '../api/types.js';

/** Which orders the blotter shows. */
export type OrderFilter = 'working' | 'all' | 'complete' | 'canceled';

/** The statuses behind each filter, as the API takes them; none means every one. */
export const STATUSES_OF: Readonly<Record<OrderFilter, readonly OrderStatus[] | undefined>> = {
  working: ['SCHEDULED', 'ACTIVE', 'PAUSED', 'FINISHER'],
  all: undefined,
  complete: ['COMPLETE'],
  canceled: ['CANCELED'],
};

/** How far back a filter has been listed. */
export interface ListedRange {
  /** `created_at` of the oldest that was listed; null when the list was empty. */
  readonly oldest: string | null;
  readonly hasMore: boolean;
}

/** Every order that this page knows, and how much of each filter that covers. Rows are replaced, never edited. */
export interface OrderList {
  readonly rows: ReadonlyMap<string, OrderRow>;
  readonly listed: Readonly<Partial<Record<OrderFilter, ListedRange>>>;
  /** Rises with each change; tells what has changed since a request was sent. */
  readonly version: number;
  readonly changedAt: ReadonlyMap<string, number>;
}

export const NO_ORDERS: OrderList = { rows: new Map(), listed: {}, version: 0, changedAt: new Map() };

/** Takes in rows of a list or of the stream; a row that is older than the one we have changes nothing. */
export function putRows(list: OrderList, rows: readonly OrderRow[]): OrderList {
  const fresh = rows.filter((row) => {
    const known = list.rows.get(row.id);
    return known === undefined || known.updated_at < row.updated_at || isSameTimeChange(known, row);
  });
  if (fresh.length === 0) return list;
  const version = list.version + 1;
  const next = new Map(list.rows);
  const changedAt = new Map(list.changedAt);
  for (const row of fresh) {
    next.set(row.id, row);
    changedAt.set(row.id, version);
  }
  return { ...list, rows: next, changedAt, version };
}

/** The count of live child orders moves without the order's own time moving. */
function isSameTimeChange(known: OrderRow, row: OrderRow): boolean {
  return known.updated_at === row.updated_at && known.live_child_orders !== row.live_child_orders;
}

/** Takes in one page of a filter: its newest orders, or those before what was listed so far. */
export function putPage(
  list: OrderList,
  filter: OrderFilter,
  page: { readonly orders: readonly OrderRow[]; readonly has_more: boolean },
): OrderList {
  const oldest = page.orders.at(-1)?.created_at ?? null;
  const before = list.listed[filter];
  // The newest page overlaps what was listed: how far back we know then stays as it was.
  const reached = before?.oldest ?? null;
  const isOverlap = before !== undefined && reached !== null && (oldest === null || reached <= oldest);
  const range = isOverlap ? before : { oldest, hasMore: page.has_more };
  return { ...putRows(list, page.orders), listed: { ...list.listed, [filter]: range } };
}

/**
 * Begins anew with the newest page of a filter: what was known is forgotten, except what the stream has told since
 * `sentAtVersion`, the version at which the page was asked for.
 */
export function replaceAll(
  list: OrderList,
  filter: OrderFilter,
  page: { readonly orders: readonly OrderRow[]; readonly has_more: boolean },
  sentAtVersion: number,
): OrderList {
  const kept = [...list.rows.values()].filter((row) => (list.changedAt.get(row.id) ?? 0) > sentAtVersion);
  const empty: OrderList = { rows: new Map(), listed: {}, version: list.version + 1, changedAt: new Map() };
  return putPage(putRows(empty, kept), filter, page);
}

/** What the blotter shows under a filter, newest first, without holes: nothing older than what was listed. */
export function rowsOf(list: OrderList, filter: OrderFilter): OrderRow[] {
  const statuses = STATUSES_OF[filter];
  const range = list.listed[filter];
  const rows = [...list.rows.values()].filter(
    (row) =>
      (statuses === undefined || statuses.includes(row.status)) &&
      (range?.hasMore !== true || range.oldest === null || row.created_at >= range.oldest),
  );
  return rows.sort((a, b) => (a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0));
}
