import type { Clock, VenueId } from '#domain';
import { startReferenceMarket, type ReferenceMarket } from './reference-market.js';

/** Speaks as the feed handler would of some instruments of the simulated venues. */
export interface QuotedMarkets {
  quote(pair: string, bid: string, ask: string): Promise<void>;
  /** Says nothing of the pair any more until it is quoted again; the last word was of `ageMs` ago. */
  silence(pair: string, ageMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** @param quotes best bid and ask by pair, of spot and of perpetuals */
export async function startQuotedMarkets(
  stores: { readonly redisUrl: string; readonly redisPrefix: string },
  clock: Clock,
  quotes: Readonly<Record<string, readonly [bid: string, ask: string]>>,
): Promise<QuotedMarkets> {
  const markets = new Map<string, ReferenceMarket>();
  const named = (pair: string) => ({ symbol: pair.replace(':PERP', '').replace('-', ''), pair });
  for (const [pair, [bid, ask]] of Object.entries(quotes)) {
    const venue = (pair.includes(':PERP') ? 'sim-usdm' : 'sim') as VenueId;
    const market = await startReferenceMarket(stores, clock, venue);
    await market.quote(bid, ask, named(pair));
    markets.set(pair, market);
  }
  const marketOf = (pair: string): ReferenceMarket => {
    const market = markets.get(pair);
    if (market === undefined) throw new Error(`${pair} must be one of the quoted markets`);
    return market;
  };
  return {
    quote: (pair, bid, ask) => marketOf(pair).quote(bid, ask, named(pair)),
    silence: (pair, ageMs) => marketOf(pair).silence(ageMs),
    stop: async () => {
      for (const market of markets.values()) await market.stop();
    },
  };
}
