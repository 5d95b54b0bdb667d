import { Book, type Side } from '../../apps/sim-venue/src/matching/book.js';
import { matchTaker } from '../../apps/sim-venue/src/matching/match.js';
import { CoreOrder } from '../../test/support/core-order.js';
import { SeededRandom } from '../../test/support/seeded-random.js';

export const LIMIT = 0;
export const CANCEL = 1;
export const MARKET = 2;

/** Operations as numbers, so that drawing them costs nothing while they are run. */
export interface Stream {
  /** How many of them, from the first on, only fill the book and are not measured. */
  readonly warmUp: number;
  readonly length: number;
  readonly kinds: Uint8Array;
  readonly isBuy: Uint8Array;
  readonly ticks: Int32Array;
  readonly lots: Int32Array;
  /** Of a cancel: the id of the order, which is the number of the operation that placed it. */
  readonly targets: Int32Array;
}

const MEAN_LOTS = 50;
const MEAN_DISTANCE_TICKS = 60;

/**
 * 60 % limit orders around a drifting price, 30 % cancels, 10 % market orders, with about `resting` orders in the book all
 * along: market orders are sized by how many there are. Cancels name orders that do rest, as a book made beside tells.
 */
export function drawStream(seed: number, resting: number, measured: number): Stream {
  const random = new SeededRandom(seed);
  const warmUp = resting;
  const length = warmUp + measured;
  const stream = {
    warmUp,
    length,
    kinds: new Uint8Array(length),
    isBuy: new Uint8Array(length),
    ticks: new Int32Array(length),
    lots: new Int32Array(length),
    targets: new Int32Array(length),
  };
  const book = new Book(() => undefined);
  const open: CoreOrder[] = [];
  const indexOf = new Map<number, number>();
  const forget = (order: CoreOrder): void => {
    const index = indexOf.get(order.id) as number;
    const last = open.pop() as CoreOrder;
    indexOf.delete(order.id);
    if (last === order) return;
    open[index] = last;
    indexOf.set(last.id, index);
  };
  const exponential = (mean: number): number => Math.floor(-Math.log(1 - random.between(0, 999_999) / 1e6) * mean);
  let mid = 100_000;
  for (let n = 0; n < length; n += 1) {
    mid += random.between(-1, 1);
    const draw = n < warmUp ? 1 : random.between(1, 10);
    const kind = draw <= 6 || open.length === 0 ? LIMIT : draw <= 9 ? CANCEL : MARKET;
    const side: Side = random.between(0, 1) === 1 ? 'BUY' : 'SELL';
    stream.kinds[n] = kind;
    stream.isBuy[n] = side === 'BUY' ? 1 : 0;
    if (kind === CANCEL) {
      const order = open[random.between(0, open.length - 1)] as CoreOrder;
      stream.targets[n] = order.id;
      book.remove(order);
      forget(order);
      continue;
    }
    const away = 1 + exponential(MEAN_DISTANCE_TICKS) - (n < warmUp ? 0 : 2);
    const ticks = mid + (side === 'BUY' ? -away : away);
    const crowd = (open.length / resting) ** 4;
    const lots = 1 + exponential(kind === MARKET ? 3 * MEAN_LOTS * crowd : MEAN_LOTS);
    stream.ticks[n] = ticks;
    stream.lots[n] = lots;
    const order = new CoreOrder(n, 1 + (n % 7), side, ticks, lots);
    matchTaker(book, order, kind === MARKET ? null : ticks, {
      trade: (maker) => {
        if (maker.level === null) forget(maker as CoreOrder);
      },
      prevented: () => undefined,
    });
    if (kind === MARKET || order.openLots === 0) continue;
    book.add(order);
    indexOf.set(n, open.push(order) - 1);
  }
  return stream;
}
