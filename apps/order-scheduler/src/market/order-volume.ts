import {
  addMs,
  countActive,
  countStopped,
  isFinal,
  NOTHING_COUNTED,
  othersVolume,
  publicVolume,
  sampleSecond,
  ZERO,
  type Decimal,
  type EpochMs,
  type Interval,
  type MarketSnapshot,
  type PublicVolume,
  type Quantity,
  type VolumeCount,
  type VolumeReading,
} from '#domain';
import { settledAt } from '../costs/settled-at.js';
import { MarketSampleRepository, type OwnVolume, type Tx, type VolumeCounts, type WorkedOrder } from '#persistence';

/** What an order's active time has seen traded on all of its instruments. */
export interface OrderVolume {
  readonly counts: VolumeCounts;
  /** V_o, and all of it; null when unknown. */
  readonly others: Quantity | null;
  readonly all: Quantity | null;
  /** All of it in quote. */
  readonly quote: Decimal | null;
}

/** The public part of a reading, taken before the transaction reads what is ours. */
export type PublicReadings = ReadonlyMap<string, MarketSnapshot | null>;

export const instrumentKey = ({ symbol, venue }: { readonly symbol: string; readonly venue: string }): string =>
  `${symbol}.${venue}`;

/** A stop that is looked at this soon is taken for one of now. */
const AT_ONCE_MS = 1_000;
/** A sample is taken at most this long after its second began. */
const SAMPLE_LATE_MS = 150;
/** Seconds before a stop whose samples are looked for, should the feed have been away. */
const SECONDS_BACK = 60;

/** Counts on from what is kept with the order. */
export async function countVolume(
  tx: Tx,
  order: WorkedOrder,
  seen: PublicReadings,
  own: readonly OwnVolume[],
  now: EpochMs,
): Promise<OrderVolume> {
  const inactive = inactiveOf(order);
  const isActive = isTrading(order, inactive, now);
  const counts = new Map<string, VolumeCount>();
  const others: (Quantity | null)[] = [];
  const all: (PublicVolume | null)[] = [];
  for (const volume of own) {
    const key = instrumentKey(volume);
    const reading = readingOf(seen.get(key) ?? null, volume);
    let count = order.volumeCounts.get(key) ?? NOTHING_COUNTED;
    const stop = stopOf(count, inactive);
    if (stop !== null) {
      const isEnd = stop === order.endedAt;
      const stopped = countStopped(count, reading, await publicAt(tx, volume, reading, { stop, isEnd, now }));
      // The market of the end is written down a while after it: until then it is looked up again.
      counts.set(key, isEnd && now < settledAt(stop) ? count : stopped);
      count = stopped;
    }
    if (isActive) count = countActive(count, reading, now);
    if (stop === null || isActive) counts.set(key, count);
    const isKnown = count.from !== null || !count.before.isZero();
    others.push(isKnown ? othersVolume(count, isActive ? reading : null) : null);
    all.push(publicVolume(count, isActive ? reading : null));
  }
  return {
    counts,
    others: sumOf(others) as Quantity | null,
    all: sumOf(all.map((volume) => volume?.base ?? null)) as Quantity | null,
    quote: sumOf(all.map((volume) => volume?.quote ?? null)),
  };
}

/** Whether what is kept with the order must be written anew. Others' highest volume only matters to orders that follow it. */
export function isWorthKeeping({ volumeCounts, params }: WorkedOrder, counts: VolumeCounts): boolean {
  const follows = params.povLimit !== null || params.povTarget !== null;
  for (const [key, count] of counts) {
    const kept = volumeCounts.get(key);
    if (kept === undefined || kept.since !== count.since || (kept.from === null) !== (count.from === null)) return true;
    if ((kept.awaited === null) !== (count.awaited === null)) return true;
    if (follows && !kept.highest.eq(count.highest)) return true;
  }
  return false;
}

/** Where the active time of an order stands still: pauses, out-of-limit times that pause it, and after its end. */
export function inactiveOf(order: Pick<WorkedOrder, 'paused' | 'outOfLimit' | 'params' | 'endedAt'>): Interval[] {
  return [
    ...order.paused,
    ...(order.params.oolPause ? order.outOfLimit : []),
    ...(order.endedAt === null ? [] : [{ from: order.endedAt, to: null }]),
  ];
}

function isTrading({ status, activatedAt }: WorkedOrder, inactive: readonly Interval[], now: EpochMs): boolean {
  if (activatedAt === null || status === 'PAUSED' || isFinal(status)) return false;
  return !inactive.some(({ from, to }) => from <= now && (to === null || to > now));
}

/** When the stretch that is counted came to its end; null while it goes on. */
function stopOf({ since }: VolumeCount, inactive: readonly Interval[]): EpochMs | null {
  if (since === null) return null;
  const stops = inactive.filter(({ from, to }) => from >= since && (to === null || to > from)).map(({ from }) => from);
  return stops.length === 0 ? null : (Math.min(...stops) as EpochMs);
}

interface Stop {
  readonly stop: EpochMs;
  readonly isEnd: boolean;
  readonly now: EpochMs;
}

/**
 * The public volume by `stop`, or a little less, so that none of a pause is traded against. With the end nothing is
 * traded any more and our own last prints must be in it: a little more is taken. Null when nobody knows.
 */
async function publicAt(
  tx: Tx,
  { venue, symbol }: OwnVolume,
  reading: VolumeReading | null,
  { stop, isEnd, now }: Stop,
): Promise<PublicVolume | null> {
  const atOnce =
    reading !== null && now - stop <= AT_ONCE_MS ? { base: reading.publicBase, quote: reading.publicQuote } : null;
  if (!isEnd && atOnce !== null) return atOnce;
  const last = sampleSecond(addMs(stop, -SAMPLE_LATE_MS));
  const after = Math.ceil(stop / 1_000);
  const seconds = [
    ...(isEnd ? [after, after + 1] : []),
    ...(atOnce === null ? Array.from({ length: SECONDS_BACK }, (_, n) => last - n) : []),
  ];
  const samples = await new MarketSampleRepository(tx).at(venue, symbol, seconds);
  for (const second of seconds) {
    const sample = samples.get(second);
    if (sample?.cumBase && sample.cumQuote) return { base: sample.cumBase, quote: sample.cumQuote };
  }
  return atOnce;
}

function readingOf(snapshot: MarketSnapshot | null, own: OwnVolume): VolumeReading | null {
  if (snapshot?.status !== 'live' || snapshot.at === null) return null;
  return {
    publicBase: snapshot.cumBaseVolume,
    publicQuote: snapshot.cumQuoteVolume,
    lastTradeId: snapshot.lastTradeId,
    publicAt: snapshot.at,
    ownBase: own.cumBase,
    lastOwn: own.lastTrade,
    working: own.working,
    isTold: own.isTold,
  };
}

/** Of the instruments that are known; null where none is. */
function sumOf(values: readonly (Decimal | null)[]): Decimal | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum.add(value), ZERO);
}
