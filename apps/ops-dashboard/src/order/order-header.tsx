import type { ReactNode } from 'react';
import type { FullOrder, Instrument } from '../api/types.js';
import { FilledBar } from '../blotter/filled-bar.js';
import { reasonOf } from '../blotter/sort-rows.js';
import { decimalsOf, showExact, showFixed } from '../format/number.js';
import { readTime, showDayClock, showSpan } from '../format/time.js';
import { BLOTTER } from '../router.js';

interface Props {
  readonly order: FullOrder;
  readonly now: number;
  readonly instrument: Instrument | undefined;
  readonly onCancel: () => void;
}

/** What the order is, how far it is, and the way out. */
export function OrderHeader({ order, now, instrument, onCancel }: Props): ReactNode {
  const lot = order.target_token === order.buy_token ? decimalsOf(instrument?.lot) : 2;
  const qty = lot === null ? showExact(order.target_order_qty) : showFixed(order.target_order_qty, lot);
  return (
    <div className="order-header">
      <a className="back" href={BLOTTER} aria-label="Back to all orders">
        ← Orders
      </a>
      <h1 className="num">
        <span className={order.side}>{order.side.toUpperCase()}</span> {qty} {order.target_token}{' '}
        <span className="of">of</span> {order.pair}
      </h1>
      <span className="status" data-status={order.status} data-testid="order-status">
        {order.status}
      </span>
      <span className="reason">{reasonOf(order).replaceAll('_', ' ')}</span>
      <span className="order-progress num">
        <FilledBar percent={order.pct_filled} side={order.side} />
      </span>
      <span className="num window">{windowText(order, now)}</span>
      <span className="num order-id" title="Order id">
        {order.id}
      </span>
      {order.active && (
        <button className="button danger" type="button" onClick={onCancel}>
          Cancel order
        </button>
      )}
    </div>
  );
}

function windowText(order: FullOrder, now: number): string {
  const start = readTime(order.time_start);
  const end = readTime(order.time_end);
  if (start === null) return '';
  const window = `${showDayClock(start, now)} – ${end === null ? 'open' : showDayClock(end, now)}`;
  if (!order.active || now < start) return window;
  if (end === null) return `${window} · ${showSpan(now - start)}`;
  return `${window} · ${showSpan(now - start)} / ${now > end ? `+${showSpan(now - end)}` : showSpan(end - now)}`;
}
