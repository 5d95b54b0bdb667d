import { addMs, type Clock, type EpochMs } from '#domain';
import type { Venue, VenueClock } from '#venues';

const SAMPLES_KEPT_MS = 60_000;
/** Without a sample the venue's clock may be anywhere near. */
const UNKNOWN_ERROR_MS = 5_000;
/** No venue's clock is further from the database's: an answer that says so is wrong, or one of the two clocks is. */
const MAX_OFFSET_MS = 3_600_000;

/** How far a venue's clock is from the database's, from the quickest answer of the last minute (venues.md B4). */
export class VenueOffset implements VenueClock {
  private samples: { readonly at: number; readonly offsetMs: number; readonly rttMs: number }[] = [];

  constructor(private readonly clock: Clock) {}

  /** The venue's time: what no claim fences is signed with it, and stream events are held against it. */
  now(): EpochMs {
    return addMs(this.clock.now(), this.offsetMs());
  }

  offsetMs(): number {
    return (this.best() ?? this.samples.at(-1))?.offsetMs ?? 0;
  }

  errorMs(): number {
    const best = this.best();
    return best === undefined ? UNKNOWN_ERROR_MS : Math.ceil(best.rttMs / 2);
  }

  /** True while the offset is known well enough to trade (500 ms, venues.md A8). */
  isKnown(): boolean {
    return this.errorMs() <= 500;
  }

  /** True when half the time for which an answer is trusted has passed without another. */
  isAging(): boolean {
    const last = this.samples.at(-1);
    return last === undefined || this.clock.now() - last.at > SAMPLES_KEPT_MS / 2;
  }

  /**
   * Asks the venue once; its answer is kept when it gave one that can be. One that cannot would move the windows in which
   * orders are looked for, and they would be found absent.
   */
  async measure(venue: Pick<Venue, 'venueTime'>): ReturnType<Venue['venueTime']> {
    const before = this.clock.now();
    const reply = await venue.venueTime();
    const after = this.clock.now();
    if (reply.kind !== 'ok') return reply;
    const offsetMs = Math.round(reply.value.venueMs - (before + after) / 2);
    if (Math.abs(offsetMs) > MAX_OFFSET_MS) {
      const text = `the venue's time must be within ${MAX_OFFSET_MS} ms of ours, was ${offsetMs} ms away`;
      return { kind: 'failed', why: { code: 'CLOCK_IMPLAUSIBLE', text }, meta: reply.meta };
    }
    this.samples = [
      ...this.samples.filter((s) => after - s.at < SAMPLES_KEPT_MS),
      { at: after, rttMs: Math.max(after - before, reply.value.rttMs), offsetMs },
    ];
    return reply;
  }

  private best(): { offsetMs: number; rttMs: number } | undefined {
    const oldest = this.clock.now() - SAMPLES_KEPT_MS;
    return this.samples
      .filter((s) => s.at >= oldest)
      .reduce<{ offsetMs: number; rttMs: number } | undefined>(
        (best, s) => (best === undefined || s.rttMs < best.rttMs ? s : best),
        undefined,
      );
  }
}
