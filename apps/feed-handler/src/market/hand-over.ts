import type { VenueId } from '#domain';

/** A speaker that hears nothing of a venue for this long lets another speak. */
const DEAF_AFTER_MS = 10_000;
/** And leaves it this long to do so: a twin looks twice a second. */
const STAND_BACK_MS = 3_000;
/** Nobody took it: the venue itself is away, and it is asked for again only so much later. */
const OFFER_AGAIN_MS = 60_000;

interface Deafness {
  since: number;
  offeredAt: number | null;
}

/** Decides when a process that holds a venue's lease without a live market there lets it go. Times are monotonic ms. */
export class HandOver {
  private readonly deaf = new Map<VenueId, Deafness>();

  /** @returns whether to try for the lease (or keep it), to let go of it, or to leave it to others for now */
  next(venue: VenueId, isDeaf: boolean, holds: boolean, now: number): 'hold' | 'release' | 'stand_back' {
    if (!isDeaf) {
      this.deaf.delete(venue);
      return 'hold';
    }
    const state = this.deaf.get(venue) ?? { since: now, offeredAt: null };
    this.deaf.set(venue, state);
    const { since, offeredAt } = state;
    if (offeredAt !== null && now - offeredAt < STAND_BACK_MS) return 'stand_back';
    const isDue = offeredAt === null ? now - since >= DEAF_AFTER_MS : now - offeredAt >= OFFER_AGAIN_MS;
    if (!holds || !isDue) return 'hold';
    state.offeredAt = now;
    return 'release';
  }
}
