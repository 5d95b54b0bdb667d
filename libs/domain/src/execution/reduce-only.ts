import { floorTo, ZERO, ZERO_QUANTITY, type Decimal, type Quantity } from '../numeric/decimal.js';
import type { CompletionReason } from '../parent-order/parent-order.js';
import type { AccountMarket } from './contract.js';
import type { View } from './view.js';

/**
 * How much of the account's position a reduce-only order may still close with a new child (algorithms.md 4.8):
 * the position that its side reduces, less what other children may close already. Null for other orders; zero
 * while the position is not known.
 */
export function reducible(view: View, account: AccountMarket): Quantity | null {
  if (!view.parent.params.reduceOnly) return null;
  const size = positionToClose(view, account);
  if (size === null) return ZERO_QUANTITY;
  let left = size.sub(account.otherReducing);
  for (const { child } of view.position.open)
    if (child.accountId === account.accountId) left = left.sub(child.orderQty).add(child.cumQty);
  return left.lte(ZERO) ? ZERO_QUANTITY : floorTo(left as Quantity, account.instrument.lot);
}

/** The position that the order's side reduces, zero when it is flat or of the other sign; null while unknown. */
function positionToClose(view: View, { position }: AccountMarket): Decimal | null {
  if (position === null) return null;
  const size = view.parent.side === 'sell' ? position : position.neg();
  return size.isNegative() ? ZERO : size;
}

/**
 * Why a reduce-only order ends that has nothing left to reduce on any account: `position_closed`, or `dust` when what
 * is left of the positions is below every minimum child and nothing works on it; null while it goes on.
 */
export function endWithoutPosition(view: View): Extract<CompletionReason, 'position_closed' | 'dust'> | null {
  if (!view.parent.params.reduceOnly || view.outlets.length === 0) return null;
  let isDust = view.position.open.length === 0;
  let isClosed = true;
  for (const { account, minimum } of view.outlets) {
    const size = positionToClose(view, account);
    if (size === null) return null;
    if (!size.isZero()) isClosed = false;
    if (size.gte(minimum)) isDust = false;
  }
  if (isClosed) return 'position_closed';
  return isDust ? 'dust' : null;
}
