import {
  addQuantity,
  notionalOf,
  ZERO_NOTIONAL,
  ZERO_QUANTITY,
  type Notional,
  type Price,
  type Quantity,
} from '../numeric/decimal.js';

/** One public print, as far as volume is concerned. */
export interface VolumePrint {
  /** The venue's number of it: whole, and rising in time. */
  readonly id: string;
  readonly price: Price;
  readonly qty: Quantity;
}

/** Public volume since we first listened to the instrument. */
export interface TradedVolume {
  readonly cumBase: Quantity;
  readonly cumQuote: Notional;
  /** The newest print that is counted; null before the first. */
  readonly lastTradeId: string | null;
}

export const NO_VOLUME: TradedVolume = { cumBase: ZERO_QUANTITY, cumQuote: ZERO_NOTIONAL, lastTradeId: null };

/** Adds prints in any order; those that are counted already, by their number, change nothing. */
export function addPrints(volume: TradedVolume, prints: readonly VolumePrint[]): TradedVolume {
  let { cumBase, cumQuote } = volume;
  let last = volume.lastTradeId === null ? null : BigInt(volume.lastTradeId);
  const rising = prints
    .map((print) => ({ print, id: BigInt(print.id) }))
    .toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  for (const { print, id } of rising) {
    if (last !== null && id <= last) continue;
    cumBase = addQuantity(cumBase, print.qty);
    cumQuote = cumQuote.add(notionalOf(print.qty, print.price)) as Notional;
    last = id;
  }
  return { cumBase, cumQuote, lastTradeId: last === null ? null : String(last) };
}

/** A list of the newest prints is at most this long; no venue lags by more than a whole one. */
const LARGEST_LAG = 1_000n;

/**
 * After a lost connection: adds the newest prints that the venue still lists. `missed` is how many it does not
 * list any more. A venue whose newest number is far below ours has begun to count anew (it was reset): its
 * numbers are taken as they are and nothing is added for the past. A little below is a read that lags.
 */
export function catchUp(
  volume: TradedVolume,
  newest: readonly VolumePrint[],
): { readonly volume: TradedVolume; readonly missed: bigint; readonly restarted: boolean } {
  const ids = newest.map((print) => BigInt(print.id)).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const [lowest, highest] = [ids[0], ids.at(-1)];
  const last = volume.lastTradeId === null ? null : BigInt(volume.lastTradeId);
  if (lowest === undefined || highest === undefined) return { volume, missed: 0n, restarted: false };
  if (last === null) {
    // Our count begins now: what was traded before we listened is not ours to count.
    return { volume: { ...volume, lastTradeId: String(highest) }, missed: 0n, restarted: false };
  }
  if (highest < last && (last - highest > LARGEST_LAG || lowest <= 1n)) {
    return { volume: { ...volume, lastTradeId: String(highest) }, missed: 0n, restarted: true };
  }
  const missed = lowest > last + 1n ? lowest - last - 1n : 0n;
  return { volume: addPrints(volume, newest), missed, restarted: false };
}
