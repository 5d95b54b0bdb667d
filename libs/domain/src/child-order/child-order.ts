import { assertNever } from '../errors/result.js';
import {
  addQuantity,
  subtractQuantity,
  ZERO_QUANTITY,
  type Decimal,
  type Price,
  type Quantity,
} from '../numeric/decimal.js';
import type { ClientOrderId, TradeId, VenueOrderId } from '../parent-order/ids.js';
import type { EpochMs } from '../time/clock.js';

/** One trade against a child order: FIX ExecutionReport with ExecType=F. */
export interface Fill {
  readonly venueOrderId: VenueOrderId;
  readonly tradeId: TradeId;
  readonly lastQty: Quantity;
  readonly lastPx: Price;
  readonly role: 'maker' | 'taker';
  /** Amount and asset of the commission as the venue charged it. */
  readonly fee: Decimal;
  readonly feeAsset: string;
  readonly tradedAt: EpochMs;
}

/** `denied`: our own checks stopped it. `rejected`: the venue refused it. */
export type CloseReason = 'filled' | 'canceled' | 'expired' | 'rejected' | 'denied';

/** Each state holds exactly the data that exists in it (architecture.md 4). */
export type ChildOrderState =
  | { readonly status: 'pending' }
  /** One worker promised to send it within milliseconds; it may leave the process from now on. */
  | { readonly status: 'claimed'; readonly claimedAt: EpochMs; readonly validUntil: EpochMs }
  /** The venue confirmed receipt but not yet that the order lives (asynchronous venues). */
  | { readonly status: 'submitted'; readonly venueOrderId: VenueOrderId | null }
  | { readonly status: 'working'; readonly venueOrderId: VenueOrderId }
  /** It may or may not exist; left only by evidence, never by guessing. */
  | { readonly status: 'unknown'; readonly claimedAt: EpochMs; readonly validUntil: EpochMs; readonly code: string }
  | {
      readonly status: 'closed';
      readonly reason: CloseReason;
      /** Venue code, denial code or `NEVER_ARRIVED`; empty where the reason says it all. */
      readonly code: string;
      readonly closedAt: EpochMs;
      readonly venueOrderId: VenueOrderId | null;
    };

export type ChildOrderStatus = ChildOrderState['status'];

export interface ChildOrder {
  readonly clientOrderId: ClientOrderId;
  readonly orderQty: Quantity;
  /** FIX CumQty (14): sum of the booked fills. */
  readonly cumQty: Quantity;
  /** Number of the claim; rises by one with each claim and never falls. */
  readonly epoch: number;
  readonly state: ChildOrderState;
}

export type ChildOrderEvent =
  | { readonly type: 'claimed'; readonly epoch: number; readonly claimedAt: EpochMs; readonly validUntil: EpochMs }
  /** Provably never left this host, or was refused for rate or fence: it may be offered again. */
  | { readonly type: 'released'; readonly epoch: number }
  | { readonly type: 'submitted'; readonly venueOrderId: VenueOrderId | null }
  | { readonly type: 'accepted'; readonly venueOrderId: VenueOrderId }
  /** The venue changed the working order in place; `orderQty` is the new total. */
  | { readonly type: 'amended'; readonly orderQty: Quantity; readonly at: EpochMs }
  | { readonly type: 'outcome_unknown'; readonly epoch: number; readonly code: string }
  /** The venue had it, and shows it nowhere any more, without having to: how it ended is not known. */
  | {
      readonly type: 'vanished';
      readonly code: string;
      readonly claimedAt: EpochMs;
      readonly validUntil: EpochMs;
    }
  | { readonly type: 'filled'; readonly fill: Fill; readonly alreadyBooked: boolean }
  /** The venue took a booked trade back: its quantity counts no more, and the state is what it was. */
  | { readonly type: 'busted'; readonly lastQty: Quantity }
  /** It told a trade again that it had taken back. */
  | { readonly type: 'reinstated'; readonly lastQty: Quantity }
  | {
      readonly type: 'closed';
      readonly reason: Exclude<CloseReason, 'filled'>;
      readonly code: string;
      readonly at: EpochMs;
      readonly venueOrderId: VenueOrderId | null;
    };

export type FillAnomaly = 'overfill' | 'fill_after_close';

export type Transition =
  | { readonly kind: 'applied'; readonly order: ChildOrder; readonly anomaly?: FillAnomaly }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'illegal'; readonly status: ChildOrderStatus; readonly event: ChildOrderEvent['type'] };

/** FIX LeavesQty (151): still open for execution; zero once the order is closed. */
export function leavesQty(order: ChildOrder): Quantity {
  if (order.state.status === 'closed' || order.cumQty.gte(order.orderQty)) return ZERO_QUANTITY;
  return subtractQuantity(order.orderQty, order.cumQty);
}

/** True while some venue might still fill it: everything that counts in W (algorithms.md 1). */
export function isOpen(order: Pick<ChildOrder, 'state'>): boolean {
  return order.state.status !== 'closed';
}

