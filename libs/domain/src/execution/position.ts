import type { Side } from '../instrument/instrument.js';
import { Dec, ZERO, type Decimal, type Price, type Quantity, ZERO_QUANTITY, floorTo } from '../numeric/decimal.js';
import type { AccountId } from '../parent-order/ids.js';
import type { Sizing } from '../parent-order/parent-order.js';
import type { ExecutionChild, ExecutionParent } from './contract.js';

/**
 * The target token of an order (algorithms.md 1): what Q, X and W count. `rate` is what one base unit is
 * worth in it when it is priced at `price`.
 */
export interface Token {
  readonly sizing: Sizing;
  rate(price: Price, accountId: AccountId): Decimal | null;
}

/**
 * Null stands for a rate of one. For a quote-sized order a remainder is valued at its limit price, because
 * fills cannot cost more; a sell at the best bid if that is higher, because it may bring that much.
 */
export function tokenOf(
  parent: Pick<ExecutionParent, 'sizing' | 'side'>,
  bestBid: (accountId: AccountId) => Price | null,
): Token {
  const { sizing, side } = parent;
  return {
    sizing,
    rate: (price, accountId) => (sizing === 'base' ? null : quoteRate(side, price, bestBid(accountId))),
  };
}

function quoteRate(side: Side, price: Price, bestBid: Price | null): Decimal {
  return side === 'sell' && bestBid !== null && bestBid.gt(price) ? bestBid : price;
}

/** What a base quantity is worth in the target token. */
export function toToken(qty: Quantity, rate: Decimal | null): Decimal {
  return rate === null ? qty : qty.mul(rate);
}

/** Whole lots that a value in the target token buys; never negative. */
export function toLots(value: Decimal, rate: Decimal | null, lot: Quantity): Quantity {
  if (value.lte(ZERO)) return ZERO_QUANTITY;
  return floorTo((rate === null ? value : value.div(rate)) as Quantity, lot);
}

/** A child that a venue might still fill, with what that would add in the target token. */
export interface OpenChild {
  readonly child: ExecutionChild;
  readonly value: Decimal;
}

/** Where the order stands: X, W and the children that make up W, newest first. */
export interface Position {
  readonly executed: Decimal;
  readonly working: Decimal;
  readonly open: readonly OpenChild[];
}

/**
 * X and W over all children. W is the worst case: everything that is not closed, unknown and cancelled ones
 * included, at its unfilled remainder. The order of `children` does not matter.
 */
export function positionOf(children: readonly ExecutionChild[], token: Token): Position {
  let [executed, working] = [ZERO, ZERO];
  const open: OpenChild[] = [];
  for (const child of children) {
    if (!child.cumQty.isZero()) executed = executed.add(token.sizing === 'base' ? child.cumQty : child.cumNotional);
    if (child.status === 'closed') continue;
    const value = remainderValue(child, token);
    working = working.add(value);
    open.push({ child, value });
  }
  open.sort((a, b) => b.child.sequence - a.child.sequence);
  return { executed, working, open };
}

/** Of a child that is being changed the larger of both outcomes counts. */
function remainderValue(child: ExecutionChild, token: Token): Decimal {
  const asPlaced = valueOf(child, child.orderQty, child.price, token);
  const { amending } = child;
  return amending === null ? asPlaced : Dec.max(asPlaced, valueOf(child, amending.orderQty, amending.price, token));
}

function valueOf(child: ExecutionChild, orderQty: Quantity, price: Price, token: Token): Decimal {
  const left = orderQty.sub(child.cumQty);
  return left.lte(ZERO) ? ZERO : toToken(left as Quantity, token.rate(price, child.accountId));
}

/** True while a change of it is asked for and not answered. */
export function isAmending(child: Pick<ExecutionChild, 'amending'>): boolean {
  return child.amending !== null;
}

/** A child that rests in the book; the other kind is an immediate-or-cancel taker. */
export function rests(child: Pick<ExecutionChild, 'timeInForce'>): boolean {
  return child.timeInForce !== 'ioc';
}
