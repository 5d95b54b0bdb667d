import {
  epochMs,
  PRICE_KINDS,
  PriceSeconds,
  PriceTrack,
  type EpochMs,
  type Price,
  type PriceAt,
  type PriceHistory,
  type PriceKind,
  type PriceUpdate,
  type SecondRange,
  type VolumePrint,
  type WholeTime,
} from '#domain';

/** What is told of one kind of price. */
export interface ToldPrice {
  readonly kind: PriceKind;
  readonly update: PriceUpdate;
  /** False: it was told before. */
  readonly isNew: boolean;
  /** Those with prices that were not told before. */
  readonly seconds: readonly SecondRange[];
  /** Since when none is missing; null while other seconds are still to be told. */
  readonly whole: readonly WholeTime[] | null;
}

/** What another told of a price. */
export interface PricePast {
  readonly update: PriceUpdate;
  /** Null: it is not known any more. */
  readonly history: PriceHistory | null;
}

const NO_HISTORY: PriceHistory = { seq: 0, whole: [], seconds: [] };

type Print = Pick<VolumePrint, 'price' | 'venueAt'>;

/** The prices of one instrument that triggers look at. Time comes in with each call. */
export class InstrumentPrices {
  private readonly tracks: Readonly<Record<PriceKind, PriceTrack>> = {
    last: new PriceTrack(),
    mid: new PriceTrack(),
    mark: new PriceTrack(),
  };
  private readonly seconds: Readonly<Record<PriceKind, PriceSeconds>> = {
    last: new PriceSeconds(),
    mid: new PriceSeconds(),
    mark: new PriceSeconds(),
  };
  private readonly broken = new Set<PriceKind>(['mid', 'mark']);
  /** By the venue's clock, and not ahead of ours. */
  private newestPrintAt = -Infinity;

  get isChanged(): boolean {
    return PRICE_KINDS.some((kind) => this.tracks[kind].isChanged || this.hasSeconds(kind));
  }

  price(kind: PriceKind): PriceAt | null {
    return this.tracks[kind].price;
  }

  /** With the time until which it was right; of trades with the time of the newest. */
  known(kind: PriceKind): PriceAt | null {
    const { price: now } = this.tracks[kind];
    if (now === null || kind === 'last') return now;
    return { price: now.price, at: epochMs(Math.max(now.at, this.seconds[kind].wholeUntil ?? now.at)) };
  }

  /** Each trade is a price, also at the price of the one before. */
  printed({ price, venueAt }: Print, now: EpochMs): void {
    this.add('last', price, now);
    this.newestPrintAt = Math.min(venueAt, now);
  }

  /**
   * Trades that went by unheard and were fetched, oldest first. The newest of all is the price.
   * @param isWhole no other trade went by
   */
  fetched(prints: readonly Print[], isWhole: boolean, now: EpochMs): void {
    const since = this.seconds.last.wholeUntil ?? -Infinity;
    for (const { price, venueAt } of prints) {
      // Times are the venue's, and it cannot be of before we lost the stream.
      const at = epochMs(Math.min(Math.max(venueAt, since), now));
      this.seconds.last.add(price, at);
      if (at < this.newestPrintAt) this.tracks.last.addPast(price, at);
      else {
        this.tracks.last.add(price, at);
        this.newestPrintAt = at;
      }
    }
    if (isWhole) this.seconds.last.regain(now);
    else this.lost('last');
  }

  /** @param mid null while there is no market */
  quoted(mid: Price | null, now: EpochMs): void {
    if (mid === null) return this.lost('mid');
    if (!this.broken.delete('mid') && this.tracks.mid.price?.price.eq(mid) === true) return;
    this.add('mid', mid, now);
  }

  /** @param mark null while it is not known */
  marked(mark: Price | null, now: EpochMs): void {
    if (mark === null) return this.lost('mark');
    this.broken.delete('mark');
    this.add('mark', mark, now);
  }

  /** What was told of the kind until now is all there was. */
  right(kind: PriceKind, now: EpochMs): void {
    if (!this.broken.has(kind)) this.seconds[kind].stillWhole(now);
  }

  /** Trades may go by unheard; those that do are fetched. */
  missing(): void {
    this.seconds.last.lose();
  }

  /** Prices of the kind may go by unheard, for good. */
  lost(kind: PriceKind): void {
    this.seconds[kind].lose();
    if (kind !== 'last') {
      if (this.broken.has(kind)) return;
      this.broken.add(kind);
    }
    this.tracks[kind].skip();
  }

  /** Takes the word over from whoever had it: `past` is what it told. */
  begin(past: ReadonlyMap<PriceKind, PricePast>, now: EpochMs): void {
    for (const kind of PRICE_KINDS) {
      const [track, before] = [this.tracks[kind], past.get(kind)];
      if (before !== undefined) track.remember(before.update);
      this.seconds[kind].merge(before?.history ?? NO_HISTORY);
      track.begin(Math.max(now, (before?.update.seq ?? 0) + 1));
    }
  }

  /**
   * What is new, to be told now; with `all` also what was told before.
   * @param maxSeconds seconds of one price that are told together
   */
  take(all: boolean, maxSeconds = Infinity): ToldPrice[] {
    return PRICE_KINDS.flatMap((kind): ToldPrice[] => {
      const [track, ranges] = [this.tracks[kind], this.seconds[kind]];
      const next = track.next();
      const update = next ?? track.newest;
      if (update === null || (next === null && !all && !ranges.isChanged)) return [];
      const seconds = ranges.take(update.seq, maxSeconds);
      return [{ kind, update, isNew: next !== null, seconds, whole: ranges.isChanged ? null : ranges.whole }];
    });
  }

  /** They may not have been told. */
  giveBack(prices: readonly ToldPrice[]): void {
    for (const { kind, update, isNew, seconds } of prices) {
      if (isNew) this.tracks[kind].giveBack(update);
      this.seconds[kind].giveBack(seconds);
    }
  }

  private add(kind: PriceKind, price: Price, at: EpochMs): void {
    this.tracks[kind].add(price, at);
    this.seconds[kind].add(price, at);
  }

  private hasSeconds(kind: PriceKind): boolean {
    return this.tracks[kind].newest !== null && this.seconds[kind].isChanged;
  }
}
