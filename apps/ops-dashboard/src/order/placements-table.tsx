import { memo, useState, type ReactNode } from 'react';
import type { FullOrder, Instrument, Placement } from '../api/types.js';
import { decimalsOf, showExact, showFixed } from '../format/number.js';
import { readTime, showClock, showClockMs, showSpan } from '../format/time.js';

const SHOWN_AT_FIRST = 100;

/** Child orders, newest first; each opens to its fills. */
export function PlacementsTable({
  order,
  instrument,
}: {
  readonly order: FullOrder;
  readonly instrument: Instrument | undefined;
}): ReactNode {
  const [shown, setShown] = useState(SHOWN_AT_FIRST);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const children = [...order.placements].sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
  const toggle = (id: string): void => {
    setOpen((last) => (last.has(id) ? new Set([...last].filter((other) => other !== id)) : new Set([...last, id])));
  };
  return (
    <section className="panel children" aria-label="Child orders">
      <h2>
        Child orders{' '}
        <span className="num">
          {children.length}
          {order.placements_truncated ? ' newest' : ''}
        </span>
      </h2>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Child orders, scrolls">
        <table className="grid small">
          <thead>
            <tr>
              <th scope="col">Sent</th>
              <th scope="col">Type</th>
              <th scope="col" className="right">
                Price
              </th>
              <th scope="col" className="right">
                Qty
              </th>
              <th scope="col" className="right">
                Filled
              </th>
              <th scope="col" className="right">
                Life
              </th>
              <th scope="col">Status</th>
            </tr>
          </thead>
          <tbody>
            {children.slice(0, shown).map((child) => (
              <ChildRows
                key={child.id}
                child={child}
                lot={decimalsOf(instrument?.lot)}
                tick={decimalsOf(instrument?.tick)}
                isOpen={open.has(child.id)}
                onToggle={toggle}
              />
            ))}
          </tbody>
        </table>
        {children.length === 0 && <p className="empty">Nothing was sent yet.</p>}
        {children.length > shown && (
          <button
            className="button older"
            type="button"
            onClick={() => {
              setShown(shown + 500);
            }}
          >
            Show older
          </button>
        )}
      </div>
    </section>
  );
}

interface RowProps {
  readonly child: Placement;
  readonly lot: number | null;
  readonly tick: number | null;
  readonly isOpen: boolean;
  readonly onToggle: (id: string) => void;
}

const ChildRows = memo(function ChildRows({ child, lot, tick, isOpen, onToggle }: RowProps): ReactNode {
  const sent = readTime(child.created_at);
  const closed = readTime(child.closed_at);
  const qty = (value: string): string => (lot === null ? showExact(value) : showFixed(value, lot));
  const px = (value: string | null): string => (tick === null ? showExact(value, 2) : showFixed(value, tick));
  return (
    <>
      <tr
        className="child"
        data-child={child.id}
        data-open={isOpen}
        onClick={() => {
          onToggle(child.id);
        }}
      >
        <td className="num">
          <button
            type="button"
            className="expand"
            aria-expanded={isOpen}
            aria-label={`Fills of the child order of ${sent === null ? '' : showClock(sent)}`}
            onClick={(event) => {
              event.stopPropagation();
              onToggle(child.id);
            }}
          >
            {isOpen ? '▾' : '▸'}
          </button>
          {sent === null ? '' : showClock(sent)}
        </td>
        <td title={child.time_in_force}>{typeOf(child)}</td>
        <td className="num right">{px(child.price)}</td>
        <td className="num right">{qty(child.qty)}</td>
        <td className="num right">{qty(child.executed_qty)}</td>
        <td className="num right">{sent === null || closed === null ? '' : lifeText(closed - sent)}</td>
        <td>
          <span
            className="child-status"
            data-status={child.status}
            data-routine={child.time_in_force === 'GTX'}
            title={child.reject_reason}
          >
            {child.status}
          </span>
        </td>
      </tr>
      {isOpen && (
        <tr className="fills">
          <td colSpan={7}>
            <ul className="num">
              {child.fills.map((fill) => (
                <li key={fill.id} data-fill={fill.id}>
                  <span>{showClockMs(readTime(fill.timestamp) ?? 0)}</span>
                  <span className={fill.role === 'MAKE' ? 'maker' : 'taker'}>
                    {fill.role === 'MAKE' ? 'maker' : 'taker'}
                  </span>
                  <span>
                    {qty(fill.qty)} @ {px(fill.price)}
                  </span>
                  <span className="unit">
                    fee {showExact(fill.fee)} {fill.fee_token}
                  </span>
                </li>
              ))}
              {child.fills.length === 0 && <li>No fills.</li>}
              {child.reject_reason !== '' && <li className="bad">{child.reject_reason}</li>}
              <li className="unit">
                {child.account_name} on {child.exchange} · client id {child.client_order_id} · venue id{' '}
                {child.exchange_order_id || 'none'}
              </li>
            </ul>
          </td>
        </tr>
      )}
    </>
  );
});

function typeOf(child: Placement): string {
  if (child.time_in_force === 'GTX') return 'Post only';
  return child.time_in_force === 'IOC' || child.time_in_force === 'FOK' ? `Take ${child.time_in_force}` : 'Limit';
}

function lifeText(ms: number): string {
  return ms < 10_000 ? `${(Math.max(0, ms) / 1000).toFixed(2)} s` : showSpan(ms);
}
