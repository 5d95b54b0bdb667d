import { readFileSync } from 'node:fs';
import { afterEach, beforeEach } from '@jest/globals';
import { epochMs, price, quantity, type ClientOrderId, type VenueId } from '#domain';
import { BinanceSpotVenue } from '../../libs/venues/src/binance/spot-venue.js';
import type { Fence, PlaceRequest, VenueClock, VenueSession } from '../../libs/venues/src/ports.js';
import { VenueServer, type Answer } from './venue-server.js';

export const ID = '0123456789abcdef0123456789abcdef' as ClientOrderId;
export const T0 = 1_764_000_000_000;
/** The venue's clock is so many ms ahead of the database's. */
export const OFFSET = 250;

export const recorded = (name: string): unknown =>
  JSON.parse(readFileSync(`test/fixtures/binance-spot/${name}.json`, 'utf8'));

export const fence = (over: Partial<Fence> = {}): Fence => ({
  claimEpoch: 1,
  claimedAt: epochMs(T0),
  validUntil: epochMs(T0 + 3_000),
  ...over,
});

export const order = (over: Partial<PlaceRequest> = {}): PlaceRequest => ({
  clientOrderId: ID,
  symbol: 'BTCUSDT',
  side: 'buy',
  orderQty: quantity('0.1'),
  price: price('60000.1'),
  timeInForce: 'gtc',
  ...over,
});

export const fault = (status: number, code: number, msg: string, headers = {}): Answer => ({
  status,
  body: { code, msg },
  headers,
});

/** A session at Binance spot before a server of its own. */
export interface SpotSession {
  server: VenueServer;
  venue: BinanceSpotVenue;
  session: VenueSession;
  /** What the server says to everything but the question for instruments. */
  reply: Answer;
  /** Database time, moved by hand. */
  now: number;
  readonly clock: { now(): ReturnType<typeof epochMs> };
  readonly venueClock: VenueClock;
}

/** Opens a new one before each test of the file and closes it after. */
export function useSpotSession(): SpotSession {
  const spot = {
    now: T0,
    clock: { now: () => epochMs(spot.now) },
    venueClock: { now: () => epochMs(spot.now + OFFSET), offsetMs: () => OFFSET, errorMs: () => 5 },
  } as SpotSession;
  beforeEach(async () => {
    spot.now = T0;
    spot.reply = { status: 404, body: { code: -1000, msg: 'not scripted' } };
    spot.server = await VenueServer.start();
    spot.server.answer = ({ path }) =>
      path === '/api/v3/exchangeInfo' ? { status: 200, body: recorded('exchange-info') } : spot.reply;
    spot.venue = new BinanceSpotVenue({ id: 'sim' as VenueId, baseUrl: spot.server.url, clock: spot.clock });
    spot.session = await spot.venue.connect(
      { accountId: 'a', apiKey: 'the-key', apiSecret: 'the-secret' },
      spot.venueClock,
    );
  });
  afterEach(async () => {
    await spot.venue.close();
    await spot.server.stop();
  });
  return spot;
}
