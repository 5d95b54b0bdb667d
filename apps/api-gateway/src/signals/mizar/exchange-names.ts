/** What clients say when they mean whatever is there: their default. */
const DEFAULT_NAME = 'binance';

/**
 * The venue that an exchange's name means; null when there is none. `binance` means the default venue where no venue of that
 * name is configured, because clients send it unasked (signal-apis.md 2.2).
 */
export function venueNamed(name: string, venues: readonly string[], defaultVenue: string): string | null {
  const wanted = name.trim().toLowerCase();
  const venue = venues.find((one) => one.toLowerCase() === wanted);
  return venue ?? (wanted === DEFAULT_NAME ? defaultVenue : null);
}
