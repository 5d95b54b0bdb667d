import { ZERO, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import { fault, type Denial } from './denial.js';
import type { GateInput, GateParent } from './gate-input.js';

/**
 * RC-14: executed, working and this child together stay within the parent (I-03). A quote-sized sell is measured at its
 * limit prices: price improvement may pass the amount, a decision may not (algorithms.md 1).
 */
export function checkParentQuantity({ child, siblings }: GateInput, parent: GateParent): Denial | null {
  if (parent.orderQty === null) return null;
  const inTarget = (qty: Quantity, px: Price): Decimal => (parent.sizing === 'base' ? qty : qty.mul(px));
  let total: Decimal = inTarget(child.orderQty, child.price);
  for (const sibling of siblings) {
    if (sibling.sequence === child.sequence) continue;
    total = total.add(parent.sizing === 'base' ? sibling.cumQty : sibling.cumNotional);
    const left = sibling.orderQty.sub(sibling.cumQty);
    if (sibling.open && left.gt(ZERO)) total = total.add(inTarget(left as Quantity, sibling.price));
  }
  if (total.lte(parent.orderQty)) return null;
  const [limit, value] = [parent.orderQty.toFixed(), total.toFixed()];
  return fault(
    'PARENT_QUANTITY_EXCEEDED',
    `executed, working and new must not pass ${limit}, would be ${value}`,
    limit,
    value,
  );
}