/**
 * The whole life of a child order. Pure: venue messages in, next state out.
 * Illegal events are returned, not thrown, so that the caller can count them; a fill is always applied.
 */
export function applyEvent(order: ChildOrder, event: ChildOrderEvent): Transition {
  const { state } = order;
  switch (event.type) {
    case 'claimed':
      if (state.status !== 'pending' || event.epoch !== order.epoch + 1) return illegal(state, event);
      return {
        kind: 'applied',
        order: {
          ...order,
          epoch: event.epoch,
          state: { status: 'claimed', claimedAt: event.claimedAt, validUntil: event.validUntil },
        },
      };
    case 'released':
      return state.status === 'claimed' && event.epoch === order.epoch
        ? moveTo(order, { status: 'pending' })
        : illegal(state, event);
    case 'submitted':
      return state.status === 'claimed' || state.status === 'unknown'
        ? moveTo(order, { status: 'submitted', venueOrderId: event.venueOrderId })
        : illegal(state, event);
    case 'accepted':
      return state.status === 'claimed' || state.status === 'unknown' || state.status === 'submitted'
        ? moveTo(order, { status: 'working', venueOrderId: event.venueOrderId })
        : illegal(state, event);
    case 'amended':
      return state.status === 'working' ? amend(order, state, event.orderQty, event.at) : illegal(state, event);
    case 'outcome_unknown':
      return state.status === 'claimed' && event.epoch === order.epoch
        ? moveTo(order, {
            status: 'unknown',
            claimedAt: state.claimedAt,
            validUntil: state.validUntil,
            code: event.code,
          })
        : illegal(state, event);
    case 'vanished':
      return state.status === 'submitted' || state.status === 'working'
        ? moveTo(order, {
            status: 'unknown',
            claimedAt: event.claimedAt,
            validUntil: event.validUntil,
            code: event.code,
          })
        : illegal(state, event);
    case 'filled':
      return event.alreadyBooked ? { kind: 'duplicate' } : applyFill(order, event.fill);
    case 'busted':
      return event.lastQty.gt(order.cumQty)
        ? illegal(state, event)
        : { kind: 'applied', order: { ...order, cumQty: subtractQuantity(order.cumQty, event.lastQty) } };
    case 'reinstated':
      return { kind: 'applied', order: { ...order, cumQty: addQuantity(order.cumQty, event.lastQty) } };
    case 'closed':
      // Only what never left us can be denied; a pending order can also be canceled before it leaves.
      if (state.status === 'closed') return illegal(state, event);
      if (event.reason === 'denied' && state.status !== 'pending' && state.status !== 'claimed')
        return illegal(state, event);
      if (state.status === 'pending' && event.reason !== 'denied' && event.reason !== 'canceled')
        return illegal(state, event);
      return moveTo(order, {
        status: 'closed',
        reason: event.reason,
        code: event.code,
        closedAt: event.at,
        venueOrderId: event.venueOrderId ?? venueOrderIdOf(state),
      });
    default:
      return assertNever(event);
  }
}

/** Taken down to what is filled already, the order is full. */
function amend(
  order: ChildOrder,
  state: Extract<ChildOrderState, { status: 'working' }>,
  orderQty: Quantity,
  at: EpochMs,
): Transition {
  const { venueOrderId } = state;
  const next = { ...order, orderQty };
  return order.cumQty.gte(orderQty)
    ? moveTo(next, { status: 'closed', reason: 'filled', code: '', closedAt: at, venueOrderId })
    : moveTo(next, state);
}

/** A fill is a fact. It is never refused for arriving late or for being too large, only flagged. */
function applyFill(order: ChildOrder, fill: Fill): Transition {
  const cumQty = addQuantity(order.cumQty, fill.lastQty);
  const wasClosed = order.state.status === 'closed';
  const state: ChildOrderState =
    !wasClosed && cumQty.gte(order.orderQty)
      ? { status: 'closed', reason: 'filled', code: '', closedAt: fill.tradedAt, venueOrderId: fill.venueOrderId }
      : !wasClosed && order.state.status !== 'working'
        ? { status: 'working', venueOrderId: fill.venueOrderId } // a fill proves that the venue has it
        : order.state; // a closed state, and its reason, never changes
  const next: ChildOrder = { ...order, cumQty, state };
  if (cumQty.gt(order.orderQty)) return { kind: 'applied', order: next, anomaly: 'overfill' };
  if (wasClosed) return { kind: 'applied', order: next, anomaly: 'fill_after_close' };
  return { kind: 'applied', order: next };
}

/** The venue's id of the order as far as the state knows it. */
export function venueOrderIdOf(state: ChildOrderState): VenueOrderId | null {
  return 'venueOrderId' in state ? state.venueOrderId : null;
}

const moveTo = (order: ChildOrder, state: ChildOrderState): Transition => ({
  kind: 'applied',
  order: { ...order, state },
});
const illegal = (state: ChildOrderState, event: ChildOrderEvent): Transition => ({
  kind: 'illegal',
  status: state.status,
  event: event.type,
});
