import { Dec, floorTo, ZERO, ZERO_NOTIONAL, ZERO_QUANTITY, type Decimal, type Quantity } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import { applyLegEvent, cancelOrders, type LegContext, type LegDraft } from './apply-leg-event.js';
import type { LegEvent, LegIntent } from './leg-event.js';
import { deriveParentOrderId } from './leg-order-id.js';
import {
  enteredBy,
  entryWorking,
  exitWorking,
  heldBy,
  isEntryOrder,
  isWorking,
  sideOfOrder,
  stillToExit,
  type Leg,
  type LegOrder,
} from './leg.js';

/** An exit that failed so often in a row is a person's matter (signal-apis.md 6.3). */
const ALERT_FROM = 3;

/** A leg after events, and what is to be done in the transaction that stores it. */
export interface LegStep {
  readonly leg: Leg;
  readonly intents: readonly LegIntent[];
  /** When a `wake` is due; null: never. */
  readonly wakeAt: EpochMs | null;
  /** The exit has just failed for the third time in a row, or once more. */
  readonly alert: boolean;
}

/**
 * Takes what happens to a leg, and sees to its exits once at the end, so that several closes in one evaluation make one
 * exit (signal-apis.md 6.3). The law holds after every step: intended = held + entry working - exit working - what is
 * still to be exited, and exits that work are never more than is held.
 */
export function stepLeg(leg: Leg, events: readonly LegEvent[], context: LegContext): LegStep {
  const applied = events.reduce<LegDraft>((draft, event) => applyLegEvent(draft, event, context), { leg, intents: [] });
  const lawful = keepLaw(applied);
  const exited = isAbandoned(lawful.leg) ? lawful : placeExit(lawful, context);
  const settled = endWhenFlat(exited.leg, context);
  return {
    leg: settled,
    intents: exited.intents,
    wakeAt: toExitNow(settled, context).isZero() ? null : settled.retryAt,
    alert: settled.failures >= ALERT_FROM && settled.failures > leg.failures,
  };
}

const isAbandoned = ({ outcome }: Leg): boolean => outcome?.kind === 'ended' && outcome.reason === 'abandoned';

/**
 * Whatever is not there any more - fees, entries that ended short, what a venue took - is not intended any more either.
 * Exits that work for more than is held are canceled; what they were for is seen to once that is known.
 */
function keepLaw(draft: LegDraft): LegDraft {
  const { leg } = draft;
  const held = Dec.max(ZERO, heldBy(leg));
  const exiting = exitWorking(leg);
  const isTooMuch = exiting.gt(held);
  const there = held.add(entryWorking(leg)).sub(isTooMuch ? ZERO : exiting);
  const lawful = { ...draft, leg: { ...leg, intended: Dec.min(leg.intended, there) as Quantity } };
  return isTooMuch ? cancelOrders(lawful, (order) => !isEntryOrder(order)) : lawful;
}

/** Whole lots that an exit could be made of now, of the venue's minimum at least, never of more than is held; else 0. */
function toExitNow(leg: Leg, { instrument, price }: LegContext): Quantity {
  if (isAbandoned(leg)) return ZERO_QUANTITY;
  const free = Dec.min(stillToExit(leg), heldBy(leg).sub(exitWorking(leg)));
  if (free.lte(ZERO)) return ZERO_QUANTITY;
  const qty = floorTo(free as Quantity, instrument.lot);
  const isEnough = qty.gte(Dec.max(instrument.minQty, instrument.lot)) && !isBelow(qty, price, instrument.minNotional);
  return isEnough ? qty : ZERO_QUANTITY;
}

const isBelow = (qty: Decimal, price: Decimal | null, minNotional: Decimal): boolean =>
  price !== null && qty.mul(price).lt(minNotional);

function placeExit(draft: LegDraft, context: LegContext): LegDraft {
  const { leg } = draft;
  const qty = toExitNow(leg, context);
  const isWaiting = leg.retryAt !== null && leg.retryAt > context.at;
  if (qty.isZero() || isWaiting || leg.exit === null) return draft;
  const { cause, attempts } = leg.exit;
  const purpose = leg.isStop ? 'stop' : 'exit';
  const order: LegOrder = {
    id: deriveParentOrderId(cause, leg.id, attempts),
    purpose,
    item: null,
    cause,
    orderQty: qty,
    filled: ZERO_QUANTITY,
    notional: ZERO_NOTIONAL,
    fees: ZERO_QUANTITY,
    isCanceling: false,
    end: null,
    counted: { filled: ZERO_QUANTITY, of: ZERO_QUANTITY },
  };
  const intent: LegIntent = {
    kind: 'create',
    id: order.id,
    purpose,
    side: sideOfOrder(leg.side, purpose),
    qty,
    orderType: 'market',
    limitPrice: null,
    expiresAt: null,
    reduceOnly: context.instrument.marketType !== 'spot',
  };
  const exiting: Leg = {
    ...leg,
    orders: [...leg.orders, order],
    exit: { cause, attempts: attempts + 1 },
    retryAt: null,
  };
  return { leg: exiting, intents: [...draft.intents, intent] };
}

/** A closing leg ends when nothing works and no exit can be made of what it holds, which is noted as dust. */
function endWhenFlat(leg: Leg, context: LegContext): Leg {
  if (isAbandoned(leg) || !exitWorking(leg).isZero() || !toExitNow(leg, context).isZero()) return leg;
  const calm = { ...leg, isStop: false, failures: 0, retryAt: null };
  const isOver = leg.outcome !== null || leg.isClosing;
  if (!isOver || leg.orders.some(isWorking)) return calm;
  const held = heldBy(leg);
  const dust = held.gt(ZERO) ? (held as Quantity) : null;
  const reason = enteredBy(leg).qty.isZero() ? 'canceled' : 'exited';
  return { ...calm, dust, outcome: leg.outcome ?? { kind: 'ended', reason } };
}
