import { OrderBook, Side as OracleSide } from 'nodejs-order-book';
import { Book, type BookOrder } from '../../apps/sim-venue/src/matching/book.js';
import { matchTaker, type MatchSink, type Taker } from '../../apps/sim-venue/src/matching/match.js';
import { CoreOrder } from '../../test/support/core-order.js';
import { CANCEL, MARKET, type Stream } from './stream.js';

export interface StreamRun {
  readonly opsPerSecond: number;
  readonly fills: number;
  readonly tradedLots: number;
  readonly resting: number;
}

/** Runs operations `from` up to `to`. */
type Play = (from: number, to: number) => void;

function timed(stream: Stream, play: Play, result: () => Omit<StreamRun, 'opsPerSecond'>): StreamRun {
  play(0, stream.warmUp);
  const began = performance.now();
  play(stream.warmUp, stream.length);
  const seconds = (performance.now() - began) / 1_000;
  return { opsPerSecond: (stream.length - stream.warmUp) / seconds, ...result() };
}

/** What happened in a fill, as somebody outside would keep it. */
interface FillEvent {
  readonly maker: number;
  readonly taker: number;
  readonly ticks: number;
  readonly lots: number;
}

/** Our core, with an index by id and an event per fill. */
class CoreVenue implements MatchSink {
  readonly orders = new Map<number, CoreOrder>();
  fills = 0;
  tradedLots = 0;
  changes = 0;
  readonly book = new Book(() => {
    this.changes += 1;
  });
  readonly #events = new Array<FillEvent | null>(1_024).fill(null);

  trade(maker: BookOrder, taker: Taker, ticks: number, lots: number): void {
    const { id } = maker as CoreOrder;
    this.#events[this.fills & 1_023] = { maker: id, taker: (taker as CoreOrder).id, ticks, lots };
    this.fills += 1;
    this.tradedLots += lots;
    if (maker.level === null) this.orders.delete(id);
  }

  prevented(): void {
    throw new Error('Nobody asked for self-trade prevention');
  }
}

export function runCore(stream: Stream): StreamRun {
  const venue = new CoreVenue();
  const { book, orders } = venue;
  const play: Play = (from, to) => {
    for (let n = from; n < to; n += 1) {
      if (stream.kinds[n] === CANCEL) {
        const id = stream.targets[n] as number;
        book.remove(orders.get(id) as CoreOrder);
        orders.delete(id);
        continue;
      }
      const isMarket = stream.kinds[n] === MARKET;
      const ticks = stream.ticks[n] as number;
      const side = stream.isBuy[n] === 1 ? 'BUY' : 'SELL';
      const order = new CoreOrder(n, 1 + (n % 7), side, ticks, stream.lots[n] as number);
      matchTaker(book, order, isMarket ? null : ticks, venue);
      if (isMarket || order.openLots === 0) continue;
      book.add(order);
      orders.set(n, order);
    }
  };
  const run = timed(stream, play, () => ({
    fills: venue.fills,
    tradedLots: venue.tradedLots,
    resting: venue.orders.size,
  }));
  book.assertInvariants();
  return run;
}

/** The npm package `nodejs-order-book` on the same stream. */
export function runLibrary(stream: Stream): StreamRun {
  const book = new OrderBook();
  let [fills, tradedLots, resting] = [0, 0, 0];
  const play: Play = (from, to) => {
    for (let n = from; n < to; n += 1) {
      if (stream.kinds[n] === CANCEL) {
        book.cancel(`o${stream.targets[n]}`);
        resting -= 1;
        continue;
      }
      const id = `o${n}`;
      const side = stream.isBuy[n] === 1 ? OracleSide.BUY : OracleSide.SELL;
      const size = stream.lots[n] as number;
      const isMarket = stream.kinds[n] === MARKET;
      const reply = isMarket
        ? book.market({ id, side, size })
        : book.limit({ id, side, size, price: stream.ticks[n] as number });
      const makers = reply.done.filter((order) => order.id !== id).length;
      const isPartial = reply.partial !== null && reply.partial.id !== id;
      fills += makers + (isPartial ? 1 : 0);
      tradedLots += size - reply.quantityLeft;
      resting += (isMarket || reply.quantityLeft === 0 ? 0 : 1) - makers;
    }
  };
  return timed(stream, play, () => ({ fills, tradedLots, resting }));
}

/** The floor: an object and an entry of a Map per order, a list per price, and nothing compared or matched. */
export function runFloor(stream: Stream): StreamRun {
  const orders = new Map<number, { id: number; ticks: number; lots: number; isBuy: number }>();
  const levels = new Map<number, number>();
  let [fills, tradedLots] = [0, 0];
  const play: Play = (from, to) => {
    for (let n = from; n < to; n += 1) {
      const kind = stream.kinds[n];
      if (kind === CANCEL) {
        const id = stream.targets[n] as number;
        const order = orders.get(id);
        if (order === undefined) continue;
        levels.set(order.ticks, (levels.get(order.ticks) as number) - order.lots);
        orders.delete(id);
      } else if (kind === MARKET) {
        fills += 1;
        tradedLots += stream.lots[n] as number;
      } else {
        const [ticks, lots] = [stream.ticks[n] as number, stream.lots[n] as number];
        orders.set(n, { id: n, ticks, lots, isBuy: stream.isBuy[n] as number });
        levels.set(ticks, (levels.get(ticks) ?? 0) + lots);
      }
    }
  };
  return timed(stream, play, () => ({ fills, tradedLots, resting: orders.size }));
}
