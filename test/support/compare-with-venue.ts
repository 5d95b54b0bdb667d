import { deriveClientOrderId, type ParentOrderId } from '#domain';
import type { TrancheProcess } from './tranche-process.js';

interface VenueOrder {
  readonly clientOrderId: string;
  readonly orderId: number;
  readonly status: string;
  readonly executedQty: string;
}
interface VenueFill {
  readonly clientOrderId: string;
  readonly id: number;
  readonly orderId: number;
  readonly price: string;
  readonly qty: string;
}
interface Placement {
  readonly client_order_id: string;
  readonly status: string;
  readonly executed_qty: string;
  readonly qty: string;
  readonly exchange_order_id: string | null;
  readonly fills: readonly { readonly trade_id: string; readonly price: string; readonly qty: string }[];
}

/** What the comparison found; `differences` must be empty. */
export interface Comparison {
  readonly children: number;
  readonly fills: number;
  readonly differences: readonly string[];
}

const OPEN_AT_VENUE = ['NEW', 'PARTIALLY_FILLED'];

/**
 * Compares what we report of orders with the exchange's own journal, row by row: no child lost, none doubled, every fill
 * booked once, nothing left working.
 */
export async function compareWithVenue(system: TrancheProcess, orderIds: readonly string[]): Promise<Comparison> {
  const ledger = (await system.control('GET', 'ledger?account=mock')) as { orders: VenueOrder[]; fills: VenueFill[] };
  const differences: string[] = [];
  let children = 0;
  let fills = 0;
  for (const id of orderIds) {
    const order = (await system.order(id)) as { placements: Placement[]; placements_truncated: boolean };
    if (order.placements_truncated) differences.push(`${id}: placements truncated`);
    children += order.placements.length;
    const ours = new Map(order.placements.map((p) => [p.client_order_id, p]));
    const issued = new Set(
      Array.from({ length: 2_000 }, (_, n) => deriveClientOrderId(id as ParentOrderId, n) as string),
    );
    const theirs = ledger.orders.filter((o) => issued.has(o.clientOrderId));
    for (const venueOrder of theirs) {
      const placement = ours.get(venueOrder.clientOrderId);
      if (placement === undefined) differences.push(`${venueOrder.clientOrderId}: at the venue, unknown to us`);
      else if (placement.exchange_order_id !== String(venueOrder.orderId))
        differences.push(
          `${venueOrder.clientOrderId}: venue order ${venueOrder.orderId}, ours ${placement.exchange_order_id ?? 'none'}`,
        );
      if (OPEN_AT_VENUE.includes(venueOrder.status))
        differences.push(`${venueOrder.clientOrderId}: still open at the venue`);
    }
    const counted = new Map<string, number>();
    for (const { clientOrderId } of theirs) counted.set(clientOrderId, (counted.get(clientOrderId) ?? 0) + 1);
    for (const [clientOrderId, count] of counted)
      if (count > 1) differences.push(`${clientOrderId}: sent ${count} times`);
    const venueFills = ledger.fills
      .filter((f) => issued.has(f.clientOrderId))
      .map((f) => nameOf(f.clientOrderId, f.id, f.price, f.qty));
    const ourFills = order.placements.flatMap((p) =>
      p.fills.map((f) => nameOf(p.client_order_id, f.trade_id, f.price, f.qty)),
    );
    fills += venueFills.length;
    for (const missing of minus(venueFills, ourFills)) differences.push(`fill ${missing}: at the venue, not booked`);
    for (const extra of minus(ourFills, venueFills)) differences.push(`fill ${extra}: booked, not at the venue`);
  }
  return { children, fills, differences };
}

function nameOf(clientOrderId: string, trade: string | number, price: string, qty: string): string {
  return `${clientOrderId}/${trade} ${Number(qty)}@${Number(price)}`;
}

/** What of `a` is not in `b`, counted: a fill booked twice stands out. */
function minus(a: readonly string[], b: readonly string[]): string[] {
  const left = [...b];
  return a.filter((item) => {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
