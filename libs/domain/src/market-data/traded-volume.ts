import {
  addQuantity,
  notionalOf,
  ZERO_NOTIONAL,
  ZERO_QUANTITY,
  type Notional,
  type Price,
  type Quantity,
} from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import { addToBars, breakBars, NO_BARS, type MinuteBars } from './minute-bars.js';

/** One public print, as far as volume is concerned. */
export interface VolumePrint {
  /** The venue's number of it: whole, and rising in time. */
  readonly id: string;
  readonly price: Price;
  readonly qty: Quantity;
  readonly venueAt: EpochMs;
}

/** Public volume since we first listened to the instrument. */
export interface TradedVolume {
  readonly cumBase: Quantity;
  readonly cumQuote: Notional;
  /** The newest print that is counted; null before the first. */
  readonly lastTradeId: string | null;
  /** The same prints by the minute. */
  readonly bars: MinuteBars;
}

export const NO_VOLUME: TradedVolume = {
  cumBase: ZERO_QUANTITY,
  cumQuote: ZERO_NOTIONAL,
  lastTradeId: null,
  bars: NO_BARS,
};

/** Adds prints in any order; those that are counted already, by their number, change nothing. */
export function addPrints(volume: TradedVolume, prints: readonly VolumePrint[]): TradedVolume {
  let { cumBase, cumQuote, bars } = volume;
  let last = volume.lastTradeId === null ? null : BigInt(volume.lastTradeId);
  const rising = prints
    .map((print) => ({ print, id: BigInt(print.id) }))
    .toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  for (const { print, id } of rising) {
    if (last !== null && id <= last) continue;
    cumBase = addQuantity(cumBase, print.qty);
    cumQuote = cumQuote.add(notionalOf(print.qty, print.price)) as Notional;
    bars = addToBars(bars, print);
    last = id;
  }
  return { cumBase, cumQuote, lastTradeId: last === null ? null : String(last), bars };
}

/** A list of the newest prints is at most this long; no venue lags by more than a whole one. */
const LARGEST_LAG = 1_000n;

export interface CaughtUp {
  readonly volume: TradedVolume;
  /** How many prints the venue does not list any more. */
  readonly missed: bigint;
  /** The venue has begun to count anew: it was reset. */
  readonly restarted: boolean;
}

/**
 * After a connection was made: adds the newest prints that the venue lists, then those that came over the
 * connection meanwhile (`heard`). Without a count so far it begins with what was heard: what was traded before
 * we listened is not ours to count. A venue whose newest number is far below ours counts anew; its numbers are
 * taken as they are and nothing is added for the past. A little below is a read that lags.
 */
export function catchUp(volume: TradedVolume, newest: readonly VolumePrint[], heard: readonly VolumePrint[]): CaughtUp {
  const last = volume.lastTradeId === null ? null : BigInt(volume.lastTradeId);
  const listed = range(newest);
  if (last === null) {
    const before = range(heard)?.lowest ?? (listed === null ? null : listed.highest + 1n);
    const begun = before === null ? volume : { ...volume, lastTradeId: String(before - 1n) };
    return { volume: addPrints(begun, heard), missed: 0n, restarted: false };
  }
  if (listed === null) return { volume: addPrints(volume, heard), missed: 0n, restarted: false };
  const { lowest, highest } = listed;
  if (highest < last && (last - highest > LARGEST_LAG || lowest <= 1n)) {
    const before = (range(heard)?.lowest ?? highest + 1n) - 1n;
    const begun = { ...volume, lastTradeId: String(before), bars: breakBars(volume.bars) };
    return { volume: addPrints(begun, heard), missed: 0n, restarted: true };
  }
  const missed = lowest > last + 1n ? lowest - last - 1n : 0n;
  const from = missed > 0n ? { ...volume, bars: breakBars(volume.bars) } : volume;
  return { volume: addPrints(addPrints(from, newest), heard), missed, restarted: false };
}

function range(prints: readonly VolumePrint[]): { readonly lowest: bigint; readonly highest: bigint } | null {
  const ids = prints.map((print) => BigInt(print.id)).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const [lowest, highest] = [ids[0], ids.at(-1)];
  return lowest === undefined || highest === undefined ? null : { lowest, highest };
}
