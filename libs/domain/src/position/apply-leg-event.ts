import { assertNever } from '../errors/result.js';
import {
  Dec,
  floorTo,
  ZERO,
  ZERO_NOTIONAL,
  ZERO_QUANTITY,
  type Decimal,
  type Price,
  type Quantity,
} from '../numeric/decimal.js';
import type { Instrument } from '../instrument/instrument.js';
import type { EpochMs } from '../time/clock.js';
import { bookReport } from './book-leg-report.js';
import type { LegEvent, LegIntent } from './leg-event.js';
import type { ExitPurpose } from './leg-action.js';
import { deriveParentOrderId } from './leg-order-id.js';
import {
  heldBy,
  isEntryOrder,
  isWorking,
  leftOf,
  outcomeOf,
  sideOfOrder,
  type Leg,
  type LegCause,
  type LegOrder,
  type LegOutcome,
} from './leg.js';
import type { LegFailure, LegSkip } from './reason-codes.js';
import { DIGITS, ONE } from './size.js';

/** Where and when an event meets a leg. */
export interface LegContext {
  readonly at: EpochMs;
  readonly instrument: Instrument;
  /** At the leg's venue; null: minimum notionals are not looked at. */
  readonly price: Price | null;
}

/** A leg, and what has been asked for on the way to it. */
export interface LegDraft {
  readonly leg: Leg;
  readonly intents: readonly LegIntent[];
}

/** What an event makes of a leg, before exits are seen to. */
export function applyLegEvent(draft: LegDraft, event: LegEvent, context: LegContext): LegDraft {
  const { leg } = draft;
  switch (event.kind) {
    case 'enter':
      return enter(draft, event);
    case 'wait':
      return canEnter(leg) && !isKnown(leg, event.entry.cause)
        ? change(draft, { pending: [...leg.pending, event.entry] })
        : draft;
    case 'pass':
      return pass(draft, event.item, event.reason);
    case 'exit':
      return exit(draft, event, context.instrument);
    case 'exit_all':
      return exitAll(draft, event);
    case 'cancel_entries':
      return cancelEntries(draft, event.items);
    case 'move_expiry':
      return moveExpiry(draft, event);
    case 'report':
      return { ...draft, leg: bookReport(leg, event.report, context.at) };
    case 'liquidated':
      return liquidate(draft, event);
    case 'found':
      return remove(draft, Dec.max(ZERO, heldBy(leg).sub(event.held)), null);
    case 'abandon':
      return abandon(draft);
    case 'wake':
      return draft;
    default:
      return assertNever(event);
  }
}

const change = (draft: LegDraft, changes: Partial<Leg>): LegDraft => ({ ...draft, leg: { ...draft.leg, ...changes } });

const canEnter = ({ outcome, isClosing }: Leg): boolean => outcome === null && !isClosing;
const isKnown = ({ causes }: Leg, { id }: LegCause): boolean => causes.includes(id);

const withoutPending = ({ pending }: Leg, item: string): Leg['pending'] =>
  pending.filter(({ action }) => action.item !== item);

function enter(draft: LegDraft, event: Extract<LegEvent, { kind: 'enter' }>): LegDraft {
  const { leg } = draft;
  const { item, qty, cause } = event;
  if (!canEnter(leg) || isKnown(leg, cause)) return draft;
  const order: LegOrder = {
    id: deriveParentOrderId(cause, leg.id, 0),
    purpose: 'entry',
    item,
    cause,
    orderQty: qty,
    filled: ZERO_QUANTITY,
    notional: ZERO_NOTIONAL,
    fees: ZERO_QUANTITY,
    isCanceling: false,
    end: null,
    counted: { filled: ZERO_QUANTITY, of: qty },
  };
  const intent: LegIntent = {
    kind: 'create',
    id: order.id,
    purpose: 'entry',
    side: sideOfOrder(leg.side, 'entry'),
    qty,
    orderType: event.orderType,
    limitPrice: event.limitPrice,
    expiresAt: event.expiresAt,
    reduceOnly: false,
  };
  const entered: Leg = {
    ...leg,
    orders: [...leg.orders, order],
    pending: withoutPending(leg, item),
    intended: leg.intended.add(qty) as Quantity,
    causes: [...leg.causes, cause.id],
  };
  return { leg: entered, intents: [...draft.intents, intent] };
}

/** At the leg's first order it sits the whole position out; later it keeps what it holds (signal-apis.md 6.3). */
function pass(draft: LegDraft, item: string, reason: LegSkip | LegFailure): LegDraft {
  const { leg } = draft;
  if (leg.outcome !== null || leg.passed.some((entry) => entry.item === item)) return draft;
  const pending = withoutPending(leg, item);
  const isFirst = leg.orders.length === 0 && pending.length === 0;
  const outcome = isFirst ? outcomeOf(reason) : null;
  return change(draft, { pending, passed: [...leg.passed, { item, reason }], outcome });
}

interface Exit {
  readonly purpose: ExitPurpose;
  readonly cause: LegCause;
}

/** A share of what is held, and of what entries have still to fill, goes. */
function exit(draft: LegDraft, event: Exit & { readonly ratio: Decimal }, { lot }: Instrument): LegDraft {
  const { leg } = draft;
  if (!canEnter(leg) || isKnown(leg, event.cause)) return draft;
  const left = ONE.sub(event.ratio);
  const cut = cutEntries(draft, left, lot);
  const pending = leg.pending.map((entry) => ({
    ...entry,
    action: { ...entry.action, amount: entry.action.amount.mul(left) },
  }));
  const intended = leg.intended.mul(left).toDecimalPlaces(DIGITS) as Quantity;
  return startExit(change(cut, { pending, intended }), event);
}

