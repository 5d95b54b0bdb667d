import type { Budget, Venue } from '#venues';
import { reserveTime } from './reserve-time.js';
import type { VenueOffset } from './venue-offset.js';

export interface VenueTimeParts {
  readonly venue: Pick<Venue, 'venueTime' | 'profile'>;
  readonly offset: VenueOffset;
  readonly budget: Pick<Budget, 'reserve' | 'settle'>;
  /** Told when counts are lost. */
  readonly onLost: () => void;
}

/** Asks one venue for its time, paid for from the budget; whoever asks meanwhile gets the same answer. */
export class VenueTime {
  private readonly over = new AbortController();
  private readonly looks = new Map<boolean, Promise<boolean>>();

  constructor(private readonly parts: VenueTimeParts) {}

  /**
   * @param priority `probe`: an account waits for it; a look that was put off for long is as urgent
   * @returns false when the venue did not answer or was not asked
   */
  measure(priority: 'query' | 'probe'): Promise<boolean> {
    const isAwaited = priority === 'probe' || this.parts.offset.isAging();
    const underWay = this.looks.get(isAwaited);
    if (underWay !== undefined) return underWay;
    const look = this.look(isAwaited).finally(() => this.looks.delete(isAwaited));
    this.looks.set(isAwaited, look);
    return look;
  }

  /** Nobody waits for a turn any more; an answer that is on its way still settles. */
  close(): void {
    this.over.abort();
  }

  private async look(isAwaited: boolean): Promise<boolean> {
    const { venue, offset, budget, onLost } = this.parts;
    const wanted = { isAwaited, onLost, over: this.over.signal };
    const reserved = await reserveTime(budget, venue.profile.calls.venueTime, wanted);
    if (!reserved.granted) return false;
    const answer = await offset.measure(venue);
    // The venue's own time, to the millisecond: a Date header would leave windows of 10 s in doubt at their edges.
    await budget.settle(reserved.token, answer.kind === 'ok' ? 'success' : 'failure', {
      ...answer.meta,
      ...(answer.kind === 'ok' ? { venueMs: answer.value.venueMs } : {}),
    });
    return answer.kind === 'ok';
  }
}
