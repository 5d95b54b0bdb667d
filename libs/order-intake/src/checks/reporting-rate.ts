import { Dec, REPORTING_ASSETS, type Decimal, type Instrument } from '#domain';
import type { MidPrices } from '../admission/mid-prices.js';

/** An older mid tells no rate. */
const MAX_AGE_MS = 10_000;

/**
 * Units of the reporting currency per unit of an asset, by the mid of a spot market where it is sold for one that counts
 * as that currency; null where no market tells it.
 * @param now ms
 */
export function reportingRate(
  asset: string,
  { instruments, mids }: { readonly instruments: readonly Instrument[]; readonly mids: MidPrices },
  now: number,
): Decimal | null {
  if (REPORTING_ASSETS.has(asset)) return new Dec(1);
  for (const { venue, symbol, base, quote, marketType } of instruments) {
    if (marketType !== 'spot' || base !== asset || !REPORTING_ASSETS.has(quote)) continue;
    const mid = mids.mid(venue, symbol);
    if (mid !== null && now - mid.at <= MAX_AGE_MS) return mid.price;
  }
  return null;
}
