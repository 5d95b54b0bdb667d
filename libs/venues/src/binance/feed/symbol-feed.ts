import { OrderBook } from '#domain';
import type { FeedMessage, FeedStatus, Level } from '../../feed-port.js';
import { onDelta, onSnapshot, UNSTITCHED, type DepthDelta, type DepthSnapshot, type StitchState } from './stitch.js';

/** Times of venues.md A8, in ms. */
export interface FeedTiming {
  /** Nothing heard, not even a pong. Default 5,000. */
  readonly staleAfterMs: number;
  /** The same of best quotes that are followed alone. Default 2,000. */
  readonly quotesStaleAfterMs: number;
  /** A crossed book that stays crossed. Default 1,000. */
  readonly crossedAfterMs: number;
  /** Stale for this long: connect anew. Default 10,000. */
  readonly reconnectAfterMs: number;
  /** No delta for this long: compare with a snapshot. Default 30,000. */
  readonly compareAfterMs: number;
}

export const FEED_TIMING: FeedTiming = {
  staleAfterMs: 5_000,
  quotesStaleAfterMs: 2_000,
  crossedAfterMs: 1_000,
  reconnectAfterMs: 10_000,
  compareAfterMs: 30_000,
};

/** What a symbol asks of its connection. */
export type Want = 'nothing' | 'snapshot' | 'reconnect';

/**
 * The state of one instrument's feed. All times are monotonic ms and come in; messages go out through `emit`;
 * what it wants done (a snapshot, a new connection) is returned.
 */
export class SymbolFeed {
  private current: FeedStatus = 'connecting';
  private stitch: StitchState = UNSTITCHED;
  private readonly book = new OrderBook();
  private crossedSince: number | null = null;
  private staleSince: number | null = null;
  private lastDeltaAt = 0;
  /** Deltas seen; tells a comparison whether anything arrived while it waited for its snapshot. */
  private deltas = 0;
  private comparing: { readonly deltas: number } | null = null;

  constructor(
    readonly symbol: string,
    private readonly withBook: boolean,
    private readonly timing: FeedTiming,
    private readonly emit: (message: FeedMessage) => void,
  ) {}

  get status(): FeedStatus {
    return this.current;
  }

  /** True while there is no book for want of a snapshot. */
  get waitsForSnapshot(): boolean {
    return this.withBook && this.stitch.phase === 'waiting';
  }

  /** The connection stands and the streams are asked for. */
  opened(at: number): Want {
    this.forget();
    this.lastDeltaAt = at;
    this.moveTo('connecting', 'connection opened');
    if (!this.withBook) {
      this.moveTo('live', 'subscribed');
      return 'nothing';
    }
    this.moveTo('syncing', 'waiting for the snapshot');
    return 'snapshot';
  }

  /** The connection is lost, or an attempt failed. */
  lost(reason: string, down: boolean): void {
    this.forget();
    this.moveTo(down ? 'down' : 'connecting', reason);
  }

  delta(delta: DepthDelta, at: number): Want {
    this.lastDeltaAt = at;
    this.deltas += 1;
    return this.take(onDelta(this.stitch, delta), at);
  }

  snapshot(snapshot: DepthSnapshot, at: number): Want {
    if (this.comparing !== null) return this.compared(snapshot, at);
    return this.take(onSnapshot(this.stitch, snapshot), at);
  }

  /** A snapshot could not be had; a comparison is tried again after the same silence. */
  snapshotFailed(at: number): void {
    if (this.comparing === null) return;
    this.comparing = null;
    this.lastDeltaAt = at;
  }

  /** Something was heard on the connection: a message or a pong. */
  heard(at: number): void {
    if (this.current === 'stale' && this.crossedSince === null) this.recover(at);
    this.emit({ type: 'alive' });
  }

  /** To be called a few times a second. `silentMs`: time since anything was heard on the connection. */
  check(at: number, silentMs: number): Want {
    if (this.current === 'live') {
      if (silentMs > this.timing.staleAfterMs) this.becomeStale(`nothing heard for ${Math.round(silentMs)} ms`, at);
      else if (this.crossedSince !== null && at - this.crossedSince >= this.timing.crossedAfterMs) {
        this.becomeStale('crossed book', at);
      } else if (this.withBook && this.comparing === null && at - this.lastDeltaAt > this.timing.compareAfterMs) {
        this.comparing = { deltas: this.deltas };
        return 'snapshot';
      }
    }
    if (this.staleSince !== null && at - this.staleSince > this.timing.reconnectAfterMs) {
      this.staleSince = at; // ask once per period
      return 'reconnect';
    }
    return 'nothing';
  }

  private take(step: ReturnType<typeof onDelta>, at: number): Want {
    this.stitch = step.state;
    for (const message of step.emit) {
      if (message.type === 'resync') {
        this.book.clear();
        this.crossedSince = null;
        this.staleSince = null;
        this.comparing = null; // a snapshot under way now serves the stitch
        this.moveTo('resyncing', message.reason);
      } else if (message.type === 'snapshot') {
        this.book.applySnapshot(message.seq, message.bids, message.asks);
      } else if (message.type === 'delta') {
        this.book.applyDelta(message.prevSeq, message.seq, message.bids, message.asks);
      }
      this.emit(message);
    }
    if (this.book.isCrossed) this.crossedSince ??= at;
    else this.crossedSince = null;
    if (step.state.phase === 'stitched' && this.current !== 'live' && this.crossedSince === null) this.recover(at);
    return step.wantsSnapshot ? 'snapshot' : 'nothing';
  }

  /** A quiet channel against the venue's own book: a difference is a gap that no sequence number showed. */
  private compared(snapshot: DepthSnapshot, at: number): Want {
    const quiet = this.comparing?.deltas === this.deltas;
    this.comparing = null;
    this.lastDeltaAt = at;
    if (!quiet || this.stitch.phase !== 'stitched') return 'nothing';
    const held = this.book.top(20);
    const same =
      snapshot.lastUpdateId <= this.stitch.seq ||
      (sameLevels(held.bids, snapshot.bids) && sameLevels(held.asks, snapshot.asks));
    if (same) return 'nothing';
    const reason = `silent channel at ${this.book.seq}, the venue's book is at ${snapshot.lastUpdateId}`;
    this.take({ state: UNSTITCHED, emit: [{ type: 'resync', reason }], wantsSnapshot: false }, at);
    return this.take(onSnapshot(UNSTITCHED, snapshot), at);
  }

  private recover(at: number): void {
    this.staleSince = null;
    this.lastDeltaAt = at;
    if (this.withBook && this.stitch.phase !== 'stitched') this.moveTo('resyncing', 'heard again, not stitched');
    else this.moveTo('live', this.withBook ? 'stitched' : 'heard again');
  }

  private becomeStale(reason: string, at: number): void {
    this.staleSince = at;
    this.comparing = null;
    this.moveTo('stale', reason);
  }

  private forget(): void {
    this.stitch = UNSTITCHED;
    this.book.clear();
    this.crossedSince = null;
    this.staleSince = null;
    this.comparing = null;
  }

  private moveTo(to: FeedStatus, reason: string): void {
    if (to === this.current) return;
    const from = this.current;
    this.current = to;
    this.emit({ type: 'status', from, to, reason });
  }
}

function sameLevels(held: readonly Level[], venue: readonly Level[]): boolean {
  return held.every((level, index) => {
    const other = venue[index];
    return other !== undefined && level.price.eq(other.price) && level.qty.eq(other.qty);
  });
}
