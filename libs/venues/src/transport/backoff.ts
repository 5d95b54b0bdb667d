/** Uniform in [0, 1). */
export type Random = () => number;

/**
 * Wait before connection attempt `failures + 1`: doubles from `firstMs` to `maxMs`, then takes a random half
 * of it away, so that clients cut off together do not come back together.
 */
export function backoffMs(failures: number, random: Random, firstMs = 1_000, maxMs = 30_000): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures, 20));
  return Math.round(full * (1 - random() / 2));
}
