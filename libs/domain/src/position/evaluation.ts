import { ZERO, type Decimal, type Price } from '../numeric/decimal.js';
import type { OpenItem, Position } from './contract.js';
import { fillOnPaper, fireCloseItem, fireOpenItem, orderExpiry, type FireMoment } from './fire-item.js';
import type { EnterAction, ItemRef, LegAction } from './leg-action.js';
import { isNothing, ONE } from './size.js';
import { holdsAt, watchedItems, type WatchedItem } from './watched-item.js';

/** What prices made of a position. */
export interface Evaluation {
  readonly position: Position;
  /** In the order in which they fired, resting orders that were filled on paper among them; none: nothing changed. */
  readonly fired: readonly ItemRef[];
  readonly actions: readonly LegAction[];
}

export const nothingFired = (position: Position): Evaluation => ({ position, fired: [], actions: [] });

/** A position in the middle of an evaluation. */
export interface Walk {
  readonly position: Position;
  readonly fired: readonly WatchedItem[];
}

/** Fires what is watched and holds at a price, in order; each sees what those before have left. */
export function fireHolding(walk: Walk, price: Price, moment: FireMoment): Walk {
  const due = watchedItems(walk.position, moment.at).filter(({ gate }) => holdsAt(gate, price));
  return due.reduce((state, item) => fireIfWatched(state, item, price, moment), walk);
}

/**
 * Fires an item that is due unless those before it have ended the position or its size. They do not move its trigger:
 * open items, which move the average entry, come last.
 */
export function fireIfWatched(walk: Walk, item: WatchedItem, price: Price, moment: FireMoment): Walk {
  if (!watchedItems(walk.position, moment.at).some((other) => isSameItem(other, item))) return walk;
  return { position: fire(walk.position, item, price, moment), fired: [...walk.fired, item] };
}

function fire(
  position: Position,
  { ref, index, gate, isResting }: WatchedItem,
  price: Price,
  moment: FireMoment,
): Position {
  if (ref.list !== 'open') return fireCloseItem(position, index, gate?.price ?? price, moment);
  if (!isResting) return fireOpenItem(position, index, moment);
  return fillOnPaper(position, index, paperFillPrice(gate?.price ?? price, price, moment), moment.at);
}

/** A resting order gets its own price; one that the market had passed before it rested gets the market's. */
function paperFillPrice(limit: Price, price: Price, { quote }: FireMoment): Price {
  if (price.eq(limit) || quote === null) return limit;
  return price.lt(limit) === quote.lt(limit) ? quote : limit;
}

const isSameItem = (a: WatchedItem, b: WatchedItem): boolean =>
  a.ref.list === b.ref.list && a.index === b.index && a.isResting === b.isResting;

/**
 * What the legs do about all that fired in one evaluation: one exit of what they had before, of all closes together and
 * with `stop` settings if any is a stop-loss; then the entries, less what closes after them have taken already.
 */
export function evaluationOf(before: Position, { position, fired }: Walk): Evaluation {
  if (fired.length === 0) return nothingFired(before);
  const refs = fired.map(({ ref }) => ref);
  const result = (actions: readonly LegAction[]): Evaluation => ({ position, fired: refs, actions });
  if (position.legs === null || position.legs === 0) return result([]);
  const closes = refs.filter(({ list }) => list !== 'open');
  const purpose = closes.some(({ list }) => list === 'stop_loss') ? 'stop' : 'exit';
  if (position.state === 'closing') return result([{ kind: 'exit_all', purpose, items: closes }]);
  const ratio = ONE.sub(fired.reduce<Decimal>((left, item) => left.mul(ONE.sub(ratioOf(position, item))), ONE));
  const hadSomething = !before.size.isZero() || before.openItems.some(({ state }) => state === 'placed');
  const exits: LegAction[] = closes.length > 0 && hadSomething ? [{ kind: 'exit', ratio, purpose, items: closes }] : [];
  return result([...exits, ...fired.flatMap((item) => entryOf(position, item))]);
}

function ratioOf(position: Position, { ref, index }: WatchedItem): Decimal {
  return ref.list === 'open' ? ZERO : (position.closeItems[index]?.ratio ?? ZERO);
}

function entryOf(position: Position, { ref, index }: WatchedItem): EnterAction[] {
  const item = ref.list === 'open' ? position.openItems[index] : undefined;
  return item === undefined ? [] : enterActions(position, item);
}

/** The order of an open item that has just fired; none for an amount of 0 or a limit that came too late. */
export function enterActions(position: Position, item: OpenItem): EnterAction[] {
  const amount = item.amount.mul(item.kept);
  if (isNothing(amount) || (item.state !== 'fired' && item.state !== 'placed')) return [];
  const isLimit = item.orderType === 'limit';
  return [
    {
      kind: 'enter',
      item: item.key,
      amount,
      orderType: item.orderType,
      limitPrice: item.limitPrice,
      expiresAt: isLimit ? orderExpiry(position, item) : null,
      after: position.follows,
    },
  ];
}
