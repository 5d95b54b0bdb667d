import { epochMs, notional, price, quantity, type AccountId, type EpochMs, type ExecutionChild } from '#domain';
import type { ChildOrderColumns } from './child-order-row.js';

const at = (value: Date | null): EpochMs | null => (value === null ? null : epochMs(value.getTime()));

/** A child order as the engine wants it. */
export function toExecutionChild(child: ChildOrderColumns): ExecutionChild {
  return {
    sequence: child.sequence,
    accountId: child.account_id as AccountId,
    purpose: child.purpose,
    timeInForce: child.time_in_force,
    price: price(child.price),
    orderQty: quantity(child.order_qty),
    cumQty: quantity(child.cum_qty),
    cumNotional: notional(child.cum_notional),
    status: child.status,
    closeReason: child.close_reason,
    closeCode: child.close_code,
    cancelRequestedAt: at(child.cancel_requested_at),
    createdAt: epochMs(child.created_at.getTime()),
    closedAt: at(child.closed_at),
    reduceOnly: child.reduce_only,
    amending:
      child.amend_qty === null || child.amend_price === null
        ? null
        : { price: price(child.amend_price), orderQty: quantity(child.amend_qty) },
    amendedAt: at(child.amended_at),
  };
}
