import { remainderOf, type Outlet, type View } from './view.js';

/**
 * True when what is left is dust (algorithms.md 1): `tried` are the accounts that turned out to be unable to take it now,
 * and it is below the minimum child of every other one, whatever keeps that one back at this moment.
 */
export function isDust(view: View, tried: readonly Outlet[]): boolean {
  const isTried = new Set(tried.map(({ account }) => account.accountId));
  const { outlets, position, parent } = view;
  return (
    position.open.length === 0 &&
    outlets.length >= parent.accounts.length &&
    outlets.every((outlet) => isTried.has(outlet.account.accountId) || isTooMuchFor(view, outlet))
  );
}

/** True for an account whose minimum child is more than what is left of the order. */
export const isTooMuchFor = (view: View, { minimumValue }: Outlet): boolean => remainderOf(view).lt(minimumValue);
