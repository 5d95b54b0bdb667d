import { ceilTo, Dec, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import type { Urgency } from './budget.js';
import type { CancelReason, ExecutionChild } from './contract.js';
import type { Draft } from './draft.js';
import type { ClipBounds } from './passive-clip.js';
import { isAmending, toLots } from './position.js';
import { budgetOf, type View } from './view.js';

/**
 * Moves a resting child of the view's account to another price (algorithms.md 4.11): by one amend where the venue
 * offers it, else by a cancel now and a new child once it is closed. `bounds` are those of the child without itself;
 * a child that is worth more at the new price shrinks with the move.
 */
export function moveChild(
  view: View,
  draft: Draft,
  child: ExecutionChild,
  price: Price,
  bounds: Pick<ClipBounds, 'room' | 'rest'>,
  urgency: Urgency = 'normal',
): void {
  const { account, minimum } = view;
  if (account !== null && account.amends === 'move' && mayAmend(child)) {
    const room = toLots(
      Dec.min(bounds.room, bounds.rest),
      view.token.rate(price, account.accountId),
      account.instrument.lot,
    );
    const left = Dec.min(child.orderQty.sub(child.cumQty), room) as Quantity;
    if (left.gte(minimum) && left.mul(price).gte(account.instrument.minNotional))
      return draft.amend(child, price, child.cumQty.add(left) as Quantity);
  }
  draft.cancel(child, 're_peg', urgency);
}

/** What its venue has refused once, it would refuse again. */
const mayAmend = ({ status, amendRefused }: ExecutionChild): boolean => status === 'working' && amendRefused !== true;

/**
 * Makes a resting child smaller by at least `excess` base units, because a cap demands it: by an amend where the venue
 * keeps its place in the queue and enough of it is left, else by a cancel. Answers with the base units that this frees.
 */
export function shrinkChild(
  view: View,
  draft: Draft,
  child: ExecutionChild,
  excess: Decimal,
  reason: CancelReason,
): Decimal {
  const account = view.accounts.get(child.accountId);
  const outlet = view.outlets.find((one) => one.account.accountId === child.accountId);
  const left = child.orderQty.sub(child.cumQty);
  if (account !== undefined && outlet !== undefined && !draft.isLeaving(child)) {
    if (isAmending(child)) {
      // the change under way may be this one; what it gives back counts once it is done
      const after = Dec.max(0, (child.amending?.orderQty ?? child.orderQty).sub(child.cumQty));
      if (left.sub(after).gte(excess)) return left.sub(after);
    } else if (account.amends !== 'none' && mayAmend(child) && budgetOf(account) !== 'none') {
      const smaller = left.sub(ceilTo(excess, account.instrument.lot));
      if (smaller.gte(outlet.minimum)) {
        draft.amend(child, child.price, child.cumQty.add(smaller) as Quantity);
        return left.sub(smaller);
      }
    }
  }
  draft.cancel(child, reason, 'necessary');
  return left;
}
