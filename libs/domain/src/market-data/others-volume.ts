import { Dec, ZERO, ZERO_QUANTITY, type Decimal, type Quantity } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';

/** The newest of our own trades on an instrument that is booked. */
export interface OwnTrade {
  readonly tradeId: string;
  /** By the venue. */
  readonly tradedAt: EpochMs;
}

/**
 * What is known of the volume of one instrument. The public part must be read first: what is ours of the prints it
 * counts is then either booked, in `ownBase`, or may still come from an order that `working` counts.
 */
export interface VolumeReading {
  /** Public base volume, our own included, since the count began; it never falls. */
  readonly publicBase: Decimal;
  /** The same in quote. */
  readonly publicQuote: Decimal;
  /** The newest print that it counts, and when it was last known to be right. */
  readonly lastTradeId: string | null;
  readonly publicAt: EpochMs;
  /** Base volume that was ever booked for all orders of the account group on the instrument. */
  readonly ownBase: Decimal;
  /** Null: the group never traded here. */
  readonly lastOwn: OwnTrade | null;
  /** What open orders of the group may still fill: their unfilled remainders, unknown ones included. */
  readonly working: Decimal;
  /** False while a stream that tells of these open orders is broken, and until it is reconciled. */
  readonly isTold: boolean;
}

export interface PublicVolume {
  readonly base: Decimal;
  readonly quote: Decimal;
}

/** Volume on one instrument over the active time of one order, others' and all of it. Kept with the order. */
export interface VolumeCount {
  /** V_o of the stretches of active time that are over. */
  readonly before: Quantity;
  /** Public less own volume at the beginning of the stretch that runs; null while none runs, or its begin is not known. */
  readonly from: Decimal | null;
  /** The largest V_o that the running stretch has come to. */
  readonly highest: Quantity;
  /** Public volume, our own included, of the stretches that are over, and the public count where the running one began. */
  readonly publicBefore: PublicVolume;
  readonly publicFrom: PublicVolume | null;
  /** When the running stretch was first looked at; null while none runs. */
  readonly since: EpochMs | null;
  /** What we had booked when the stretch was first looked at, while the public count has yet to see it; else null. */
  readonly awaited: { readonly ownBase: Decimal; readonly lastOwn: OwnTrade } | null;
}

const NO_PUBLIC: PublicVolume = { base: ZERO, quote: ZERO };
export const NOTHING_COUNTED: VolumeCount = {
  before: ZERO_QUANTITY,
  from: null,
  highest: ZERO_QUANTITY,
  publicBefore: NO_PUBLIC,
  publicFrom: null,
  since: null,
  awaited: null,
};

/** Where trades carry no numbers the public count is behind our own fills for no longer than this. */
const PUBLIC_BEHIND_MS = 2_000;

/**
 * V_o of algorithms.md 2.8 now: never more than what others traded in the active time, whatever is on its way from
 * the venue. All that the public has counted less all that may be ours: booked or working. So the remainders of our
 * open orders take the place of a watermark of the private stream; and as others' volume cannot fall, what was found
 * once stays found. A print is of the time at which the feed tells it. While a stream is broken nothing is added: what
 * the rows say of our open orders is then a guess.
 */
export function othersVolume(count: VolumeCount, reading: VolumeReading | null): Quantity {
  return count.before.add(runningVolume(count, reading)) as Quantity;
}

/** Public volume in the active time, our own included; null while the market is not known, or was not yet. */
export function publicVolume(count: VolumeCount, reading: VolumeReading | null): PublicVolume | null {
  const { publicBefore, publicFrom } = count;
  if (publicFrom === null) return publicBefore.base.isZero() ? null : publicBefore;
  if (reading === null) return null;
  return {
    base: publicBefore.base.add(Dec.max(ZERO, reading.publicBase.sub(publicFrom.base))),
    quote: publicBefore.quote.add(Dec.max(ZERO, reading.publicQuote.sub(publicFrom.quote))),
  };
}

/**
 * The count after a look at it in active time: begins the stretch if none runs, and keeps what was found. That of
 * others begins once the public count has seen all that we have booked; until then a print of ours could be counted
 * later and taken for another's. An account group that trades all the time is never level with it: then the count begins
 * once the public has seen what was booked at the first look, and what was booked since is taken for unseen.
 */
export function countActive(count: VolumeCount, reading: VolumeReading | null, now: EpochMs): VolumeCount {
  if (reading === null) return count;
  const publicFrom = count.publicFrom ?? { base: reading.publicBase, quote: reading.publicQuote };
  const begun = { ...count, publicFrom, since: count.since ?? now };
  if (count.from !== null) return { ...begun, highest: runningVolume(count, reading) };
  const { lastOwn, ownBase } = reading;
  const seen = hasSeen(reading, lastOwn) ? ownBase : seenOf(reading, count.awaited);
  if (seen !== null && reading.isTold)
    return { ...begun, from: reading.publicBase.sub(seen), highest: ZERO_QUANTITY, awaited: null };
  return { ...begun, awaited: count.awaited ?? (lastOwn === null ? null : { ownBase, lastOwn }) };
}

/**
 * The count after the active time has stopped.
 * @param publicAtStop the public volume when it did, where that is known; less than it is a careful guess
 */
export function countStopped(
  count: VolumeCount,
  reading: VolumeReading | null,
  publicAtStop: PublicVolume | null,
): VolumeCount {
  if (count.since === null) return count;
  const then =
    reading === null || publicAtStop === null
      ? null
      : {
          ...reading,
          publicBase: Dec.min(publicAtStop.base, reading.publicBase),
          publicQuote: Dec.min(publicAtStop.quote, reading.publicQuote),
        };
  return {
    ...NOTHING_COUNTED,
    before: othersVolume(count, then),
    publicBefore: publicVolume(count, then) ?? count.publicBefore,
  };
}

function runningVolume({ from, highest }: VolumeCount, reading: VolumeReading | null): Quantity {
  if (from === null || reading === null || !reading.isTold) return highest;
  const { publicBase, ownBase, working } = reading;
  return Dec.max(highest, ZERO, publicBase.sub(ownBase).sub(working).sub(from)) as Quantity;
}

function seenOf(reading: VolumeReading, awaited: VolumeCount['awaited']): Decimal | null {
  return awaited !== null && hasSeen(reading, awaited.lastOwn) ? awaited.ownBase : null;
}

function hasSeen({ lastTradeId, publicAt }: VolumeReading, lastOwn: OwnTrade | null): boolean {
  if (lastOwn === null) return true;
  const numbers = [lastTradeId ?? '', lastOwn.tradeId].map((id) => (/^\d+$/.test(id) ? BigInt(id) : null));
  const [seen, own] = numbers;
  if (seen !== null && own !== null && seen !== undefined && own !== undefined) return seen >= own;
  return publicAt >= lastOwn.tradedAt + PUBLIC_BEHIND_MS;
}