function exitAll(draft: LegDraft, event: Exit): LegDraft {
  const { leg } = draft;
  if (!canEnter(leg) || isKnown(leg, event.cause)) return draft;
  const cut = cancelOrders(cutEntries(draft, ZERO, ONE), isEntryOrder);
  return startExit(change(cut, { pending: [], intended: ZERO_QUANTITY, isClosing: true }), event);
}

/** A decision to exit is acted on at once, whatever failed before. A stop takes over from exits that work. */
function startExit(draft: LegDraft, { purpose, cause }: Exit): LegDraft {
  const { leg } = draft;
  const started = change(draft, {
    exit: { cause, attempts: 0 },
    isStop: leg.isStop || purpose === 'stop',
    retryAt: null,
    causes: [...leg.causes, cause.id],
  });
  return purpose === 'stop' ? cancelOrders(started, (order) => order.purpose === 'exit') : started;
}

/** Takes what each entry has still to fill down to a share of it, in whole lots. */
function cutEntries(draft: LegDraft, left: Decimal, lot: Decimal): LegDraft {
  const intents: LegIntent[] = [];
  const orders = draft.leg.orders.map((order): LegOrder => {
    const open = isEntryOrder(order) ? leftOf(order) : ZERO;
    if (open.isZero()) return order;
    const rest = floorTo(open.mul(left), lot);
    const filled = order.counted.filled.mul(left).toDecimalPlaces(DIGITS) as Quantity;
    const cut: LegOrder = {
      ...order,
      orderQty: order.filled.add(rest) as Quantity,
      counted: { filled, of: filled.add(rest) as Quantity },
      isCanceling: order.isCanceling || rest.isZero(),
    };
    if (!order.isCanceling)
      intents.push(
        cut.isCanceling ? { kind: 'cancel', id: order.id } : { kind: 'cut', id: order.id, qty: cut.orderQty },
      );
    return cut;
  });
  return { leg: { ...draft.leg, orders }, intents: [...draft.intents, ...intents] };
}

/** What they fill until their end is known is kept. */
function cancelEntries(draft: LegDraft, items: readonly string[]): LegDraft {
  const isMeant = (item: string | null): boolean => item !== null && items.includes(item);
  const late = draft.leg.pending.map(({ action }) => action.item).filter(isMeant);
  const passed = late.reduce((state, item) => pass(state, item, 'entry_expired'), draft);
  return cancelOrders(passed, (order) => isEntryOrder(order) && isMeant(order.item));
}

/** Asks for the end of working orders, of each once. */
export function cancelOrders(draft: LegDraft, isMeant: (order: LegOrder) => boolean): LegDraft {
  const intents: LegIntent[] = [];
  const orders = draft.leg.orders.map((order): LegOrder => {
    if (!isWorking(order) || order.isCanceling || !isMeant(order)) return order;
    intents.push({ kind: 'cancel', id: order.id });
    return { ...order, isCanceling: true };
  });
  return intents.length === 0 ? draft : { leg: { ...draft.leg, orders }, intents: [...draft.intents, ...intents] };
}

function moveExpiry(draft: LegDraft, { item, expiresAt }: Extract<LegEvent, { kind: 'move_expiry' }>): LegDraft {
  const { leg } = draft;
  const moved = leg.orders
    .filter((order) => order.item === item && isWorking(order) && !order.isCanceling)
    .map(({ id }): LegIntent => ({ kind: 'move_expiry', id, expiresAt }));
  const pending = leg.pending.map((entry) =>
    entry.action.item === item ? { ...entry, action: { ...entry.action, expiresAt } } : entry,
  );
  return { leg: { ...leg, pending }, intents: [...draft.intents, ...moved] };
}

function liquidate(draft: LegDraft, { id, qty }: Extract<LegEvent, { kind: 'liquidated' }>): LegDraft {
  const { leg } = draft;
  if (leg.causes.includes(id)) return draft;
  return remove(change(draft, { causes: [...leg.causes, id] }), qty, 'liquidated');
}

/** Taken by the venue or by other hands. A leg that is liquidated to the last ends; its entries are canceled. */
function remove(draft: LegDraft, qty: Decimal, end: 'liquidated' | null): LegDraft {
  const { leg } = draft;
  const held = Dec.max(ZERO, heldBy(leg));
  const taken = Dec.min(held, qty);
  if (taken.lte(ZERO)) return draft;
  const less = change(draft, {
    removed: leg.removed.add(taken) as Quantity,
  });
  if (end === null || taken.lt(held) || leg.outcome !== null) return less;
  return endNow(less, { kind: 'ended', reason: end });
}

function abandon(draft: LegDraft): LegDraft {
  if (draft.leg.outcome !== null) return draft;
  return endNow(draft, { kind: 'ended', reason: 'abandoned' });
}

function endNow(draft: LegDraft, outcome: LegOutcome): LegDraft {
  const canceled = cancelOrders(draft, () => true);
  return change(canceled, { outcome, pending: [], intended: ZERO_QUANTITY, retryAt: null });
}
