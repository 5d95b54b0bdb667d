import type { ReactNode } from 'react';
import { Dec, readDecimal } from '../format/decimal.js';
import { showCompact } from '../format/number.js';
import { rowsOf } from '../live/order-list.js';
import { useStore } from '../live/use-store.js';
import { useDesk } from '../session/desk-context.js';

/** Sums over the orders that work now. */
export function StatusBar(): ReactNode {
  const list = useStore(useDesk().orders);
  const working = rowsOf(list, 'working');
  const sum = (side: string): string =>
    showCompact(
      working
        .filter((row) => row.side === side)
        .reduce((total, row) => total.add(readDecimal(row.executed_notional) ?? 0), new Dec(0)),
    );
  const children = working.reduce((total, row) => total + row.live_child_orders, 0);
  return (
    <footer className="status-bar num">
      <span>
        Working <b>{working.length}</b>
      </span>
      <span>
        Children live <b>{children}</b>
      </span>
      <span>
        Bought <b className="buy">{sum('buy')}</b>
      </span>
      <span>
        Sold <b className="sell">{sum('sell')}</b>
      </span>
      <span className="keys" aria-hidden="true">
        <kbd>/</kbd> search <kbd>↑↓</kbd> rows <kbd>Enter</kbd> open <kbd>X</kbd> cancel <kbd>N</kbd> new order
      </span>
    </footer>
  );
}
