import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { OrderRow } from '../api/types.js';
import { rowsOf, type OrderFilter } from '../live/order-list.js';
import { useStore } from '../live/use-store.js';
import { goTo, orderPath } from '../router.js';
import { useDesk } from '../session/desk-context.js';
import { CancelDialog } from '../shell/cancel-dialog.js';
import { BlotterRow } from './blotter-row.js';
import { rowWindow } from './row-window.js';
import { NEWEST_FIRST, nextSorting, searchRows, sortRows, type SortColumn } from './sort-rows.js';

const FILTERS: readonly (readonly [OrderFilter, string])[] = [
  ['all', 'All'],
  ['working', 'Working'],
  ['complete', 'Complete'],
  ['canceled', 'Canceled'],
];

export const COLUMNS: readonly {
  readonly id: SortColumn;
  readonly label: string;
  readonly isNumber: boolean;
  readonly title: string;
}[] = [
  { id: 'created', label: 'Created', isNumber: false, title: 'When the order came in (UTC)' },
  { id: 'status', label: 'Status', isNumber: false, title: 'Status' },
  { id: 'side', label: 'Side', isNumber: false, title: 'Side' },
  { id: 'pair', label: 'Pair', isNumber: false, title: 'Pair' },
  { id: 'qty', label: 'Quantity', isNumber: true, title: 'Ordered quantity, in the token that the order was sized in' },
  { id: 'filled', label: 'Filled', isNumber: true, title: 'Share that is filled, in percent' },
  { id: 'price', label: 'Avg price', isNumber: true, title: 'Average price of the fills' },
  { id: 'notional', label: 'Notional', isNumber: true, title: 'Executed notional, in quote' },
  { id: 'fee', label: 'Fees', isNumber: true, title: 'Fees, in quote' },
  { id: 'strategy', label: 'Strategy', isNumber: false, title: 'Strategy' },
  { id: 'time', label: 'Elapsed / left', isNumber: true, title: 'Time since the start / until the planned end' },
  { id: 'live', label: 'Live', isNumber: true, title: 'Child orders that are live at the venue' },
  { id: 'reason', label: 'Reason', isNumber: false, title: 'Why the order ended' },
];

export const ROW_HEIGHT = 26;

export function Blotter(): ReactNode {
  const desk = useDesk();
  const list = useStore(desk.orders);
  const filter = useStore(desk.filter);
  const instruments = useStore(desk.instruments);
  const [search, setSearch] = useState('');
  const [sorting, setSorting] = useState(NEWEST_FIRST);
  const [toCancel, setToCancel] = useState<OrderRow | null>(null);
  const searchBox = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ scrolled: 0, height: 800 });

  const rows = useMemo(
    () => sortRows(searchRows(rowsOf(list, filter), search), sorting),
    [list, filter, search, sorting],
  );
  const byPair = useMemo(() => new Map(instruments.map((found) => [found.pair, found])), [instruments]);
  const range = list.listed[filter];
  const shown = rowWindow(rows.length, ROW_HEIGHT, view.scrolled, view.height);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const measure = (): void => {
      setView({ scrolled: element.scrollTop, height: element.clientHeight });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);

  useEffect(() => {
    document.title = 'Orders · Tranche';
    const onKey = (event: globalThis.KeyboardEvent): void => {
      if (event.key !== '/' || (event.target instanceof HTMLElement && event.target.closest('input, textarea, select')))
        return;
      event.preventDefault();
      searchBox.current?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, []);

  const askCancel = useCallback((row: OrderRow) => {
    setToCancel(row);
  }, []);

  return (
    <section className="blotter" aria-label="Orders">
      <div className="toolbar">
        <h1 className="visually-hidden">Orders</h1>
        <div className="tabs" role="group" aria-label="Status">
          {FILTERS.map(([id, label]) => (
            <button
              key={id}
              type="button"
              className="tab"
              aria-pressed={filter === id}
              onClick={() => {
                desk.choose(id);
              }}
            >
              {label}
            </button>
          ))}
        </div>
        <input
          ref={searchBox}
          className="search"
          type="search"
          placeholder="Search pair, id, notes, account"
          aria-label="Search orders"
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
          }}
        />
        <span className="num count" aria-live="polite">
          {rows.length}
          {range?.hasMore === true ? '+' : ''} {rows.length === 1 ? 'order' : 'orders'}
        </span>
      </div>
      {/* Scrolls by keyboard through the links of its rows. */}
      <div className="table-scroll" ref={scroller}>
        <table className="grid" aria-rowcount={rows.length + 1} onKeyDown={moveBetweenRows}>
          <thead>
            <tr>
              {COLUMNS.map(({ id, label, isNumber, title }) => (
                <th
                  key={id}
                  scope="col"
                  className={`c-${id}${isNumber ? ' right' : ''}`}
                  aria-sort={sorting.column !== id ? 'none' : sorting.isDescending ? 'descending' : 'ascending'}
                >
                  <button
                    type="button"
                    title={title}
                    onClick={() => {
                      setSorting(nextSorting(sorting, id));
                    }}
                  >
                    {label}
                    <span className="sort-mark" aria-hidden="true">
                      {sorting.column !== id ? '' : sorting.isDescending ? '▾' : '▴'}
                    </span>
                  </button>
                </th>
              ))}
              <th scope="col" className="c-actions">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            <Space height={shown.spaceAbove} />
            {rows.slice(shown.first, shown.end).map((row, index) => (
              <BlotterRow
                key={row.id}
                row={row}
                rowIndex={shown.first + index + 2}
                instrument={byPair.get(row.pair)}
                onCancel={askCancel}
              />
            ))}
            <Space height={shown.spaceBelow} />
          </tbody>
        </table>
        {rows.length === 0 && (
          <p className="empty">
            {range === undefined ? 'Loading orders' : search === '' ? 'No orders here.' : 'No order matches.'}
          </p>
        )}
        {range?.hasMore === true && (
          <button className="button older" type="button" onClick={() => void desk.loadOlder()}>
            Load older orders
          </button>
        )}
      </div>
      {toCancel !== null && (
        <CancelDialog
          order={list.rows.get(toCancel.id) ?? toCancel}
          onClose={() => {
            setToCancel(null);
          }}
        />
      )}
    </section>
  );
}

function Space({ height }: { readonly height: number }): ReactNode {
  return height === 0 ? null : (
    <tr aria-hidden="true" style={{ height }}>
      <td colSpan={COLUMNS.length + 1} />
    </tr>
  );
}

/** Arrows move between rows, X asks to cancel; Enter is the link's own. */
function moveBetweenRows(event: KeyboardEvent<HTMLTableElement>): void {
  const row = event.target instanceof HTMLElement ? event.target.closest('tbody tr') : null;
  if (row === null || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' } as const;
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    const link = row[step[event.key]]?.querySelector<HTMLElement>('a');
    if (!link) return;
    event.preventDefault();
    link.focus();
  } else if (event.key === 'x') {
    row.querySelector<HTMLElement>('.cancel')?.click();
  } else if (event.key === 'Enter' && event.target instanceof HTMLTableRowElement) {
    const id = row.getAttribute('data-order');
    if (id !== null) goTo(orderPath(id));
  }
}
