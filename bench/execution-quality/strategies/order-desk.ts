import type { Side } from '#domain';
import type { SweptLevel } from '../venue/sweep-levels.js';
import type { ReplayVenue, RestingChild } from '../venue/replay-venue.js';

export interface DeskFill {
  /** When it happened at the venue, in microseconds since 1970. */
  readonly at: number;
  readonly ticks: number;
  readonly lots: number;
  readonly isMaker: boolean;
  /** What the child was for. */
  readonly purpose: string;
}

/** What a strategy hears of a post-only child, 10 ms after it happened. */
export interface RestingListener {
  accepted?(): void;
  /** It would have taken. */
  refused?(): void;
  filled?(lots: number): void;
  /** Some of it was filled just now: not heard by the strategy, but for what is measured. */
  atVenue?(): void;
}

/** A child that a strategy asked to rest; it may still be on its way. */
export interface DeskChild {
  readonly purpose: string;
  readonly ticks: number;
  /** Null until it arrives, and when it was refused. */
  resting: RestingChild | null;
  /** It was refused, or there was nothing left of what it was to take over. */
  isRefused: boolean;
}

/** What a strategy hears of a child that took over others. */
export interface MovedListener {
  /** How many lots were refused, having been withdrawn before. */
  refused(lots: number): void;
}

/**
 * The way from one order's strategy to the venue. It counts what is sent and keeps what was filled; once the window
 * has ended it sends nothing more.
 */
export class OrderDesk {
  readonly fills: DeskFill[] = [];
  /** Places and cancels that left; one that does both counts twice. */
  actions = 0;
  /** As the venue knows it. */
  executedLots = 0;
  #isClosed = false;
  readonly #live = new Set<RestingChild>();

  constructor(
    readonly venue: ReplayVenue,
    readonly side: Side,
    readonly lots: number,
  ) {}

  get now(): number {
    return this.venue.timeline.now;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Runs at that instant unless the window has ended by then. */
  at(at: number, run: () => void): void {
    this.venue.timeline.at(at, () => {
      if (!this.#isClosed) run();
    });
  }

  rest(ticks: number, lots: number, listener: RestingListener, purpose = 'resting'): DeskChild {
    const child: DeskChild = { purpose, ticks, resting: null, isRefused: false };
    if (this.#isClosed) return child;
    this.actions += 1;
    this.venue.send(() => this.#arrive(child, lots, listener));
    return child;
  }

  /** Sends an immediate-or-cancel child; `done` hears what it took. */
  take(lots: number, limitTicks: number | null, done: (taken: readonly SweptLevel[]) => void, purpose = 'taker'): void {
    if (this.#isClosed) return;
    this.actions += 1;
    this.venue.send(() => {
      const taken = this.#takeNow(lots, limitTicks, purpose);
      this.#tell(() => done(taken));
    });
  }

  /** Cancels; `done` hears what was still open. */
  cancel(child: DeskChild, done: (openLots: number) => void): void {
    if (this.#isClosed) return;
    this.actions += 1;
    this.venue.send(() => {
      const open = this.#withdraw(child);
      this.#tell(() => done(open));
    });
  }

  /** Moves what is open of some children, and `more` lots, to one new child: in one request, as some venues offer. */
  replace(children: readonly DeskChild[], more: number, ticks: number, listener: MovedListener): DeskChild {
    const moved: DeskChild = { purpose: 'resting', ticks, resting: null, isRefused: false };
    if (this.#isClosed) return moved;
    this.actions += children.length + 1;
    this.venue.send(() => {
      const lots = children.reduce((sum, child) => sum + this.#withdraw(child), more);
      if (lots > 0) this.#arrive(moved, lots, { refused: () => listener.refused(lots) });
      else moved.isRefused = true;
    });
    return moved;
  }

  /** The window ends: what rests is taken back and what is missing is bought (or sold) at any displayed price. */
  close(): void {
    this.#isClosed = true;
    this.venue.send(() => {
      for (const child of this.#live) this.venue.withdraw(child);
      this.#live.clear();
      const left = this.lots - this.executedLots;
      if (left <= 0) return;
      this.actions += 1;
      this.#takeNow(left, null, 'end');
    });
  }

  #arrive(child: DeskChild, lots: number, listener: RestingListener): void {
    const resting: RestingChild = {
      ...{ side: this.side, ticks: child.ticks, openLots: lots, aheadLots: 0 },
      filled: (filled) => {
        if (resting.openLots === 0) this.#live.delete(resting);
        this.#book(child.ticks, filled, true, child.purpose);
        listener.atVenue?.();
        this.#tell(() => listener.filled?.(filled));
      },
    };
    if (!this.venue.rest(resting)) {
      child.isRefused = true;
      return this.#tell(() => listener.refused?.());
    }
    child.resting = resting;
    this.#live.add(resting);
    this.#tell(() => listener.accepted?.());
  }

  #withdraw({ resting }: DeskChild): number {
    if (resting === null || !this.venue.withdraw(resting)) return 0;
    this.#live.delete(resting);
    const open = resting.openLots;
    resting.openLots = 0;
    return open;
  }

  #takeNow(lots: number, limitTicks: number | null, purpose: string): readonly SweptLevel[] {
    const taken = this.venue.take(this.side, lots, limitTicks);
    for (const level of taken) this.#book(level.ticks, level.lots, false, purpose);
    return taken;
  }

  #book(ticks: number, lots: number, isMaker: boolean, purpose: string): void {
    this.executedLots += lots;
    this.fills.push({ at: this.now, ticks, lots, isMaker, purpose });
  }

  #tell(action: () => void): void {
    this.venue.tell(() => {
      if (!this.#isClosed) action();
    });
  }
}
