import { ccxtPauseMs, hasCcxtClass } from '../load-ccxt.js';
import type { AnyExchange } from './profile.js';

/** Which of ccxt's exchanges a venue is. */
export type CcxtPlaceSetting = AnyExchange;

const ENTRY = /^([a-z0-9][a-z0-9-]{0,31})=([a-z0-9]+)(?::(spot|swap))?$/;

/** Exchanges that have an adapter of ours, which promises more; other products of theirs have classes of their own. */
const DESCRIBED: readonly string[] = [
  'binance',
  'binanceusdm',
  'okx',
  'bybit',
  'kraken',
  'coinbase',
  'deribit',
  'hyperliquid',
];

/** The venues of a valid `CCXT_VENUES`. */
export function ccxtVenues(
  text: string,
): readonly (CcxtPlaceSetting & { readonly id: string; readonly pauseMs: number })[] {
  return entriesOf(text).flatMap((entry) => {
    const [, id, exchange, product] = ENTRY.exec(entry) ?? [];
    if (id === undefined || exchange === undefined) return [];
    return [{ id, exchange, product: product === 'swap' ? 'linear' : 'spot', pauseMs: ccxtPauseMs(exchange) }];
  });
}

/** What is wrong with a `CCXT_VENUES`, the value found and what was expected; null when nothing is. */
export function ccxtVenuesProblem(text: string, taken: readonly string[]): string | null {
  const ids = new Set(taken);
  for (const entry of entriesOf(text)) {
    const found = JSON.stringify(entry);
    const [, id, exchange] = ENTRY.exec(entry) ?? [];
    if (id === undefined || exchange === undefined) {
      return `must be id=exchange or id=exchange:spot|swap with ids of a-z, 0-9 and "-", separated by commas, was ${found}`;
    }
    if (ids.has(id)) return `must use each id once and none of the venues that are built in, was ${found}`;
    if (DESCRIBED.includes(exchange)) {
      return `must name exchanges without an adapter of their own (VENUE_<ID>_ENABLED turns those on), was ${found}`;
    }
    if (!hasCcxtClass(exchange)) return `must name an exchange that ccxt has, was ${found}`;
    ids.add(id);
  }
  return null;
}

const entriesOf = (text: string): string[] => (text === '' ? [] : text.split(','));
