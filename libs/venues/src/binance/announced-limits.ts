import { z } from 'zod';
import type { VenueLimits } from '../budget/venue-limits.js';

/** One entry of the venue's `rateLimits`, as `exchangeInfo` and `rateLimit/order` of both products give it. */
export const binanceRateLimit = z.object({
  rateLimitType: z.string(),
  interval: z.string(),
  intervalNum: z.int().positive(),
  limit: z.int().positive(),
  count: z.int().nonnegative().optional(),
});
export type BinanceRateLimit = z.output<typeof binanceRateLimit>;

/** The part of `exchangeInfo` that announces limits. */
export const exchangeInfoLimits = z.object({ rateLimits: z.array(binanceRateLimit) });

/** The venue's own counts by limit id, for `settle`. Entries that belong to no limit of ours are left out. */
export function binanceReadings(
  limits: VenueLimits,
  entries: readonly BinanceRateLimit[],
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    matched(limits, entries).flatMap(([id, { count }]) => (count === undefined ? [] : [[id, count]])),
  );
}

/** The venue's own limits by limit id, for `announce`. */
export function binanceAnnouncements(
  limits: VenueLimits,
  entries: readonly BinanceRateLimit[],
): Readonly<Record<string, number>> {
  return Object.fromEntries(matched(limits, entries).map(([id, { limit }]) => [id, limit]));
}

function matched(
  { definitions }: VenueLimits,
  entries: readonly BinanceRateLimit[],
): (readonly [string, BinanceRateLimit])[] {
  return entries.flatMap((entry) => {
    const select = `${entry.rateLimitType}/${entry.interval}/${entry.intervalNum}`;
    const definition = definitions.find((d) => d.confirm?.select === select);
    return definition ? [[definition.id, entry] as const] : [];
  });
}
