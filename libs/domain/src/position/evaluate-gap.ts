import { Dec, type Price } from '../numeric/decimal.js';
import type { Position } from './contract.js';
import { evaluatePrice, momentOf, type PriceTick } from './evaluate-price.js';
import { evaluationOf, fireIfWatched, nothingFired, type Evaluation, type Walk } from './evaluation.js';
import { mayFire, triggerLevels } from './trigger-levels.js';
import { holdsAt, watchedItems, type WatchedItem } from './watched-item.js';

/** Where a price has been since the evaluation before, in an order that is not known, and where it is now. */
export interface PriceGap extends Omit<PriceTick, 'previous'> {
  readonly low: Price;
  readonly high: Price;
}

/**
 * Fires closes that the gap has touched, stop-losses first and of each kind the nearest first; then open items that hold
 * at the price of now (signal-apis.md 6.4). An order that rests on paper is filled by a touch. What comes to be watched by
 * this fires with the next price.
 */
export function evaluateGap(position: Position, gap: PriceGap): Evaluation {
  const low = Dec.min(gap.low, gap.price) as Price;
  const high = Dec.max(gap.high, gap.price) as Price;
  if (!mayFire(triggerLevels(position, gap.at), low, high)) return nothingFired(position);
  const isDue = (item: WatchedItem): boolean =>
    isEntry(item) ? holdsAt(item.gate, gap.price) : isTouched(item, low, high);
  const due = watchedItems(position, gap.at).filter(isDue).sort(nearestFirst);
  const moment = momentOf(gap);
  const walk = due.reduce<Walk>(
    (state, item) => fireIfWatched(state, item, (item.isResting ? item.gate?.price : null) ?? gap.price, moment),
    { position, fired: [] },
  );
  return evaluationOf(position, walk);
}

/** As {@link evaluatePrice} when the price went straight to where it is, as {@link evaluateGap} when it has been beyond. */
export function evaluateMove(position: Position, move: PriceGap & PriceTick): Evaluation {
  const { previous, low, high, price } = move;
  const isStraight = previous !== null && low.gte(Dec.min(previous, price)) && high.lte(Dec.max(previous, price));
  return isStraight ? evaluatePrice(position, move) : evaluateGap(position, move);
}

const isEntry = ({ ref, isResting }: WatchedItem): boolean => ref.list === 'open' && !isResting;

function isTouched({ gate }: WatchedItem, low: Price, high: Price): boolean {
  if (gate === null) return true;
  return gate.op === '>=' ? high.gte(gate.price) : low.lte(gate.price);
}

const KINDS = ['stop_loss', 'take_profit', 'open'] as const;
const rankOf = (item: WatchedItem): number => (isEntry(item) ? KINDS.length : KINDS.indexOf(item.ref.list));

/** Those of one kind wait on the same side of the price: `>=` rising, `<=` falling. Open items stay in list order. */
function nearestFirst(a: WatchedItem, b: WatchedItem): number {
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0 || isEntry(a) || a.gate === null || b.gate === null) return rank;
  return a.gate.op === '>=' ? a.gate.price.cmp(b.gate.price) : b.gate.price.cmp(a.gate.price);
}
