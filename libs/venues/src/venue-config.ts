import { z } from 'zod';
import type { Clock, VenueId } from '#domain';
import { BinanceSpotFeed } from './binance/feed/spot-feed.js';
import { BinanceSpotVenue } from './binance/spot-venue.js';
import type { Feed } from './feed-port.js';
import type { Venue } from './ports.js';

/** The simulated exchange, which speaks the Binance spot protocol. */
export const SIM_VENUE_ID = 'sim' as VenueId;

/** What clients call each venue; the order API never shows our ids. */
export const EXCHANGE_NAMES: Readonly<Record<string, string>> = { sim: 'MockExchange' };

/** Environment of every service that reaches a venue. */
export const venueConfig = {
  /** Base URL of the simulated exchange's spot product; REST and streams share the port. */
  SIM_VENUE_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:7601'),
};

export interface VenueConfig {
  readonly SIM_VENUE_URL: string;
}

/** Every venue that orders may go to, by id. `clock` is the database's. */
export function createVenues(
  config: VenueConfig,
  clock: Clock,
): ReadonlyMap<VenueId, Venue & { close(): Promise<void> }> {
  return new Map([[SIM_VENUE_ID, new BinanceSpotVenue({ id: SIM_VENUE_ID, baseUrl: config.SIM_VENUE_URL, clock })]]);
}

/** Public market data of every venue, by id. `clock` is the database's. */
export function createFeeds(config: VenueConfig, clock: Clock): ReadonlyMap<VenueId, Feed> {
  return new Map([[SIM_VENUE_ID, new BinanceSpotFeed({ venue: SIM_VENUE_ID, baseUrl: config.SIM_VENUE_URL, clock })]]);
}
