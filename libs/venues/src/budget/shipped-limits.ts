import { binanceSpotLimits } from '../binance/limits.js';
import { binanceUsdmLimits } from '../binance/usdm-limits.js';
import { BYBIT_LIMITS } from '../bybit/limits.js';
import { defaultLimits } from '../ccxt/default-limits.js';
import { COINBASE_EXCHANGE_LIMITS, COINBASE_LIMITS } from '../coinbase/limits.js';
import { DERIBIT_LIMITS } from '../deribit/limits.js';
import { HYPERLIQUID_LIMITS } from '../hyperliquid/limits.js';
import { KRAKEN_LIMITS } from '../kraken/limits.js';
import { OKX_LIMITS } from '../okx/limits.js';
import type { VenueLimits } from './venue-limits.js';

/** Tables of limits that come with the program, by protocol. */
const SHIPPED: ReadonlyMap<string, VenueLimits> = new Map(
  [
    binanceSpotLimits(),
    binanceUsdmLimits(),
    OKX_LIMITS,
    BYBIT_LIMITS,
    KRAKEN_LIMITS,
    COINBASE_LIMITS,
    COINBASE_EXCHANGE_LIMITS,
    DERIBIT_LIMITS,
    HYPERLIQUID_LIMITS,
  ].map((limits) => [limits.venue, limits]),
);

/** Protocols that have a table of their own. */
export const PROTOCOLS_WITH_LIMITS: readonly string[] = [...SHIPPED.keys()];

/**
 * The limits of a venue that speaks `protocol`; each venue has a budget of its own. A protocol without a table has the
 * conservative limits of an exchange that nobody has described.
 * @param pauseMs for those: ccxt's `rateLimit` of the exchange
 */
export function shippedLimits(venue: string, protocol: string = venue, pauseMs?: number): VenueLimits {
  const shipped = SHIPPED.get(protocol);
  if (shipped === undefined) return defaultLimits(venue, pauseMs);
  return { ...shipped, venue, definitions: shipped.definitions.map((definition) => ({ ...definition, venue })) };
}
