import { MarketDataReader, SIM_USDM_VENUE_ID, SIM_VENUE_ID } from '#venues';
import { waitUntil } from './stores/server-process.js';

/** Half of what the API still takes for a price: what was left of a run before is none. */
const FRESH_MS = 5_000;
const SIMULATED: readonly string[] = [SIM_VENUE_ID, SIM_USDM_VENUE_ID];

/**
 * Waits until each market of the simulated exchange that is followed has a price: the API refuses an order in one that
 * has none.
 * @param limitMs in ms; a tape may hold an empty book, and a symbol may never be quoted
 * @returns false when some had none at the limit
 */
export async function untilPriced(
  reader: Pick<MarketDataReader, 'all'>,
  limitMs: number,
  now: () => number = Date.now,
): Promise<boolean> {
  return waitUntil(() => {
    const markets = reader.all().filter(({ venue }) => SIMULATED.includes(venue));
    const isPriced = markets.map(({ mid, at }) => mid !== null && at !== null && at >= now() - FRESH_MS);
    return isPriced.length > 0 && isPriced.every(Boolean);
  }, limitMs);
}

/** The same for whoever has no reader: it listens for as long as it waits. */
export async function untilPricesAreHeard(
  channel: ConstructorParameters<typeof MarketDataReader>[0],
  limitMs: number,
): Promise<boolean> {
  const reader = new MarketDataReader(channel);
  try {
    await reader.start();
    return await untilPriced(reader, limitMs);
  } finally {
    await reader.close();
  }
}
