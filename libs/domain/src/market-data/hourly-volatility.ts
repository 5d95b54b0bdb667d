const LEAST_RETURNS = 12;
const MOST_RETURNS = 24;

/** The last price of an hour; hours count from 1970. A statistic, not money. */
export interface HourlyClose {
  readonly hour: number;
  readonly close: number;
}

/**
 * Standard deviation (n - 1) of hourly log returns, in bps, over the 24 h before `hour`, which is not over itself;
 * null below 12 returns (algorithms.md 2.3). A return reaches over no hour without a price.
 * @param closes in any order
 */
export function hourlyVolatility(closes: readonly HourlyClose[], hour: number): number | null {
  const byHour = new Map(closes.map((one) => [one.hour, one.close]));
  const returns: number[] = [];
  for (let end = hour - MOST_RETURNS; end < hour; end += 1) {
    const [from, to] = [byHour.get(end - 1), byHour.get(end)];
    if (from !== undefined && to !== undefined) returns.push(Math.log(to / from));
  }
  if (returns.length < LEAST_RETURNS) return null;
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const squares = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (returns.length - 1)) * 10_000;
}
