import { asUuid } from '#domain';
import type { FillRecord, OrderRecord, PlacementRecord } from '#persistence';
import { orNull, ratio, showD, showD2, showTime } from './show-values.js';

type View = Readonly<Record<string, unknown>>;

/** A child order as `placements` show it (order-api.md 4.2); its id is its 128-bit client order id, written as a UUID. */
export function showPlacement(
  child: PlacementRecord,
  fills: readonly FillRecord[],
  order: Pick<OrderRecord, 'id' | 'pair'>,
  account: { readonly name: string; readonly exchange: string } | undefined,
): View {
  return {
    id: asUuid(child.clientOrderId),
    order_id: order.id,
    created_at: showTime(child.createdAt),
    closed_at: orNull(child.closedAt, showTime),
    account_name: account?.name ?? '',
    exchange: account?.exchange ?? '',
    pair: order.pair,
    side: child.side,
    order_type: 'limit',
    time_in_force: child.timeInForce.toUpperCase(),
    price: showD2(child.price),
    qty: showD(child.orderQty),
    executed_qty: showD(child.cumQty),
    average_price: child.cumQty.isZero() ? null : showD2(ratio(child.cumNotional, child.cumQty)),
    status: child.closeReason ?? child.status,
    client_order_id: child.clientOrderId,
    exchange_order_id: child.venueOrderId ?? '',
    reject_reason: rejectReason(child),
    fills: fills.map(showFill),
  };
}

export function showFill(fill: FillRecord): View {
  return {
    id: fill.id,
    trade_id: fill.tradeId,
    timestamp: showTime(fill.tradedAt),
    price: showD2(fill.lastPx),
    qty: showD(fill.lastQty),
    notional: showD2(fill.lastPx.mul(fill.lastQty)),
    fee: showD2(fill.fee),
    fee_token: fill.feeAsset,
    role: fill.role === 'maker' ? 'MAKE' : 'TAKE',
  };
}

function rejectReason(child: PlacementRecord): string {
  if (child.closeReason !== 'rejected' && child.closeReason !== 'denied') return '';
  return child.closeText === '' ? child.closeCode : child.closeText;
}
