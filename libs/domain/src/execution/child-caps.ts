import { floorTo, ZERO, ZERO_QUANTITY, type Price, type Quantity } from '../numeric/decimal.js';
import type { HoldReason } from './contract.js';
import { exposureLots } from './exposure-lots.js';
import { lacksBalance } from './outlets.js';
import { reducible } from './reduce-only.js';
import type { Outlet, View } from './view.js';
import { volumeLots } from './volume-cap.js';

/** The most that a new child may be, in base units, and what to say where that is too little. */
export interface ChildCap {
  readonly most: Quantity;
  readonly reason: HoldReason;
}

/**
 * The tightest cap on a new child on this account that comes from outside the plan: the position that a reduce-only
 * order may still close, the room of a multi order's leg, what others traded, and what the account can pay; null without any. Where no
 * account is known to have balance, the venue is left to judge.
 */
export function childCap(view: View, outlet: Outlet, price: Price): ChildCap | null {
  const { lot } = outlet.account.instrument;
  const judgesBalance = view.outlets.length > 1 && view.outlets.some((one) => !lacksBalance(view, one));
  const caps: readonly (readonly [Quantity | null, HoldReason])[] = [
    [reducible(view, outlet.account), 'REDUCE_ONLY'],
    [exposureLots(view, lot, view.added.neg()), 'EXPOSURE'],
    [volumeLots(view, lot), 'POV_LIMITED'],
    [judgesBalance ? affordable(view, outlet, price) : null, 'NO_BALANCE'],
  ];
  let tightest: ChildCap | null = null;
  for (const [most, reason] of caps)
    if (most !== null && (tightest === null || most.lt(tightest.most))) tightest = { most, reason };
  return tightest;
}

/** What the free balance of a spot account pays for; null where that is not known. */
function affordable(view: View, { account }: Outlet, price: Price): Quantity | null {
  const { freeBalance, instrument } = account;
  if (freeBalance === null || instrument.marketType !== 'spot') return null;
  if (freeBalance.lte(ZERO)) return ZERO_QUANTITY;
  return floorTo((view.parent.side === 'sell' ? freeBalance : freeBalance.div(price)) as Quantity, instrument.lot);
}
