import type { Side } from '../instrument/instrument.js';
import type { Quantity } from '../numeric/decimal.js';
import type { AccountMarket, BookLevel, ExecutionChild } from './contract.js';
import { rests, type OpenChild } from './position.js';

/**
 * The account's market without the order's own children on its side of the book, so that nothing is priced on
 * itself. A level that shows less than we have there does not show us yet and stays as it is.
 */
export function withoutOwnOrders(
  side: Side,
  account: AccountMarket,
  accounts: readonly AccountMarket[],
  open: readonly OpenChild[],
): AccountMarket {
  const ours = open.filter(({ child }) => isShown(child, account, accounts));
  if (ours.length === 0) return account;
  const before = side === 'buy' ? account.bids : account.asks;
  const after = before.flatMap((level): BookLevel[] => {
    let left = level.qty;
    for (const { child } of ours)
      if (child.price.eq(level.price)) left = left.sub(child.orderQty).add(child.cumQty) as Quantity;
    if (left.isZero()) return [];
    return [left.isNegative() ? level : { ...level, qty: left }];
  });
  if (after.length === 0) return account;
  return side === 'buy' ? { ...account, bids: after } : { ...account, asks: after };
}

/** Accounts of one venue share its book. */
function isShown(child: ExecutionChild, account: AccountMarket, accounts: readonly AccountMarket[]): boolean {
  if (child.status !== 'working' || !rests(child)) return false;
  if (child.accountId === account.accountId) return true;
  const other = accounts.find(({ accountId }) => accountId === child.accountId)?.instrument;
  return other?.venue === account.instrument.venue && other.symbol === account.instrument.symbol;
}
