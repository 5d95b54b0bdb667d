import type { OrderRow } from '../api/types.js';
import { Dec, readDecimal } from '../format/decimal.js';

export type SortColumn =
  | 'created'
  | 'status'
  | 'side'
  | 'pair'
  | 'qty'
  | 'filled'
  | 'price'
  | 'notional'
  | 'fee'
  | 'strategy'
  | 'time'
  | 'live'
  | 'reason';

export interface Sorting {
  readonly column: SortColumn;
  readonly isDescending: boolean;
}

export const NEWEST_FIRST: Sorting = { column: 'created', isDescending: true };

/** What needs attention comes first. */
const STATUS_ORDER = ['FINISHER', 'ACTIVE', 'PAUSED', 'SCHEDULED', 'CANCELED', 'COMPLETE'];

type Compare = (a: OrderRow, b: OrderRow) => number;

const byText =
  (read: (row: OrderRow) => string): Compare =>
  (a, b) =>
    read(a) < read(b) ? -1 : read(a) > read(b) ? 1 : 0;
const byNumber =
  (read: (row: OrderRow) => string | null): Compare =>
  (a, b) =>
    (readDecimal(read(a)) ?? new Dec(-1)).cmp(readDecimal(read(b)) ?? new Dec(-1));

const COMPARE: Readonly<Record<SortColumn, Compare>> = {
  created: byText((row) => row.created_at),
  status: (a, b) => STATUS_ORDER.indexOf(a.status) - STATUS_ORDER.indexOf(b.status),
  side: byText((row) => row.side),
  pair: byText((row) => row.pair),
  qty: byNumber((row) => row.target_order_qty),
  filled: byNumber((row) => row.pct_filled),
  price: byNumber((row) => row.average_executed_price),
  notional: byNumber((row) => row.executed_notional),
  fee: byNumber((row) => row.total_fee),
  strategy: byText((row) => row.strategy),
  // Open orders by when they end; what has no end comes last.
  time: byText((row) => row.time_end ?? '9999'),
  live: (a, b) => a.live_child_orders - b.live_child_orders,
  reason: byText(reasonOf),
};

/** Why an order ended, or nothing. */
export function reasonOf(row: { readonly failure_reason: string; readonly completion_reason: string | null }): string {
  return row.failure_reason === '' ? (row.completion_reason ?? '') : row.failure_reason;
}

/** Equal rows stay newest first, whatever the direction. */
export function sortRows(rows: readonly OrderRow[], { column, isDescending }: Sorting): OrderRow[] {
  const compare = COMPARE[column];
  return [...rows].sort(
    (a, b) => (isDescending ? compare(b, a) : compare(a, b)) || COMPARE.created(b, a) || (a.id < b.id ? -1 : 1),
  );
}

/** The next click on a heading: numbers and times begin with the largest, words with A. */
export function nextSorting(now: Sorting, column: SortColumn): Sorting {
  if (now.column === column) return { column, isDescending: !now.isDescending };
  return { column, isDescending: !['status', 'side', 'pair', 'strategy', 'time', 'reason'].includes(column) };
}

/** Rows in which each word of the search is found: pair, ids, notes, accounts, side, strategy, status, reason. */
export function searchRows(rows: readonly OrderRow[], search: string): readonly OrderRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = [row.pair, row.id, row.custom_order_id, row.notes, ...row.account_names, row.side, row.strategy]
      .concat(row.status, reasonOf(row))
      .join('\n')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
