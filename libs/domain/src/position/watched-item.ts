import { Dec, ZERO, type Price } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import type { CloseItem, OpenItem, Position, PriceGate } from './contract.js';
import type { ItemRef } from './leg-action.js';
import { DIGITS } from './size.js';

/** An item that a price may fire now. */
export interface WatchedItem {
  readonly ref: ItemRef;
  /** Its place in the open items, or in the close items. */
  readonly index: number;
  /** Null: any price will do. */
  readonly gate: PriceGate | null;
  /** Its order rests on paper already: a price only fills it. */
  readonly isResting: boolean;
}

/** Takes one item that is watched; without an op any price will do. */
export type VisitWatched = (
  list: ItemRef['list'],
  index: number,
  op: PriceGate['op'] | null,
  price: Price | null,
  isResting: boolean,
) => void;

/**
 * Visits what is watched, in the order in which items fire that a price reaches together: stop-losses, take-profits, open
 * items, each in list order (signal-apis.md 6.4). While armed only the first open item; closes only of a size above 0,
 * and multiples of the average entry only once there is one. Open items that have not fired by `actionExpiresAt` never do.
 */
export function visitWatched(position: Position, at: EpochMs, visit: VisitWatched): void {
  const { state } = position;
  if (state === 'armed') return visitEntry(position, 0, at, visit);
  if (state !== 'opening' && state !== 'open') return;
  visitCloses(position, 'stop_loss', visit);
  visitCloses(position, 'take_profit', visit);
  for (let index = 0; index < position.openItems.length; index += 1) visitEntry(position, index, at, visit);
}

/** The same as a list. */
export function watchedItems(position: Position, at: EpochMs): WatchedItem[] {
  const watched: WatchedItem[] = [];
  visitWatched(position, at, (list, index, op, price, isResting) => {
    const items = list === 'open' ? position.openItems : position.closeItems;
    const gate = op === null || price === null ? null : { op, price };
    watched.push({ ref: { list, key: items[index]?.key ?? '' }, index, gate, isResting });
  });
  return watched;
}

/** Whether the gate is open at a price; equality counts. */
export function holdsAt(gate: PriceGate | null, price: Price): boolean {
  if (gate === null) return true;
  return gate.op === '>=' ? price.gte(gate.price) : price.lte(gate.price);
}

/** Where a close fires: its own price, or average entry x ratio; null without an average entry. Once it has fired, where it did. */
export function triggerPrice({ averageEntry }: Position, { trigger, firedAt }: CloseItem): Price | null {
  if (firedAt !== null) return firedAt;
  if (trigger.kind === 'exact') return trigger.price;
  return averageEntry === null ? null : (averageEntry.mul(trigger.ratio) as Price);
}

/** Ratio-weighted mean of where armed closes of a kind fire, as positions are read back (signal-apis.md 1.3); null: none does. */
export function meanTrigger(position: Position, kind: CloseItem['kind']): Price | null {
  let [sum, weight] = [ZERO, ZERO];
  for (const item of position.closeItems) {
    const price = item.kind === kind && item.state === 'armed' ? triggerPrice(position, item) : null;
    if (price === null) continue;
    sum = sum.add(price.mul(item.ratio));
    weight = weight.add(item.ratio);
  }
  return weight.isZero() ? null : (sum.div(weight).toDecimalPlaces(DIGITS, Dec.ROUND_HALF_EVEN) as Price);
}

function visitCloses(position: Position, kind: CloseItem['kind'], visit: VisitWatched): void {
  if (position.size.isZero()) return;
  // take-profits of longs and stop-losses of shorts fire at prices from the trigger upwards
  const op = (position.side === 'long') === (kind === 'take_profit') ? '>=' : '<=';
  for (let index = 0; index < position.closeItems.length; index += 1) {
    const item = position.closeItems[index];
    if (item?.kind !== kind || item.state !== 'armed') continue;
    const price = triggerPrice(position, item);
    if (price !== null) visit(kind, index, op, price, false);
  }
}

function visitEntry(position: Position, index: number, at: EpochMs, visit: VisitWatched): void {
  const item = position.openItems[index];
  if (item === undefined) return;
  const { actionExpiresAt, side } = position;
  const isLate = actionExpiresAt !== null && actionExpiresAt <= at;
  if (item.state === 'armed' && !isLate) visit('open', index, item.gate?.op ?? null, item.gate?.price ?? null, false);
  // a resting limit order is filled on paper by a trade at its price or a better one
  if (isPaperOrder(position, item)) visit('open', index, side === 'long' ? '<=' : '>=', item.limitPrice, true);
}

function isPaperOrder({ legs }: Position, { state, limitPrice }: OpenItem): boolean {
  return legs === 0 && state === 'placed' && limitPrice !== null;
}
