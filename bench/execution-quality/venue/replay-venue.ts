import type { Side } from '#domain';
import { ScratchBook } from '../../../apps/sim-venue/src/market/replay/scratch-book.js';
import type { FrameVisitor, Frames } from '../tape/tape.js';
import { RestingQueue, type Resting } from './resting-queue.js';
import { sweepLevels, type SweptLevel } from './sweep-levels.js';
import type { Timeline } from './timeline.js';

/** Order latency of algorithms.md 10, in microseconds: 30 ms out and 10 ms back. */
export const OUT_MICROS = 30_000;
export const BACK_MICROS = 10_000;

/** A post-only child as the venue holds it. */
export interface RestingChild extends Resting {
  readonly side: Side;
  /** Told at the venue's own time, after `openLots` has fallen. */
  readonly filled: (lots: number) => void;
}

export interface Top {
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
}

/**
 * A venue whose book is the recorded one: children rest and take by the rules of algorithms.md 10, and their fills
 * change nothing in it. `send` and `tell` are the ways there and back; everything else happens at the venue, now.
 */
export class ReplayVenue implements FrameVisitor {
  readonly #record = new ScratchBook();
  readonly #resting: Record<Side, RestingQueue<RestingChild>> = {
    buy: new RestingQueue(true, (child, lots) => child.filled(lots)),
    sell: new RestingQueue(false, (child, lots) => child.filled(lots)),
  };

  constructor(readonly timeline: Timeline) {}

  /** What a caller asks for arrives 30 ms later. */
  send(action: () => void): void {
    this.timeline.at(this.timeline.now + OUT_MICROS, action);
  }

  /** What the venue says is heard 10 ms later. */
  tell(action: () => void): void {
    this.timeline.at(this.timeline.now + BACK_MICROS, action);
  }

  /** Applies one line of the tape; the children it reaches are filled. */
  play(frames: Frames, index: number): void {
    frames.visit(index, this);
    if (frames.isTrade(index)) return;
    this.#resting.buy.opposite(this.#record.book.best('SELL')?.ticks);
    this.#resting.sell.opposite(this.#record.book.best('BUY')?.ticks);
  }

  set(isBid: boolean, ticks: number, lots: number): void {
    this.#record.set(isBid ? 'BUY' : 'SELL', ticks, lots);
    this.#resting[isBid ? 'buy' : 'sell'].displayed(ticks, lots);
  }

  trade(ticks: number, lots: number, buyerIsMaker: boolean): void {
    this.#resting.buy.trade(ticks, lots, buyerIsMaker);
    this.#resting.sell.trade(ticks, lots, !buyerIsMaker);
  }

  /** Null while a side is empty. */
  get top(): Top | null {
    const [bid, ask] = [this.#record.book.best('BUY'), this.#record.book.best('SELL')];
    if (bid === undefined || ask === undefined) return null;
    return { bidTicks: bid.ticks, bidLots: bid.lots, askTicks: ask.ticks, askLots: ask.lots };
  }

  /** Displayed levels of one side from the best one outwards. */
  levels(side: Side): Iterable<SweptLevel> {
    return this.#record.book.levels(side === 'buy' ? 'BUY' : 'SELL');
  }

  /** A post-only child arrives. @returns false when it would take, and is refused */
  rest(child: RestingChild): boolean {
    const { book } = this.#record;
    const isBuy = child.side === 'buy';
    const opposite = book.best(isBuy ? 'SELL' : 'BUY');
    if (opposite !== undefined && (isBuy ? child.ticks >= opposite.ticks : child.ticks <= opposite.ticks)) return false;
    this.#resting[child.side].join(child, book.levelAt(isBuy ? 'BUY' : 'SELL', child.ticks)?.lots ?? 0);
    return true;
  }

  /** A cancel arrives. @returns false when nothing of the child rests any more */
  withdraw(child: RestingChild): boolean {
    return this.#resting[child.side].leave(child);
  }

  /** An immediate-or-cancel child arrives and takes what is displayed. */
  take(side: Side, lots: number, limitTicks: number | null): SweptLevel[] {
    return sweepLevels(this.levels(side === 'buy' ? 'sell' : 'buy'), side === 'buy', lots, limitTicks);
  }
}
