import { err, ok, type Instrument, type Result } from '#domain';
import type { PriceSource } from '#persistence';

/** A venue, and what clients call the exchange that it is of. */
export interface NamedVenue {
  readonly venue: string;
  readonly exchange: string;
}

/** Finds where the prices of conditions come from. */
export interface PriceSources {
  /** The error says why there is no such price. */
  find(pair: string, exchange: string): Result<PriceSource, string>;
}

const BINANCE = 'binance';
/** Stands for Binance where there is none. */
const SIMULATED = 'mockexchange';

/**
 * Prices of all instruments of these venues. Exchanges are found whatever the case, pairs exactly, else whatever the
 * case if that is unique. Without a real Binance, `Binance` is the simulated exchange (order-api.md 6).
 */
export function priceSources(instruments: readonly Instrument[], venues: Iterable<NamedVenue>): PriceSources {
  const venuesOf = new Map<string, Set<string>>();
  for (const { venue, exchange } of venues) {
    const name = exchange.toLowerCase();
    venuesOf.set(name, (venuesOf.get(name) ?? new Set()).add(venue));
  }
  return {
    find: (pair, exchange) => {
      const name = exchange.toLowerCase();
      const ids = venuesOf.get(name) ?? (name === BINANCE ? venuesOf.get(SIMULATED) : undefined);
      if (ids === undefined) return err(`unknown exchange '${exchange}'`);
      const found = named(
        pair,
        instruments.filter((one) => ids.has(one.venue)),
      );
      return found === undefined
        ? err(`no pair '${pair}' on '${exchange}'`)
        : ok({ venue: found.venue, symbol: found.symbol });
    },
  };
}

function named(pair: string, instruments: readonly Instrument[]): Instrument | undefined {
  const exact = instruments.find((one) => one.pair === pair);
  if (exact !== undefined) return exact;
  const loose = instruments.filter((one) => one.pair.toLowerCase() === pair.toLowerCase());
  return new Set(loose.map((one) => one.pair)).size === 1 ? loose[0] : undefined;
}
