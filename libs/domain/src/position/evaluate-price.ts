import type { Price } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import type { Position } from './contract.js';
import { evaluationOf, fireHolding, nothingFired, type Evaluation, type Walk } from './evaluation.js';
import type { FireMoment } from './fire-item.js';
import { mayFire, triggerLevels } from './trigger-levels.js';
import { holdsAt, watchedItems } from './watched-item.js';

/** A price as it reaches the positions of its pair, and the one before it. */
export interface PriceTick {
  /** Null while none is known: the walk begins where it ends then. */
  readonly previous: Price | null;
  readonly price: Price;
  /** What the paper record trades at; null: at the price. */
  readonly mid: Price | null;
  readonly at: EpochMs;
  /** Enabled now: so many legs are opened when the first item fires. */
  readonly subscriptions: number;
}

/**
 * Walks from the previous price to this one and fires what is met (signal-apis.md 6.4): what holds already, then what is
 * crossed, nearest first. An item that comes to be watched on the way and holds there fires as the price moves on, at the
 * end of the walk with the next price. So a path fires the same items however it is cut into ticks.
 */
export function evaluatePrice(position: Position, tick: PriceTick): Evaluation {
  const from = tick.previous ?? tick.price;
  const [low, high] = from.lt(tick.price) ? [from, tick.price] : [tick.price, from];
  if (!mayFire(triggerLevels(position, tick.at), low, high)) return nothingFired(position);
  return evaluationOf(position, walk({ position, fired: [] }, from, tick));
}

function walk(start: Walk, from: Price, tick: PriceTick): Walk {
  const moment = momentOf(tick);
  let state = start;
  let cursor: Price | null = from;
  while (cursor !== null) {
    state = fireAt(state, cursor, moment, cursor.eq(tick.price));
    cursor = nextLevel(state.position, cursor, tick);
  }
  return state;
}

/** Unless the walk ends here, what the fires have made watched and holds fires too. */
function fireAt(start: Walk, cursor: Price, moment: FireMoment, isEnd: boolean): Walk {
  let before = start;
  let state = fireHolding(before, cursor, moment);
  while (!isEnd && state.fired.length > before.fired.length) {
    before = state;
    state = fireHolding(before, cursor, moment);
  }
  return state;
}

/** The nearest price on the rest of the way at which something begins to hold; null: none. */
function nextLevel(position: Position, cursor: Price, { price, at }: PriceTick): Price | null {
  if (cursor.eq(price)) return null;
  const isUp = price.gt(cursor);
  let next: Price | null = null;
  for (const { gate } of watchedItems(position, at)) {
    if (gate === null || holdsAt(gate, cursor) || !holdsAt(gate, price)) continue;
    if (next === null || (isUp ? gate.price.lt(next) : gate.price.gt(next))) next = gate.price;
  }
  return next;
}

export function momentOf({ mid, price, at, subscriptions }: Omit<PriceTick, 'previous'>): FireMoment {
  return { at, quote: mid ?? price, subscriptions };
}
