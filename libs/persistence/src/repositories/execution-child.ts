import { epochMs, notional, price, quantity, type AccountId, type EpochMs, type ExecutionChild } from '#domain';
import type { ChildOrderColumns } from './child-order-row.js';

const at = (value: Date | null): EpochMs | null => (value === null ? null : epochMs(value.getTime()));

const COLUMNS = [
  'sequence',
  'account_id',
  'purpose',
  'time_in_force',
  'price',
  'order_qty',
  'cum_qty',
  'cum_notional',
  'status',
  'close_reason',
  'close_code',
  'cancel_requested_at',
  'created_at',
  'closed_at',
  'reduce_only',
  'amend_qty',
  'amend_price',
  'amended_at',
  'amend_refused',
] as const satisfies readonly (keyof ChildOrderColumns)[];

/** The columns that {@link toExecutionChild} reads. */
export const EXECUTION_CHILD_COLUMNS = COLUMNS.join(', ');

export type ExecutionChildColumns = Pick<ChildOrderColumns, (typeof COLUMNS)[number]>;

/** A child order as the engine wants it. */
export function toExecutionChild(child: ExecutionChildColumns): ExecutionChild {
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
    amendRefused: child.amend_refused,
  };
}
