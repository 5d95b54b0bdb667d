import {
  epochMs,
  PRICE_KINDS,
  PriceTrack,
  type EpochMs,
  type Price,
  type PriceAt,
  type PriceKind,
  type PriceUpdate,
  type VolumePrint,
} from '#domain';

/** What is told of one kind of price. */
export interface ToldPrice {
  readonly kind: PriceKind;
  readonly update: PriceUpdate;
  /** False: it was told before. */
  readonly isNew: boolean;
}

type Print = Pick<VolumePrint, 'price' | 'venueAt'>;

/** The prices of one instrument that triggers look at. Time comes in with each call. */
export class InstrumentPrices {
  private readonly tracks: Readonly<Record<PriceKind, PriceTrack>> = {
    last: new PriceTrack(),
    mid: new PriceTrack(),
    mark: new PriceTrack(),
  };
  private readonly broken = new Set<PriceKind>(['mid', 'mark']);
  /** By the venue's clock, and not ahead of ours. */
  private newestPrintAt = -Infinity;

  get isChanged(): boolean {
    return PRICE_KINDS.some((kind) => this.tracks[kind].isChanged);
  }

  price(kind: PriceKind): PriceAt | null {
    return this.tracks[kind].price;
  }

  /** Each trade is a price, also at the price of the one before. */
  printed({ price, venueAt }: Print, now: EpochMs): void {
    this.tracks.last.add(price, now);
    this.newestPrintAt = Math.min(venueAt, now);
  }

  /** Trades that went by unheard and were fetched, oldest first. The newest of all is the price. */
  fetched(prints: readonly Print[], now: EpochMs): void {
    for (const { price, venueAt } of prints) {
      const at = epochMs(Math.min(venueAt, now));
      if (at < this.newestPrintAt) this.tracks.last.addPast(price, at);
      else {
        this.tracks.last.add(price, at);
        this.newestPrintAt = at;
      }
    }
  }

  /** @param mid null while there is no market */
  quoted(mid: Price | null, now: EpochMs): void {
    if (mid === null) return this.lost('mid');
    if (!this.broken.delete('mid') && this.tracks.mid.price?.price.eq(mid) === true) return;
    this.tracks.mid.add(mid, now);
  }

  /** @param mark null while it is not known */
  marked(mark: Price | null, now: EpochMs): void {
    if (mark === null) return this.lost('mark');
    this.broken.delete('mark');
    this.tracks.mark.add(mark, now);
  }

  /** Prices of the kind may go by unheard, for good. */
  lost(kind: PriceKind): void {
    if (kind !== 'last') {
      if (this.broken.has(kind)) return;
      this.broken.add(kind);
    }
    this.tracks[kind].skip();
  }

  /** Takes the word over from whoever had it: `before` is what was told last. */
  begin(before: ReadonlyMap<PriceKind, PriceUpdate>, now: EpochMs): void {
    for (const kind of PRICE_KINDS) {
      const [track, last] = [this.tracks[kind], before.get(kind)];
      if (last !== undefined) track.remember(last);
      track.begin(Math.max(now, (last?.seq ?? 0) + 1));
    }
  }

  /** What is new, to be told now; with `all` also what was told before. */
  take(all: boolean): ToldPrice[] {
    return PRICE_KINDS.flatMap((kind): ToldPrice[] => {
      const next = this.tracks[kind].next();
      if (next !== null) return [{ kind, update: next, isNew: true }];
      const { newest } = this.tracks[kind];
      return all && newest !== null ? [{ kind, update: newest, isNew: false }] : [];
    });
  }

  /** They may not have been told. */
  giveBack(prices: readonly ToldPrice[]): void {
    for (const { kind, update, isNew } of prices) if (isNew) this.tracks[kind].giveBack(update);
  }
}
