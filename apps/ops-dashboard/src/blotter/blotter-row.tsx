import { memo, type MouseEvent, type ReactNode } from 'react';
import type { Instrument, OrderRow } from '../api/types.js';
import { decimalsOf, NONE, showExact, showFixed } from '../format/number.js';
import { readTime, showDayClock, showSpan } from '../format/time.js';
import { useStore } from '../live/use-store.js';
import { goTo, orderPath } from '../router.js';
import { useDesk } from '../session/desk-context.js';
import { FilledBar } from './filled-bar.js';
import { reasonOf } from './sort-rows.js';

interface Props {
  readonly row: OrderRow;
  readonly rowIndex: number;
  readonly instrument: Instrument | undefined;
  readonly onCancel: (row: OrderRow) => void;
}

/** One order. Rendered again only when its row is another one; the clock cells tick by themselves. */
export const BlotterRow = memo(function BlotterRow({ row, rowIndex, instrument, onCancel }: Props): ReactNode {
  const isBase = row.target_token === row.buy_token;
  const lot = isBase ? decimalsOf(instrument?.lot) : 2;
  const tick = decimalsOf(instrument?.tick);
  const open = (event: MouseEvent): void => {
    if (event.target instanceof HTMLElement && event.target.closest('a, button')) return;
    if (window.getSelection()?.isCollapsed === false) return;
    goTo(orderPath(row.id));
  };
  return (
    <tr data-order={row.id} data-status={row.status} aria-rowindex={rowIndex} onClick={open}>
      <td className="c-created num">
        <Created at={row.created_at} />
      </td>
      <td className="c-status">
        <span className="status" data-status={row.status}>
          {row.status}
        </span>
      </td>
      <td className={`c-side ${row.side}`}>{row.side.toUpperCase()}</td>
      <td className="c-pair">
        <a href={orderPath(row.id)} title={row.notes === '' ? row.id : row.notes}>
          {row.pair}
        </a>
      </td>
      <td className="c-qty num right">
        {lot === null ? showExact(row.target_order_qty) : showFixed(row.target_order_qty, lot)}{' '}
        <span className="unit">{row.target_token}</span>
      </td>
      <td className="c-filled num right">
        <FilledBar percent={row.pct_filled} side={row.side} />
      </td>
      <td className="c-price num right" title={row.average_executed_price ?? undefined}>
        {tick === null ? showExact(row.average_executed_price, 2) : showFixed(row.average_executed_price, tick)}
      </td>
      <td className="c-notional num right">{showFixed(row.executed_notional, 2)}</td>
      <td className="c-fee num right">{showFixed(row.total_fee, 2)}</td>
      <td className="c-strategy">{row.strategy}</td>
      <td className="c-time num right">
        <Clocks row={row} />
      </td>
      <td className="c-live num right" data-none={row.live_child_orders === 0}>
        {row.live_child_orders}
      </td>
      <td className="c-reason" title={reasonOf(row)}>
        {reasonOf(row).replaceAll('_', ' ')}
      </td>
      <td className="c-actions">
        {row.active && (
          <button
            type="button"
            className="cancel"
            aria-label={`Cancel ${row.side} ${row.pair}`}
            onClick={() => {
              onCancel(row);
            }}
          >
            Cancel
          </button>
        )}
      </td>
    </tr>
  );
});

function Created({ at }: { readonly at: string }): ReactNode {
  const desk = useDesk();
  const time = readTime(at);
  return <time dateTime={at}>{time === null ? NONE : showDayClock(time, desk.time())}</time>;
}

/** Elapsed and left while it works, how long it was planned for afterwards. */
function Clocks({ row }: { readonly row: OrderRow }): ReactNode {
  return row.active ? <TickingClocks row={row} /> : row.duration === null ? NONE : showSpan(row.duration * 1000);
}

function TickingClocks({ row }: { readonly row: OrderRow }): ReactNode {
  const now = useStore(useDesk().now);
  const start = readTime(row.time_start);
  const end = readTime(row.time_end);
  if (start === null) return NONE;
  if (now < start) return `in ${showSpan(start - now)}`;
  const elapsed = showSpan(now - start);
  if (end === null) return elapsed;
  return (
    <>
      {elapsed}
      <span className="unit"> / </span>
      {now > end ? <span className="warn">+{showSpan(now - end)}</span> : showSpan(end - now)}
    </>
  );
}
