import type { OrderView, PlaceRequest } from './ports.js';

/** Whether what a reply shows can be the order that was sent; a reply that shows nothing can be of any. */
export function canBe(view: OrderView | null, sent: PlaceRequest): boolean {
  if (view === null) return true;
  return (
    view.symbol === sent.symbol &&
    view.side === sent.side &&
    view.orderQty.eq(sent.orderQty) &&
    (view.price === null || view.price.eq(sent.price))
  );
}
