import { addQuantity, notionalOf, type Notional } from '../numeric/decimal.js';
import { addToBars, breakBars } from './minute-bars.js';
import { comparePrints, NOTHING_SEEN, PrintMemory } from './print-memory.js';
import type { CaughtUp, TradedVolume, VolumePrint } from './traded-volume.js';

/** Adds prints in any order; one that was seen, or that is older than all that is remembered, changes nothing. */
export function addNamed(volume: TradedVolume, prints: readonly VolumePrint[]): TradedVolume {
  let { cumBase, cumQuote, bars } = volume;
  const memory = new PrintMemory(volume.seen ?? NOTHING_SEEN);
  for (const print of prints.toSorted(comparePrints)) {
    if (!memory.add(print)) continue;
    cumBase = addQuantity(cumBase, print.qty);
    cumQuote = cumQuote.add(notionalOf(print.qty, print.price)) as Notional;
    bars = addToBars(bars, print);
  }
  return { ...volume, cumBase, cumQuote, bars, ...memory.state() };
}

/**
 * After a connection was made, or prints may have gone by: adds what the venue lists as newest, then what came over the
 * connection meanwhile. Without a count so far, what is listed and was not heard was traded before we listened. A list
 * of which nothing was seen before leaves a hole of unknown size.
 */
export function catchUpNamed(
  volume: TradedVolume,
  newest: readonly VolumePrint[],
  heard: readonly VolumePrint[],
): CaughtUp {
  if (volume.seen === null) {
    const isHeard = new Set(heard.map(({ id }) => id));
    const memory = new PrintMemory(NOTHING_SEEN);
    for (const print of newest.toSorted(comparePrints)) if (!isHeard.has(print.id)) memory.add(print);
    const begun = { ...volume, ...memory.state(), bars: breakBars(volume.bars) };
    return { volume: addNamed(begun, heard), missed: 0n, restarted: false };
  }
  const memory = new PrintMemory(volume.seen);
  const hasHole = newest.length > 0 && !memory.isEmpty && !newest.some((print) => memory.has(print));
  const from = hasHole ? { ...volume, bars: breakBars(volume.bars) } : volume;
  return {
    volume: addNamed(addNamed(from, newest), heard),
    missed: hasHole ? null : 0n,
    restarted: false,
  };
}

/** Those that were not seen; none before there is a count. */
export function uncountedNamed<T extends VolumePrint>(volume: TradedVolume, prints: readonly T[]): T[] {
  if (volume.seen === null) return [];
  const memory = new PrintMemory(volume.seen);
  return prints.filter((print) => !memory.has(print));
}

/** Their count and what we heard after its end; null when we did not hear the last that they counted. */
export function continueNamed(
  theirs: TradedVolume,
  ours: TradedVolume,
  recent: readonly VolumePrint[],
): TradedVolume | null {
  const [last, seen] = [theirs.seen?.newest.at(-1), ours.seen];
  if (last === undefined || seen === null || !new PrintMemory(seen).has(last)) return null;
  return addNamed(theirs, recent);
}

/** Whether `a` lacks anything that `b` has: newer prints, or volume. */
export function isBehindNamed(a: TradedVolume, b: TradedVolume): boolean {
  if (b.lastTradeId === null) return false;
  const [own, other] = [a.seen?.newest.at(-1), b.seen?.newest.at(-1)];
  if (a.lastTradeId === null || (own === undefined && other !== undefined)) return true;
  return (own !== undefined && other !== undefined && comparePrints(own, other) < 0) || a.cumBase.lt(b.cumBase);
}
