import type { ChildTimeInForce } from '../execution/contract.js';
import type { Instrument, Side } from '../instrument/instrument.js';
import { floorTo, ZERO, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import type { ParentOrderStatus, Sizing } from '../parent-order/parent-order.js';
import type { EpochMs } from '../time/clock.js';

/** Why our own last check stopped a child order (reliability.md 5.1 and venues.md A9). */
export type DenialCode =
  | 'PARENT_NOT_ACTIVE'
  | 'PARENT_QUANTITY_EXCEEDED'
  | 'PARENT_PRICE_EXCEEDED'
  | 'PARENT_MISMATCH'
  | 'PARENT_EXPIRED'
  | 'INSTRUMENT_RULE';

export interface GateParent {
  readonly status: ParentOrderStatus;
  readonly side: Side;
  readonly symbol: string;
  readonly accountIds: readonly string[];
  readonly sizing: Sizing;
  /** In the target token. */
  readonly orderQty: Decimal;
  readonly limitPrice: Price | null;
  /** Nothing may be sent from this instant on; null for orders without an end. */
  readonly endsAt: EpochMs | null;
}

export interface GateChild {
  readonly sequence: number;
  readonly accountId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly timeInForce: ChildTimeInForce;
  readonly price: Price;
  readonly orderQty: Quantity;
}

/** One of the parent's other children, as far as it may still count against the parent's quantity. */
export interface GateSibling {
  readonly sequence: number;
  readonly open: boolean;
  readonly price: Price;
  readonly orderQty: Quantity;
  readonly cumQty: Quantity;
  readonly cumNotional: Decimal;
}

/**
 * The last check before a child order leaves, on rows read inside the claim's transaction. It shares no code with
 * the scheduler: a scheduler gone wrong must not get past it. Null lets the child through.
 */
export function lastGate(
  parent: GateParent,
  child: GateChild,
  siblings: readonly GateSibling[],
  instrument: Instrument,
  now: EpochMs,
): { readonly code: DenialCode; readonly text: string } | null {
  if (parent.status !== 'ACTIVE' && parent.status !== 'FINISHER')
    return { code: 'PARENT_NOT_ACTIVE', text: `parent must be ACTIVE or FINISHER, was ${parent.status}` };
  if (parent.side !== child.side || parent.symbol !== child.symbol || !parent.accountIds.includes(child.accountId))
    return { code: 'PARENT_MISMATCH', text: 'account, symbol and side must be the parent order’s' };
  if (parent.endsAt !== null && now >= parent.endsAt)
    return { code: 'PARENT_EXPIRED', text: `parent order ended at ${parent.endsAt}, now ${now}` };
  return checkInstrument(child, instrument) ?? checkPrice(parent, child) ?? checkQuantity(parent, child, siblings);
}

function checkInstrument(child: GateChild, instrument: Instrument): ReturnType<typeof lastGate> {
  const fault = (text: string): ReturnType<typeof lastGate> => ({ code: 'INSTRUMENT_RULE', text });
  if (!floorTo(child.price, instrument.tick).eq(child.price))
    return fault(`price must be a multiple of ${instrument.tick.toFixed()}, was ${child.price.toFixed()}`);
  if (!floorTo(child.orderQty, instrument.lot).eq(child.orderQty) || child.orderQty.lt(instrument.minQty))
    return fault(
      `quantity must be a multiple of ${instrument.lot.toFixed()} and at least ${instrument.minQty.toFixed()}, was ${child.orderQty.toFixed()}`,
    );
  const value = child.price.mul(child.orderQty);
  if (value.lt(instrument.minNotional))
    return fault(`notional must be at least ${instrument.minNotional.toFixed()}, was ${value.toFixed()}`);
  return null;
}

function checkPrice(parent: GateParent, child: GateChild): ReturnType<typeof lastGate> {
  const limit = parent.limitPrice;
  if (limit === null) return null;
  const beyond = parent.side === 'buy' ? child.price.gt(limit) : child.price.lt(limit);
  return beyond
    ? {
        code: 'PARENT_PRICE_EXCEEDED',
        text: `price must not be worse than ${limit.toFixed()}, was ${child.price.toFixed()}`,
      }
    : null;
}

/**
 * Executed, working and this child together stay within the parent (I-03). A quote-sized sell is measured at its limit
 * prices: price improvement may pass the amount, a decision may not (algorithms.md 1).
 */
function checkQuantity(
  parent: GateParent,
  child: GateChild,
  siblings: readonly GateSibling[],
): ReturnType<typeof lastGate> {
  const inTarget = (qty: Quantity, px: Price): Decimal => (parent.sizing === 'base' ? qty : qty.mul(px));
  let total: Decimal = inTarget(child.orderQty, child.price);
  for (const sibling of siblings) {
    if (sibling.sequence === child.sequence) continue;
    total = total.add(parent.sizing === 'base' ? sibling.cumQty : sibling.cumNotional);
    const left = sibling.orderQty.sub(sibling.cumQty);
    if (sibling.open && left.gt(ZERO)) total = total.add(inTarget(left as Quantity, sibling.price));
  }
  return total.gt(parent.orderQty)
    ? {
        code: 'PARENT_QUANTITY_EXCEEDED',
        text: `executed, working and new must not pass ${parent.orderQty.toFixed()}, would be ${total.toFixed()}`,
      }
    : null;
}
