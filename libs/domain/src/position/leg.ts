import type { Side } from '../instrument/instrument.js';
import { Dec, ZERO, type Decimal, type Notional, type Price, type Quantity } from '../numeric/decimal.js';
import type { AccountId, ParentOrderId } from '../parent-order/ids.js';
import type { EpochMs } from '../time/clock.js';
import type { LegId, PositionId, PositionSide, SubscriptionId } from './contract.js';
import type { EnterAction, ExitPurpose } from './leg-action.js';
import { LEG_SKIPS, type LegEnd, type LegFailure, type LegSkip } from './reason-codes.js';

/** What an order of a leg is made for: an item that fired, a signal, an operator's wish. */
export interface LegCause {
  readonly id: string;
  readonly at: EpochMs;
}

/** How a parent order ended, as far as its leg minds; `canceled` is by anyone's wish, `expired` without one. */
export type LegOrderEnd =
  'filled' | 'canceled' | 'expired' | 'venue_rejected' | 'risk_denied' | 'insufficient_balance' | 'leverage_refused';

/** A parent order of a leg, as far as its leg has heard of it. */
export interface LegOrder {
  readonly id: ParentOrderId;
  readonly purpose: 'entry' | ExitPurpose;
  /** Key of the open item that it enters for; null of an exit. */
  readonly item: string | null;
  readonly cause: LegCause;
  /** Base that it is to fill: what it was made with, or has been cut to. */
  readonly orderQty: Quantity;
  readonly filled: Quantity;
  /** Sum of price times quantity of its fills. */
  readonly notional: Notional;
  /** Fees taken in the base asset. */
  readonly fees: Quantity;
  /** Its end has been asked for and is not known yet; until it is, all of it may still fill. */
  readonly isCanceling: boolean;
  readonly end: LegOrderEnd | null;
  /** The filled share of its item is filled / of: closes take the same share of both. */
  readonly counted: { readonly filled: Quantity; readonly of: Quantity };
}

/** An entry that waits for the exit of the position before. */
export interface PendingEntry {
  readonly action: EnterAction;
  readonly cause: LegCause;
  readonly since: EpochMs;
}

/** An entry that was not made. */
export interface PassedEntry {
  readonly item: string;
  readonly reason: LegSkip | LegFailure;
}

/** How a leg stands for good. Fills that come later are booked, and exited unless it was abandoned. */
export type LegOutcome =
  | { readonly kind: 'skipped'; readonly reason: LegSkip }
  | { readonly kind: 'failed'; readonly reason: LegFailure }
  | { readonly kind: 'ended'; readonly reason: LegEnd };

/** How a leg stands whose first order came to nothing. */
export function outcomeOf(reason: LegSkip | LegFailure): LegOutcome {
  const skip = LEG_SKIPS.find((code) => code === reason);
  return skip === undefined ? { kind: 'failed', reason: reason as LegFailure } : { kind: 'skipped', reason: skip };
}

/** The part of a position that one subscription holds (signal-apis.md 6.3). */
export interface Leg {
  readonly id: LegId;
  readonly positionId: PositionId;
  readonly subscriptionId: SubscriptionId;
  readonly accountId: AccountId;
  readonly side: PositionSide;
  /** Oldest first. */
  readonly orders: readonly LegOrder[];
  readonly pending: readonly PendingEntry[];
  readonly passed: readonly PassedEntry[];
  /** What it is to hold once all its orders are done: held + entry working - exit working - what is still to be exited. */
  readonly intended: Quantity;
  /** What its entries fell short of, by their own end and not by a close. */
  readonly shortfall: Quantity;
  /** Taken by liquidations, or found missing by reconciliation. */
  readonly removed: Quantity;
  /** All of it is to be exited; it ends when it is flat. */
  readonly isClosing: boolean;
  /** What the next exit is made for, and how many exits were; null before the first. */
  readonly exit: { readonly cause: LegCause; readonly attempts: number } | null;
  /** Exits go out with `stop` settings until there is nothing to exit. */
  readonly isStop: boolean;
  /** Exits that ended short in a row. */
  readonly failures: number;
  /** Before this no other exit is tried; null: at once. */
  readonly retryAt: EpochMs | null;
  /** Left at its end, too small to be sold; null before, and without any. */
  readonly dust: Quantity | null;
  /** An entry was filled after the end. */
  readonly lateFill: boolean;
  /** Ids of causes that were applied: a repeated job changes nothing. */
  readonly causes: readonly string[];
  /** Null while it takes part. */
  readonly outcome: LegOutcome | null;
  readonly createdAt: EpochMs;
}

