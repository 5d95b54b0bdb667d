import type { OrderVenue } from '#order-intake';
import { profilesByVenue, venuesWithoutPostOnly, type ProtocolId, type VenueConfig } from '#venues';

/** A venue that accounts can be opened at, as the API shows it. */
export interface ListedVenue extends OrderVenue {
  readonly product: 'spot' | 'linear';
  readonly tier: 1 | 2;
  /** False: how margin is kept cannot be set there. Absent: as far as is known it can. */
  readonly setsMargin?: boolean;
  /** What an operator must know before trading there, one sentence each. */
  readonly cannotPromise: readonly string[];
}

export const VENUE_LIST = Symbol('venue list');

/** What clients call the exchanges; a simulated one stands for them all. */
const EXCHANGES: Readonly<Record<Exclude<ProtocolId, 'ccxt'>, string>> = {
  'binance-spot': 'Binance',
  'binance-usdm': 'Binance',
  okx: 'OKX',
  bybit: 'Bybit',
  kraken: 'Kraken',
  coinbase: 'Coinbase',
  deribit: 'Deribit',
  hyperliquid: 'Hyperliquid',
};
const SIMULATED = 'MockExchange';

/** Every venue that this installation reaches. */
export async function listedVenues(config: VenueConfig): Promise<ListedVenue[]> {
  const unable = await venuesWithoutPostOnly(config);
  return [...profilesByVenue(config)].map(
    ([id, { protocol, exchange, product, tier, cannotPromise, traits, calls }]) => ({
      id,
      exchange: tier === 1 ? SIMULATED : protocol === 'ccxt' ? (exchange ?? id) : EXCHANGES[protocol],
      product,
      tier,
      reducesOnly: traits.reduceOnly,
      rests: !unable.has(id),
      setsMargin: calls.applyMarginType !== null,
      cannotPromise,
    }),
  );
}
