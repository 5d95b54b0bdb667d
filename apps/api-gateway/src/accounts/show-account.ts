import type { EpochMs } from '#domain';
import type { AccountCommand, EpochMicros, ShownPosition, StoredExternalOrder } from '#persistence';
import { orNull, showD, showTime } from '../orders/show-values.js';

export type View = Readonly<Record<string, unknown>>;

/** What is older than this is shown as stale (venues.md A8). */
export const STALE_AFTER_MS = 30_000;

const timeOf = (at: EpochMs): string => showTime((at * 1000) as EpochMicros);

/** One order of others. Pure. */
export function showExternalOrder(order: StoredExternalOrder): View {
  return {
    symbol: order.symbol,
    exchange_order_id: order.venueOrderId,
    client_order_id: order.clientText,
    side: order.side,
    status: order.status,
    qty: showD(order.orderQty),
    executed_qty: showD(order.cumQty),
    price: orNull(order.price, showD),
    exchange_time: timeOf(order.venueAt),
    first_seen_at: timeOf(order.firstSeenAt),
    updated_at: timeOf(order.updatedAt),
  };
}

/** One position. Pure. @param now ms */
export function showPosition(position: ShownPosition, now: number): View {
  const ageMs = Math.max(0, now - position.updatedAt);
  return {
    symbol: position.symbol,
    side: position.side,
    qty: showD(position.qty),
    entry_price: orNull(position.entryPx, showD),
    mark_price: orNull(position.markPx, showD),
    unrealized_profit: orNull(position.unrealizedPnl, showD),
    leverage: orNull(position.leverage, showD),
    margin_type: position.marginType,
    source: position.source,
    age_ms: Math.round(ageMs),
    is_stale: ageMs > STALE_AFTER_MS,
  };
}

/** A command and what became of it; `outcome` is null until it is carried out. Pure. */
export function showCommand(command: AccountCommand, account: string): View {
  return {
    id: command.id,
    account,
    kind: command.kind,
    symbol: command.symbol === '' ? null : command.symbol,
    argument: command.argument,
    requested_at: timeOf(command.requestedAt),
    outcome: command.outcome,
    text: command.outcomeText,
  };
}
