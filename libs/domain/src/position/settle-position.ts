import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import type { OpenItem, Position } from './contract.js';
import { endPosition, type Moment } from './end-position.js';
import { changeOpenItem, countEntry, hasEntryToCome } from './fire-item.js';
import { averageOf, enteredBy, isEntryOrder, isWorking, type Leg, type LegOrder } from './leg.js';
import { DIGITS, ONE } from './size.js';

/** What an opening becomes of which no leg was filled. */
export type OnNoExecution = 'cancel' | 'paper';

/**
 * What the legs make of their position: sizes of limit items, the average entry, and its state (signal-apis.md 6.1, 6.2).
 * The same object when nothing changes.
 *
 * @param legs all of them that there are yet, in any order
 */
export function settlePosition(
  position: Position,
  legs: readonly Leg[],
  onNoExecution: OnNoExecution,
  moment: Moment,
): Position {
  if (position.legs === null || position.legs === 0) return position;
  switch (position.state) {
    case 'opening':
    case 'open':
      return settleLive(position, legs, onNoExecution, moment);
    case 'closing':
      return settleClosing(withAverage(position, legs), legs, moment);
    case 'closed':
    case 'cancelled':
      return withAverage(position, legs);
    case 'armed':
      return position;
  }
}

function settleLive(position: Position, legs: readonly Leg[], onNoExecution: OnNoExecution, { at }: Moment): Position {
  const filled = endLimits(countLimits(withAverage(position, legs), legs), legs);
  const isFilled = legs.some((leg) => !enteredBy(leg).qty.isZero());
  if (hasEnded(filled, legs)) {
    if (legs.some(isLiquidated)) return endPosition(filled, 'closed', 'liquidated', at);
    if (isFilled) return endPosition(filled, 'closed', 'operator', at);
  }
  if (filled.state === 'open') return filled;
  if (isFilled) return { ...filled, state: 'open', openedAt: at };
  return isUnexecuted(filled, legs) ? endUnexecuted(filled, onNoExecution, at) : filled;
}

/** Flat or abandoned, all of them: closed, or cancelled if nothing was ever filled. */
function settleClosing(position: Position, legs: readonly Leg[], { at }: Moment): Position {
  if (!hasEnded(position, legs)) return position;
  const isFilled = legs.some((leg) => !enteredBy(leg).qty.isZero());
  return endPosition(position, isFilled ? 'closed' : 'cancelled', position.endReason ?? 'signal_close', at);
}

/** Each leg has its outcome, and no order of one works that is ours to mind. */
function hasEnded(position: Position, legs: readonly Leg[]): boolean {
  return isComplete(position, legs) && legs.every((leg) => leg.outcome !== null && isIdle(leg));
}

const isComplete = (position: Position, legs: readonly Leg[]): boolean => legs.length >= (position.legs ?? 0);
const isLiquidated = ({ outcome }: Leg): boolean => outcome?.reason === 'liquidated';
const isAbandoned = ({ outcome }: Leg): boolean => outcome?.reason === 'abandoned';
const isIdle = (leg: Leg): boolean => isAbandoned(leg) || (leg.pending.length === 0 && !leg.orders.some(isWorking));

/** Quantity-weighted over the entries of all legs; exits do not move it. */
function withAverage(position: Position, legs: readonly Leg[]): Position {
  const entered = legs.map(enteredBy);
  const averageEntry = averageOf({
    qty: entered.reduce<Decimal>((sum, { qty }) => sum.add(qty), ZERO),
    notional: entered.reduce<Decimal>((sum, { notional }) => sum.add(notional), ZERO),
  });
  const isSame = averageEntry === null || position.averageEntry?.eq(averageEntry) === true;
  return isSame ? position : { ...position, averageEntry };
}

/** A limit item counts by its filled share of the legs that take part, at its limit price on the paper record. */
function countLimits(position: Position, legs: readonly Leg[]): Position {
  return position.openItems.reduce((state, item, index) => {
    if (item.orderType !== 'limit' || item.state === 'armed') return state;
    return countEntry(state, index, filledShare(item, legs), item.limitPrice);
  }, position);
}

function filledShare({ key }: OpenItem, legs: readonly Leg[]): Decimal {
  const orders = legs.filter(isTakingPart).flatMap((leg) => leg.orders.filter((order) => isFor(order, key)));
  const sum = (of: (order: LegOrder) => Decimal): Decimal =>
    orders.reduce<Decimal>((total, order) => total.add(of(order)), ZERO);
  const whole = sum(({ counted }) => counted.of);
  return whole.isZero() ? ZERO : Dec.min(ONE, sum(({ counted }) => counted.filled).div(whole)).toDecimalPlaces(DIGITS);
}

const isFor = (order: LegOrder, item: string): boolean => isEntryOrder(order) && order.item === item;
const isTakingPart = ({ outcome }: Leg): boolean => outcome === null || outcome.kind === 'ended';

/** A limit item whose orders have all ended has fired: nothing more comes of it. */
function endLimits(position: Position, legs: readonly Leg[]): Position {
  return position.openItems.reduce((state, item, index) => {
    if (item.state !== 'placed' || !isComplete(position, legs)) return state;
    const isDone = legs.every(
      (leg) => hasDealtWith(leg, item) && !leg.orders.some((o) => isFor(o, item.key) && isWorking(o)),
    );
    return isDone ? changeOpenItem(state, index, { state: 'fired' }) : state;
  }, position);
}

/** The leg has made its order, has passed it, or is out. */
function hasDealtWith(leg: Leg, { key }: OpenItem): boolean {
  return (
    leg.outcome !== null || leg.orders.some((order) => isFor(order, key)) || leg.passed.some(({ item }) => item === key)
  );
}

/** No leg was filled, none works, and nothing more is to come. */
function isUnexecuted(position: Position, legs: readonly Leg[]): boolean {
  if (!isComplete(position, legs) || hasEntryToCome(position) || !legs.every(isIdle)) return false;
  const fired = position.openItems.filter(({ state, amount }) => state === 'fired' && !amount.isZero());
  return legs.every((leg) => fired.every((item) => hasDealtWith(leg, item)));
}

/** Kept on paper, limit orders that nobody filled rest there; unless there is nothing to keep. */
function endUnexecuted(position: Position, onNoExecution: OnNoExecution, at: EpochMs): Position {
  const isExpired = position.openItems.some(({ state }) => state === 'expired');
  const onPaper: Position = {
    ...position,
    legs: 0,
    averageEntry: position.paper.averageEntry,
    openItems: position.openItems.map((item) =>
      item.state === 'fired' && item.filled.isZero() ? { ...item, state: 'placed' } : item,
    ),
  };
  const isHeld = !position.size.isZero();
  if (onNoExecution === 'cancel' || !(isHeld || hasEntryToCome(onPaper)))
    return endPosition(position, 'cancelled', isExpired ? 'entry_expired' : 'no_execution', at);
  return isHeld ? { ...onPaper, state: 'open', openedAt: at } : onPaper;
}
