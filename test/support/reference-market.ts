import type { Clock, EpochMs, MarketSnapshot, VenueId } from '#domain';
import { epochMs, price, quantity, ZERO_NOTIONAL, ZERO_QUANTITY } from '#domain';
import { MarketDataPublisher } from '#venues';
import { until } from './until.js';

/** Speaks as the feed handler would, for one instrument. */
export interface ReferenceMarket {
  /** Publishes these prices now and from now on. */
  quote(bid: string, ask: string, over?: Partial<MarketSnapshot>): Promise<void>;
  /** Says nothing any more; the last word was of `ageMs` ago. */
  silence(ageMs: number): Promise<void>;
  stop(): Promise<void>;
}

const VENUE = 'sim' as VenueId;
const SPEAK_EVERY_MS = 500;

export async function startReferenceMarket(
  stores: { readonly redisUrl: string; readonly redisPrefix: string },
  clock: Clock,
  venue = VENUE,
): Promise<ReferenceMarket> {
  const publisher = new MarketDataPublisher({ url: stores.redisUrl, prefix: stores.redisPrefix }, 'reference-market');
  let current: Partial<MarketSnapshot> & { bid: string; ask: string } = { bid: '99', ask: '101' };
  let silentSince: EpochMs | null = null;
  const snapshot = (): MarketSnapshot => {
    const { bid, ask, ...over } = current;
    return {
      venue,
      symbol: 'TESTUSDT',
      pair: 'TEST-USDT',
      status: 'live',
      reason: null,
      at: silentSince ?? clock.now(),
      seq: 1,
      bids: [{ price: price(bid), qty: quantity('50') }],
      asks: [{ price: price(ask), qty: quantity('50') }],
      mid: price(price(bid).add(price(ask)).div(2).toFixed()),
      bbo: null,
      mark: null,
      sigma1Bps: null,
      sigma5Bps: null,
      sigma10Bps: null,
      medianMid60: null,
      lastTradeId: null,
      cumBaseVolume: ZERO_QUANTITY,
      cumQuoteVolume: ZERO_NOTIONAL,
      ...over,
    };
  };
  const speak = async (): Promise<boolean> => {
    await publisher.hold(venue, 60_000);
    return (await publisher.publish(snapshot())) === 'published';
  };
  await until(speak, { what: 'the reference market is heard' });
  const timer = setInterval(() => void speak(), SPEAK_EVERY_MS);
  return {
    quote: async (bid, ask, over = {}) => {
      current = { bid, ask, ...over };
      silentSince = null;
      await speak();
    },
    silence: async (ageMs) => {
      silentSince = epochMs(clock.now() - ageMs);
      await speak();
    },
    stop: async () => {
      clearInterval(timer);
      await publisher.close();
    },
  };
}
