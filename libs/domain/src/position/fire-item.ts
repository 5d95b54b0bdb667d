import { Dec, ZERO, type Decimal, type Price } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import type { CloseItem, OpenItem, Position } from './contract.js';
import { closePosition, endPosition, exitPrice, type Moment } from './end-position.js';
import { enterPaper, exitPaper } from './paper.js';
import { DIGITS, isNothing, keepLess, ONE, sizeOf } from './size.js';

/** When an item fires. */
export interface FireMoment extends Moment {
  /** Enabled now: so many legs are opened when the first item fires. */
  readonly subscriptions: number;
}

/** When a resting entry of the item ends; null: never. */
export function orderExpiry(position: Position, item: OpenItem): EpochMs | null {
  return item.expiresAt ?? position.orderExpiresAt;
}

/**
 * A market item counts at once, a limit item as it fills; one whose order would have ended already is not placed
 * (signal-apis.md 6.2, 6.5). The first opens the position.
 */
export function fireOpenItem(position: Position, index: number, moment: FireMoment): Position {
  const item = position.openItems[index];
  if (item === undefined) return position;
  const { at } = moment;
  const legs = position.legs ?? moment.subscriptions;
  const expiry = orderExpiry(position, item);
  const rests = item.orderType === 'limit' && !item.amount.isZero();
  const opening: Position = { ...position, legs, state: position.state === 'armed' ? 'opening' : position.state };
  if (rests) {
    const state = expiry !== null && expiry <= at ? 'expired' : 'placed';
    return endWithoutEntry(changeOpenItem(opening, index, { state, appliedAt: at }), at);
  }
  const entered = countEntry(
    changeOpenItem(opening, index, { state: 'fired', appliedAt: at }),
    index,
    ONE,
    exitPrice(opening, moment),
  );
  const isStarter = index === 0 && item.amount.isZero();
  const isOpen = entered.state === 'opening' && (isStarter || (legs === 0 && !entered.size.isZero()));
  return isOpen ? { ...entered, state: 'open', openedAt: at } : entered;
}

/** A trade reached the price of a limit item on paper: it is filled whole. */
export function fillOnPaper(position: Position, index: number, price: Price, at: EpochMs): Position {
  const filled = countEntry(changeOpenItem(position, index, { state: 'fired' }), index, ONE, price);
  return filled.state === 'opening' ? { ...filled, state: 'open', openedAt: at } : filled;
}

/** Takes the item's share of the size that is there now; nothing left of it starts the end of the position. */
export function fireCloseItem(position: Position, index: number, level: Price, moment: Moment): Position {
  const item = position.closeItems[index];
  if (item === undefined) return position;
  const firedAt = level.toDecimalPlaces(DIGITS, Dec.ROUND_HALF_EVEN) as Price;
  const fired: CloseItem = { ...item, state: 'fired', appliedAt: moment.at, firedAt };
  const closeItems = position.closeItems.map((other, i) => (i === index ? fired : other));
  return takeShare({ ...position, closeItems }, item.ratio, moment);
}

/** The size less a share of it. From above zero to nothing the position ends: `size_zero`. */
export function takeShare(position: Position, ratio: Decimal, moment: Moment): Position {
  const openItems = keepLess(position.openItems, ratio);
  const size = sizeOf(openItems);
  if (!position.size.isZero() && isNothing(size)) return closePosition(position, 'size_zero', moment);
  const price = exitPrice(position, moment);
  const share = position.size.sub(size);
  const paper = price === null ? position.paper : exitPaper(position.paper, share, price);
  return { ...position, openItems, size, paper: { ...paper, size } };
}

/**
 * Takes an item's filled share into the size and, at `price`, into the paper record; on paper that is the average
 * entry, too. It never falls: what counted once is taken away by closes only.
 */
export function countEntry(position: Position, index: number, filled: Decimal, price: Price | null): Position {
  const item = position.openItems[index];
  if (item === undefined || filled.lte(item.filled)) return position;
  const openItems = position.openItems.map((other, i) => (i === index ? { ...item, filled } : other));
  const size = sizeOf(openItems);
  const share = Dec.max(ZERO, size.sub(position.size));
  const paper = price === null ? position.paper : enterPaper(position.paper, share, price);
  return {
    ...position,
    openItems,
    size,
    wasHeld: position.wasHeld || !size.isZero(),
    averageEntry: position.legs === 0 ? paper.averageEntry : position.averageEntry,
    paper: { ...paper, size },
  };
}

/** On paper: an opening whose entries have all expired has come to nothing. */
export function endWithoutEntry(position: Position, at: EpochMs): Position {
  if (position.legs !== 0 || position.state !== 'opening' || hasEntryToCome(position)) return position;
  return endPosition(position, 'cancelled', 'entry_expired', at);
}

/** An open item is armed, or its orders rest. */
export function hasEntryToCome({ openItems }: Position): boolean {
  return openItems.some(({ state }) => state === 'armed' || state === 'placed');
}

export function changeOpenItem(position: Position, index: number, change: Partial<OpenItem>): Position {
  return { ...position, openItems: position.openItems.map((item, i) => (i === index ? { ...item, ...change } : item)) };
}