export type LegIdentity = Pick<Leg, 'id' | 'positionId' | 'subscriptionId' | 'accountId' | 'side' | 'createdAt'>;

/** One is made for each subscription of the position, also when that ended before: its first event is `exit_all` then. */
export function newLeg(identity: LegIdentity): Leg {
  const none = ZERO as Quantity;
  return {
    ...identity,
    orders: [],
    pending: [],
    passed: [],
    intended: none,
    shortfall: none,
    removed: none,
    isClosing: false,
    exit: null,
    isStop: false,
    failures: 0,
    retryAt: null,
    dust: null,
    lateFill: false,
    causes: [],
    outcome: null,
  };
}

export const isEntryOrder = ({ purpose }: LegOrder): boolean => purpose === 'entry';
export const isWorking = ({ end }: LegOrder): boolean => end === null;

/** What an order may still fill by what it is to fill; 0 once it has ended. */
export function leftOf({ orderQty, filled, end }: LegOrder): Quantity {
  return (end === null ? Dec.max(ZERO, orderQty.sub(filled)) : ZERO) as Quantity;
}

const sumOf = (leg: Leg, of: (order: LegOrder) => Decimal): Decimal =>
  leg.orders.reduce<Decimal>((sum, order) => sum.add(of(order)), ZERO);

/** Fills in minus fills out, minus fees taken in base, minus what was liquidated; below 0 only if a venue filled too much. */
export function heldBy(leg: Leg): Decimal {
  const traded = sumOf(leg, (order) => (isEntryOrder(order) ? order.filled : order.filled.neg()).sub(order.fees));
  return traded.sub(leg.removed);
}

export function enteredBy(leg: Leg): { readonly qty: Quantity; readonly notional: Notional } {
  return {
    qty: sumOf(leg, (order) => (isEntryOrder(order) ? order.filled : ZERO)) as Quantity,
    notional: sumOf(leg, (order) => (isEntryOrder(order) ? order.notional : ZERO)) as Notional,
  };
}

export function exitedBy(leg: Leg): { readonly qty: Quantity; readonly notional: Notional } {
  return {
    qty: sumOf(leg, (order) => (isEntryOrder(order) ? ZERO : order.filled)) as Quantity,
    notional: sumOf(leg, (order) => (isEntryOrder(order) ? ZERO : order.notional)) as Notional,
  };
}

export function entryWorking(leg: Leg): Quantity {
  return sumOf(leg, (order) => (isEntryOrder(order) ? leftOf(order) : ZERO)) as Quantity;
}

/** Of exits that are being canceled, too: they may fill until their end is known. */
export function exitWorking(leg: Leg): Quantity {
  return sumOf(leg, (order) => (isEntryOrder(order) ? ZERO : leftOf(order))) as Quantity;
}

/** Decided to be exited and in no order: dust carried on, what a failed exit left, fills that came after a cancel. */
export function stillToExit(leg: Leg): Decimal {
  return heldBy(leg).add(entryWorking(leg)).sub(exitWorking(leg)).sub(leg.intended);
}

export function sideOfOrder(side: PositionSide, purpose: LegOrder['purpose']): Side {
  return (side === 'long') === (purpose === 'entry') ? 'buy' : 'sell';
}

/** Average price of what was entered or exited; null of nothing. Rounded half to even at 18 digits. */
export function averageOf({ qty, notional }: { readonly qty: Decimal; readonly notional: Decimal }): Price | null {
  return qty.isZero() ? null : (notional.div(qty).toDecimalPlaces(18, Dec.ROUND_HALF_EVEN) as Price);
}
