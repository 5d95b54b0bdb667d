import {
  encodeHistory,
  encodePrice,
  encodePrices,
  type PriceKind,
  type PriceOf,
  type SecondRange,
  type VenueId,
  type WholeTime,
} from '#domain';

/** A price to be told, and what of its history is new. */
export interface PublishedPrice extends PriceOf {
  readonly seconds: readonly SecondRange[];
  /** Null: as it was told before. */
  readonly whole: readonly WholeTime[] | null;
}

/** Key and channel of a venue's prices have one name; the key is a hash with a field of each instrument and kind. */
export const pricesOf = (prefix: string, venue: string): string => `${prefix}:px:{${venue}}`;

/** The venue of such a name; null of another. */
export function pricedVenue(prefix: string, name: string): VenueId | null {
  const [before = '', after = ''] = pricesOf(prefix, '*').split('*');
  return name.startsWith(before) ? (name.slice(before.length, -after.length) as VenueId) : null;
}

/** The last ten minutes of one price: a hash. */
export const historyOf = (prefix: string, venue: string, symbol: string, kind: PriceKind): string =>
  `${prefix}:px-seconds:{${venue}}:${symbol}:${kind}`;

/**
 * Writes and tells any number of prices, with their histories, only for the holder of the venue's lease. Histories are
 * forgotten when nobody writes them any more.
 * KEYS: prices, lease, then the history of each. ARGV: owner, message, ms that histories are kept, then of each price its
 * field, its value, the number of fields of its history, and these with their values.
 */
export const PUBLISH_PRICES = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
local at = 4
for key = 3, #KEYS do
  redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
  local fields = tonumber(ARGV[at + 2])
  at = at + 3
  for _ = 1, fields do
    redis.call('HSET', KEYS[key], ARGV[at], ARGV[at + 1])
    at = at + 2
  end
  redis.call('PEXPIRE', KEYS[key], ARGV[3])
end
redis.call('PUBLISH', KEYS[1], ARGV[2])
return 1`;

/** Longer than what is read of them. */
const HISTORY_KEPT_MS = 900_000;

/** Keys and arguments of {@link PUBLISH_PRICES}. */
export function publishPrices(
  prefix: string,
  lease: string,
  owner: string,
  venue: VenueId,
  prices: readonly PublishedPrice[],
): { readonly keys: string[]; readonly args: string[] } {
  const keys = [pricesOf(prefix, venue), lease];
  const rows: string[] = [];
  const fields: string[] = [];
  for (const price of prices) {
    const { symbol, kind, update, seconds, whole } = price;
    const row = encodePrice(price);
    const history = Object.entries(encodeHistory(update.seq, whole, seconds));
    keys.push(historyOf(prefix, venue, symbol, kind));
    rows.push(row);
    fields.push(`${symbol} ${kind}`, row, String(history.length), ...history.flat());
  }
  return { keys, args: [owner, encodePrices(rows), String(HISTORY_KEPT_MS), ...fields] };
}
