import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { OrderCharts } from '../chart/order-charts.js';
import { useStore } from '../live/use-store.js';
import { BLOTTER } from '../router.js';
import { useDesk } from '../session/desk-context.js';
import { CancelDialog } from '../shell/cancel-dialog.js';
import { KeyFigures } from './key-figures.js';
import { Messages } from './messages.js';
import { endedAt } from './order-figures.js';
import { OrderHeader } from './order-header.js';
import { PlacementsTable } from './placements-table.js';
import { useOrder } from './use-order.js';

/** Everything about one order, live. */
export function OrderPage({ id }: { readonly id: string }): ReactNode {
  const desk = useDesk();
  const { order, plan, problem } = useOrder(id);
  const now = useStore(desk.now);
  const instruments = useStore(desk.instruments);
  const [isAsking, setAsking] = useState(false);
  const instrument = instruments.find((found) => found.pair === order?.pair);
  const end = useMemo(() => (order === null ? null : endedAt(order)), [order]);
  const title = order === null ? 'Order' : `${order.side} ${order.pair} ${order.pct_filled} %`;

  useEffect(() => {
    document.title = `${title} · Tranche`;
  }, [title]);

  if (order === null) {
    return (
      <section className="order-page empty">
        <p role="status">{problem ?? 'Loading the order'}</p>
        <a href={BLOTTER}>All orders</a>
      </section>
    );
  }
  return (
    <section className="order-page" aria-label={`Order ${order.id}`} data-order={order.id} data-status={order.status}>
      <OrderHeader
        order={order}
        now={now}
        instrument={instrument}
        onCancel={() => {
          setAsking(true);
        }}
      />
      <KeyFigures order={order} plan={plan} now={now} instrument={instrument} />
      <div className="order-body">
        <OrderCharts order={order} plan={plan} instrument={instrument} now={end ?? now} end={end} />
        <div className="order-side">
          <PlacementsTable order={order} instrument={instrument} />
          <Messages messages={order.messages} warnings={order.warnings} />
        </div>
      </div>
      {isAsking && (
        <CancelDialog
          order={order}
          onClose={() => {
            setAsking(false);
          }}
        />
      )}
    </section>
  );
}
