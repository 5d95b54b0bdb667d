import type { Side } from '../instrument/instrument.js';
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
import type { SeenPrints } from './print-memory.js';

/** One public print, as far as volume is concerned. */
export interface VolumePrint {
  /** The venue's id of it; where the venue numbers its trades, whole and one more than that of the one before. */
  readonly id: string;
  readonly price: Price;
  readonly qty: Quantity;
  readonly aggressor: Side;
  readonly venueAt: EpochMs;
}

/** Public volume since we first listened to the instrument. */
export interface TradedVolume {
  readonly cumBase: Quantity;
  readonly cumQuote: Notional;
  /** The newest print that is counted; null before the first. */
  readonly lastTradeId: string | null;
  /** Where trades have names and no numbers: those that are counted. Null: counted by number, or not begun. */
  readonly seen: SeenPrints | null;
  /** The same prints by the minute. */
  readonly bars: MinuteBars;
}

export const NO_VOLUME: TradedVolume = {
  cumBase: ZERO_QUANTITY,
  cumQuote: ZERO_NOTIONAL,
  lastTradeId: null,
  seen: null,
  bars: NO_BARS,
};

/** The number of the newest counted print; null before the first, and where what was counted had no numbers. */
function lastNumber({ lastTradeId, seen }: TradedVolume): bigint | null {
  return lastTradeId !== null && seen === null && /^-?\d+$/.test(lastTradeId) ? BigInt(lastTradeId) : null;
}

/** Adds prints in any order; those that are counted already, by their number, change nothing. */
export function addPrints(volume: TradedVolume, prints: readonly VolumePrint[]): TradedVolume {
  let { cumBase, cumQuote, bars } = volume;
  let last = lastNumber(volume);
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
  return { cumBase, cumQuote, lastTradeId: last === null ? null : String(last), seen: null, bars };
}

/** A list of the newest prints is at most this long; no venue lags by more than a whole one. */
const LARGEST_LAG = 1_000n;

export interface CaughtUp {
  readonly volume: TradedVolume;
  /** How many prints the venue does not list any more; null: some, and their number is not known. */
  readonly missed: bigint | null;
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
  const last = lastNumber(volume);
  const listed = range(newest);
  if (last === null) {
    const before = range(heard)?.lowest ?? (listed === null ? null : listed.highest + 1n);
    const bars = breakBars(volume.bars);
    const begun = before === null ? volume : { ...volume, seen: null, lastTradeId: String(before - 1n), bars };
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

/** Whether prints between those that are counted and this one are missing. */
export function isNumberSkipped(volume: TradedVolume, print: VolumePrint): boolean {
  const last = lastNumber(volume);
  return last !== null && BigInt(print.id) > last + 1n;
}

/** Those with numbers above all that are counted; none before there is a count. */
export function uncountedNumbered<T extends VolumePrint>(volume: TradedVolume, prints: readonly T[]): T[] {
  const last = lastNumber(volume);
  return last === null ? [] : prints.filter(({ id }) => BigInt(id) > last);
}

/** Their count and what we heard after its end; null when we did not hear the print with the next number. */
export function continueNumbered(
  theirs: TradedVolume,
  ours: TradedVolume,
  recent: readonly VolumePrint[],
): TradedVolume | null {
  const [last, counted] = [lastNumber(theirs), lastNumber(ours)];
  if (last === null || counted === null || counted < last) return null;
  if (counted > last && !recent.some(({ id }) => BigInt(id) === last + 1n)) return null;
  return addPrints(theirs, recent);
}

/** Whether `a` lacks anything that `b` has: newer prints, or volume. */
export function isBehindNumbered(a: TradedVolume, b: TradedVolume): boolean {
  const [own, other] = [lastNumber(a), lastNumber(b)];
  if (other === null) return false;
  return own === null || own < other || a.cumBase.lt(b.cumBase);
}

function range(prints: readonly VolumePrint[]): { readonly lowest: bigint; readonly highest: bigint } | null {
  const ids = prints.map((print) => BigInt(print.id)).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const [lowest, highest] = [ids[0], ids.at(-1)];
  return lowest === undefined || highest === undefined ? null : { lowest, highest };
}
