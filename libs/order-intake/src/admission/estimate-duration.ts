import { addMs, decimal, othersVolumeNeeded, ZERO, type Decimal, type EpochMs, type Price, type Sizing } from '#domain';
import { MinuteBarRepository, type AcceptedOrder, type Tx } from '#persistence';

/** An order that follows volume ends after this much active time at the latest (algorithms.md 2.5). */
const LONGEST_MS = 7 * 86_400_000;
/** The mean rate of others is taken over this long. */
const LOOK_BACK_MS = 900_000;
const MINUTE_MS = 60_000;

/** What an estimate is made for. */
export interface Estimated {
  readonly params: Pick<AcceptedOrder['params'], 'povTarget'>;
  readonly legs: AcceptedOrder['legs'];
  readonly orderQty: Decimal;
  readonly sizing: Sizing;
  readonly arrivalPrice: Price | null;
  /** The longest it may take; null for the default. */
  readonly durationMs: number | null;
}

/**
 * How long an order is expected to take where that depends on the volume of others, else null (algorithms.md 2.5): at
 * the mean rate of the last 15 minutes on its venues; without any it is the longest that it may take.
 */
export async function estimateMs(tx: Tx, order: Estimated, now: EpochMs): Promise<number | null> {
  const rate = order.params.povTarget ?? null;
  if (rate === null) return null;
  const bars = new MinuteBarRepository(tx);
  const from = addMs(now, -LOOK_BACK_MS);
  let volume: Decimal = ZERO;
  let minutes = 0;
  for (const { venue, symbol } of distinct(order.legs)) {
    const found = await bars.between(venue, symbol, from, now);
    volume = found.reduce((sum, { base }) => sum.add(base), volume);
    minutes = Math.max(minutes, found.length);
  }
  const perMs = minutes === 0 ? ZERO : volume.div(minutes * MINUTE_MS);
  return expectedMs(baseOf(order), rate, perMs, order.durationMs ?? LONGEST_MS);
}

/** Null while a quote-sized order has no price. */
function baseOf({ sizing, orderQty, arrivalPrice }: Estimated): Decimal | null {
  if (sizing === 'base') return orderQty;
  return arrivalPrice === null ? null : orderQty.div(arrivalPrice);
}

/** Pure. @param perMs base units that others trade in a millisecond */
export function expectedMs(orderQty: Decimal | null, rate: string, perMs: Decimal, ceilingMs: number): number {
  if (orderQty === null || perMs.lte(ZERO)) return ceilingMs;
  const needed = othersVolumeNeeded(orderQty, decimal(rate), ZERO);
  return Math.min(ceilingMs, Math.max(1_000, needed.div(perMs).ceil().toNumber()));
}

function distinct<T extends { readonly venue: string; readonly symbol: string }>(legs: readonly T[]): T[] {
  return [...new Map(legs.map((leg) => [`${leg.symbol}.${leg.venue}`, leg])).values()];
}
