import { epochMs, type Clock } from '#domain';
import { CcxtVenue } from '../../../libs/venues/src/ccxt/ccxt-venue.js';
import type { CcxtProtocol } from '../../../libs/venues/src/ccxt/protocol.js';
import type { Fence, SoleCaller, VenueAccountRef, VenueClock, VenueSession } from '../../../libs/venues/src/ports.js';
import { VenueServer } from '../venue-server.js';
import { OFFSET, T0, VENUE } from './pack.js';

/** A vendor's adapter before a server that answers as the test says. Time stands at T0 unless it is moved. */
export interface PackWorld {
  readonly server: VenueServer;
  readonly clock: Clock;
  /** The venue's clock, OFFSET ahead. */
  readonly venueClock: VenueClock;
  /** Epoch milliseconds by the database's clock. */
  now: number;
  newVenue(protocol: CcxtProtocol, over?: { readonly baseUrl?: string; readonly pollEveryMs?: number }): CcxtVenue;
  /** A session at a venue of its own. */
  connect(protocol: CcxtProtocol, account: VenueAccountRef, caller?: SoleCaller): Promise<VenueSession>;
  close(): Promise<void>;
}

export async function openPackWorld(): Promise<PackWorld> {
  const server = await VenueServer.start();
  const venues: CcxtVenue[] = [];
  const world: PackWorld = {
    server,
    now: T0,
    clock: { now: () => epochMs(world.now) },
    venueClock: { now: () => epochMs(world.now + OFFSET), offsetMs: () => OFFSET, errorMs: () => 5 },
    newVenue: (protocol, over = {}) => {
      const venue = new CcxtVenue({ id: VENUE, protocol, baseUrl: server.url, clock: world.clock, ...over });
      venues.push(venue);
      return venue;
    },
    connect: (protocol, account, caller) => world.newVenue(protocol).connect(account, world.venueClock, caller),
    close: async () => {
      await Promise.all(venues.map((venue) => venue.close()));
      await server.stop();
    },
  };
  return world;
}

/** The right of a claim that was made at T0. */
export const fenceAtT0 = (over: Partial<Fence> = {}): Fence => ({
  claimEpoch: 1,
  claimedAt: epochMs(T0),
  validUntil: epochMs(T0 + 3_000),
  ...over,
});
