import { err, ok, STRATEGY_MARKETS, type Result, type StrategyMarket, type VenueId } from '#domain';
import type { ListedVenue } from '../credentials/venue-list.js';

type Place = Pick<ListedVenue, 'id' | 'exchange' | 'product' | 'tier'>;

/** What every public client of the Mizar dialect asks for unless told otherwise. */
const BINANCE = 'binance';
const MARKET_OF: Readonly<Record<Place['product'], StrategyMarket>> = { spot: 'SPOT', linear: 'FUTURES' };

/**
 * Venues by the names that strategies call them: exchanges in lower case, and venues by their own id. Without a real
 * Binance that name is the default venue's (signal-apis.md 2.2). Pure.
 */
function venuesByName(venues: readonly Place[]): ReadonlyMap<string, readonly Place[]> {
  const byName = new Map<string, Place[]>();
  for (const venue of venues) {
    const name = venue.exchange.toLowerCase();
    byName.set(name, [...(byName.get(name) ?? []), venue]);
  }
  const standIn = (venues.find(({ tier }) => tier === 1) ?? venues[0])?.exchange.toLowerCase();
  if (standIn !== undefined && !byName.has(BINANCE)) byName.set(BINANCE, byName.get(standIn) ?? []);
  for (const venue of venues) if (!byName.has(venue.id)) byName.set(venue.id, [venue]);
  return byName;
}

/** Every exchange under one name, and the markets that it has; what stands in for Binance is called so. Pure. */
export function listExchanges(
  venues: readonly Place[],
): { readonly name: string; readonly markets: readonly StrategyMarket[] }[] {
  const byName = venuesByName(venues);
  const standsIn = byName.get(BINANCE)?.[0]?.exchange;
  const names = venues.map(({ exchange }) => (exchange === standsIn ? BINANCE : exchange.toLowerCase()));
  return [...new Set(names)].map((name) => {
    const markets = new Set(byName.get(name)?.map(({ product }) => MARKET_OF[product]));
    return { name, markets: STRATEGY_MARKETS.filter((market) => markets.has(market)) };
  });
}

/** The venue at which a strategy of this market trades when it names an exchange; else what the name must be. Pure. */
export function venueOfExchange(
  name: string,
  market: StrategyMarket,
  venues: readonly Place[],
): Result<VenueId, string> {
  const byName = venuesByName(venues);
  const places = byName.get(name.toLowerCase());
  if (places === undefined) return err(`one of ${[...byName.keys()].join(', ')}`);
  const place = places.find(({ product }) => MARKET_OF[product] === market);
  return place === undefined ? err(`an exchange with the market ${market}`) : ok(place.id as VenueId);
}
