import type { Clock } from '#domain';
import { startReferenceMarket, type ReferenceMarket } from './reference-market.js';

/** Speaks as the feed handler would of some spot instruments of the simulated venue, quoted in USDT. */
export interface QuotedMarkets {
  quote(base: string, bid: string, ask: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param quotes best bid and ask by base asset */
export async function startQuotedMarkets(
  stores: { readonly redisUrl: string; readonly redisPrefix: string },
  clock: Clock,
  quotes: Readonly<Record<string, readonly [bid: string, ask: string]>>,
): Promise<QuotedMarkets> {
  const markets = new Map<string, ReferenceMarket>();
  const named = (base: string) => ({ symbol: `${base}USDT`, pair: `${base}-USDT` });
  for (const [base, [bid, ask]] of Object.entries(quotes)) {
    const market = await startReferenceMarket(stores, clock);
    await market.quote(bid, ask, named(base));
    markets.set(base, market);
  }
  return {
    quote: async (base, bid, ask) => {
      const market = markets.get(base);
      if (market === undefined) throw new Error(`${base} must be one of the quoted markets`);
      await market.quote(bid, ask, named(base));
    },
    stop: async () => {
      for (const market of markets.values()) await market.stop();
    },
  };
}
