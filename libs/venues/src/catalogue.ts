import type { Clock, VenueId } from '#domain';
import type { BinanceFeedOptions } from './binance/feed/binance-feed.js';
import { spotFeed } from './binance/feed/spot-wire.js';
import { usdmFeed } from './binance/feed/usdm-wire.js';
import { BinanceSpotVenue } from './binance/spot-venue.js';
import { binanceSpotProfile, binanceUsdmProfile } from './binance/traits.js';
import { BinanceUsdmVenue } from './binance/usdm-venue.js';
import { CCXT_ADAPTERS } from './ccxt/adapters.js';
import { paidRequests } from './ccxt/default-limits.js';
import { AnyFeed } from './ccxt/generic/feed.js';
import { takesPostOnly } from './ccxt/generic/times-in-force.js';
import { anyProfile, type AnyExchange } from './ccxt/generic/profile.js';
import { AnyVenue } from './ccxt/generic/venue.js';
import type { ProtocolId } from './client-order-id.js';
import type { SpendCall } from './budget/call-spender.js';
import type { Feed } from './feed-port.js';
import type { Venue } from './ports.js';
import type { VenueProfile } from './profile.js';
import { configuredVenues, type ConfiguredVenue, type VenueConfig } from './venue-config.js';

/** A venue that holds connections. */
export type RunningVenue = Venue & { close(): Promise<void> };

/** How venues of one protocol are made. `clock` is the database's. */
export interface ProtocolAdapter {
  readonly profile: (venue: ConfiguredVenue) => VenueProfile;
  readonly createVenue: (venue: ConfiguredVenue, clock: Clock) => RunningVenue;
  /** Absent where there is no market data of ours. */
  readonly createFeed?: (venue: ConfiguredVenue, clock: Clock, spend?: SpendCall) => Feed;
}

/** Where Binance has REST, market streams and user streams; an address of one's own serves them all. */
const BINANCE_SPOT = {
  rest: 'https://api.binance.com',
  stream: 'https://stream.binance.com:9443',
  userStream: 'https://ws-api.binance.com:443',
};
const BINANCE_USDM = { rest: 'https://fapi.binance.com', stream: 'https://fstream.binance.com' };

const binanceFeed =
  (feed: (options: BinanceFeedOptions) => Feed, vendor: { readonly rest: string; readonly stream: string }) =>
  ({ id, url }: ConfiguredVenue, clock: Clock, spend?: SpendCall): Feed =>
    feed({
      venue: id,
      baseUrl: url ?? vendor.rest,
      streamUrl: url ?? vendor.stream,
      clock,
      ...(spend === undefined ? {} : { spend }),
    });

/** Every protocol that this program speaks; a further one is one more entry here. */
const ADAPTERS: Readonly<Record<ProtocolId, ProtocolAdapter>> = {
  ...CCXT_ADAPTERS,
  ccxt: {
    profile: (venue) => anyProfile(placeOf(venue)),
    createVenue: (venue, clock) =>
      new AnyVenue({
        id: venue.id,
        place: placeOf(venue),
        baseUrl: venue.url,
        clock,
        paidFor: paidRequests(venue.pauseMs),
      }),
    createFeed: (venue, clock, spend) =>
      new AnyFeed({
        venue: venue.id,
        place: placeOf(venue),
        baseUrl: venue.url,
        clock,
        paidFor: paidRequests(venue.pauseMs),
        ...(spend === undefined ? {} : { spend }),
      }),
  },
  'binance-spot': {
    profile: ({ tier }) => binanceSpotProfile(tier),
    createVenue: ({ id, tier, url }, clock) =>
      new BinanceSpotVenue({
        id,
        tier,
        baseUrl: url ?? BINANCE_SPOT.rest,
        userStreamUrl: url ?? BINANCE_SPOT.userStream,
        clock,
      }),
    createFeed: binanceFeed(spotFeed, BINANCE_SPOT),
  },
  'binance-usdm': {
    profile: ({ tier }) => binanceUsdmProfile(tier),
    createVenue: ({ id, tier, url }, clock) =>
      new BinanceUsdmVenue({
        id,
        tier,
        baseUrl: url ?? BINANCE_USDM.rest,
        streamUrl: url ?? BINANCE_USDM.stream,
        clock,
      }),
    createFeed: binanceFeed(usdmFeed, BINANCE_USDM),
  },
};

function placeOf({ id, ccxt }: ConfiguredVenue): AnyExchange {
  if (ccxt === undefined) throw new RangeError(`Venue ${id} must name an exchange of ccxt, names none`);
  return ccxt;
}

/** Every venue that orders may go to, by id. */
export function createVenues(config: VenueConfig, clock: Clock): ReadonlyMap<VenueId, RunningVenue> {
  return new Map(
    configuredVenues(config).map((venue) => [venue.id, ADAPTERS[venue.protocol].createVenue(venue, clock)]),
  );
}

/**
 * Public market data of every venue that has some, by id.
 * @param spendAt what each venue's feed pays its public calls with; without it they are free
 *
 */
export function createFeeds(
  config: VenueConfig,
  clock: Clock,
  spendAt: (venue: VenueId) => SpendCall | undefined = () => undefined,
): ReadonlyMap<VenueId, Feed> {
  return new Map(
    configuredVenues(config).flatMap((venue) => {
      const { createFeed } = ADAPTERS[venue.protocol];
      return createFeed === undefined ? [] : [[venue.id, createFeed(venue, clock, spendAt(venue.id))] as const];
    }),
  );
}

/** Where no order can be sent that may only rest: some exchanges that are reached by ccxt's word for them alone. */
export async function venuesWithoutPostOnly(config: VenueConfig): Promise<ReadonlySet<VenueId>> {
  const unable = new Set<VenueId>();
  for (const venue of configuredVenues(config))
    if (venue.protocol === 'ccxt' && !(await takesPostOnly(placeOf(venue)))) unable.add(venue.id);
  return unable;
}

/** What is known of every venue before any call to it, by id. */
export function profilesByVenue(config: VenueConfig): ReadonlyMap<VenueId, VenueProfile> {
  return new Map(configuredVenues(config).map((venue) => [venue.id, ADAPTERS[venue.protocol].profile(venue)]));
}
