import { Dec, epochMs, quantity, type PublicVolume, type VolumeCount } from '#domain';

/** By instrument, `BTCUSDT.sim`. */
export type VolumeCounts = ReadonlyMap<string, VolumeCount>;

type PublicJson = readonly [base: string, quote: string];

interface CountJson {
  readonly before: string;
  readonly from: string | null;
  readonly highest: string;
  readonly publicBefore: PublicJson;
  readonly publicFrom: PublicJson | null;
  readonly since: number | null;
  /** Absent: null. */
  readonly awaited?: readonly [ownBase: string, tradeId: string, tradedAt: number] | null;
}

export type VolumeCountsJson = Readonly<Record<string, CountJson>>;

type Awaited = NonNullable<VolumeCount['awaited']>;
type AwaitedJson = NonNullable<CountJson['awaited']>;

const awaitedAsJson = ({ ownBase, lastOwn }: Awaited): AwaitedJson => [
  ownBase.toFixed(),
  lastOwn.tradeId,
  lastOwn.tradedAt,
];

function awaitedFromJson(awaited: AwaitedJson | null): Awaited | null {
  if (awaited === null) return null;
  const [ownBase, tradeId, tradedAt] = awaited;
  return { ownBase: new Dec(ownBase), lastOwn: { tradeId, tradedAt: epochMs(tradedAt) } };
}

export function volumeCountsAsJson(counts: VolumeCounts): VolumeCountsJson {
  const text = ({ base, quote }: PublicVolume): PublicJson => [base.toFixed(), quote.toFixed()];
  return Object.fromEntries(
    [...counts].map(([instrument, count]) => [
      instrument,
      {
        before: count.before.toFixed(),
        from: count.from?.toFixed() ?? null,
        highest: count.highest.toFixed(),
        publicBefore: text(count.publicBefore),
        publicFrom: count.publicFrom && text(count.publicFrom),
        since: count.since,
        awaited: count.awaited && awaitedAsJson(count.awaited),
      },
    ]),
  );
}

export function volumeCountsFromJson(counts: VolumeCountsJson): VolumeCounts {
  const volume = ([base, quote]: PublicJson): PublicVolume => ({ base: new Dec(base), quote: new Dec(quote) });
  return new Map(
    Object.entries(counts).map(([instrument, count]) => [
      instrument,
      {
        before: quantity(count.before),
        from: count.from === null ? null : new Dec(count.from),
        highest: quantity(count.highest),
        publicBefore: volume(count.publicBefore),
        publicFrom: count.publicFrom && volume(count.publicFrom),
        since: count.since === null ? null : epochMs(count.since),
        awaited: awaitedFromJson(count.awaited ?? null),
      },
    ]),
  );
}
