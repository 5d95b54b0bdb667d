import {
  decodePrice,
  decodePrices,
  InvalidPricesError,
  type IsKnown,
  type PriceKind,
  type PriceOf,
  type PriceUpdate,
  type VenueId,
} from '#domain';

/** An update, and the one that was heard before it. */
export interface PriceChange extends PriceOf {
  readonly venue: VenueId;
  /** Null: the first that is heard. What follows it whole says `isNextUpdate`. */
  readonly before: PriceUpdate | null;
}

/** Numbers rise, slower than the ms at which a count begins. One that is further below is of a count that began anew. */
const LARGEST_DISORDER = 60_000;

export type PriceListener = (change: PriceChange) => void;

/** The newest update of every price that was heard. */
export class KeptPrices {
  private readonly venues = new Map<VenueId, Map<string, PriceOf>>();
  private readonly listeners = new Set<PriceListener>();
  private invalidCount = 0;

  /** Texts that were no prices. */
  get invalid(): number {
    return this.invalidCount;
  }

  get(venue: VenueId, symbol: string, kind: PriceKind): PriceUpdate | null {
    return this.venues.get(venue)?.get(`${symbol} ${kind}`)?.update ?? null;
  }

  of(venue: VenueId): readonly PriceOf[] {
    return [...(this.venues.get(venue)?.values() ?? [])];
  }

  /** @returns a function that ends the subscription */
  onChange(listener: PriceListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Takes a message; one that was under way while a newer value was loaded changes nothing. */
  hear(venue: VenueId, text: string): void {
    const known = this.at(venue);
    const isKnown: IsKnown = (symbol, kind, seq) => {
      const ahead = newestOf(known, symbol, kind) - seq;
      return ahead >= 0 && ahead < LARGEST_DISORDER;
    };
    const prices = this.read(() => decodePrices(text, isKnown));
    for (const price of prices ?? []) this.take(venue, known, price);
  }

  /** Takes kept values: one that is older than what was heard meanwhile is left. */
  load(venue: VenueId, texts: readonly string[]): void {
    const known = this.at(venue);
    const isKnown: IsKnown = (symbol, kind, seq) => newestOf(known, symbol, kind) >= seq;
    for (const text of texts) {
      const price = this.read(() => decodePrice(text, isKnown));
      if (price !== null) this.take(venue, known, price);
    }
  }

  private at(venue: VenueId): Map<string, PriceOf> {
    const known = this.venues.get(venue) ?? new Map<string, PriceOf>();
    this.venues.set(venue, known);
    return known;
  }

  private take(venue: VenueId, known: Map<string, PriceOf>, price: PriceOf): void {
    const key = `${price.symbol} ${price.kind}`;
    const before = known.get(key)?.update ?? null;
    known.set(key, price);
    for (const listener of this.listeners) listener({ venue, ...price, before });
  }

  private read<T>(decode: () => T): T | null {
    try {
      return decode();
    } catch (error) {
      if (!(error instanceof InvalidPricesError)) throw error;
      this.invalidCount += 1;
      return null;
    }
  }
}

const newestOf = (known: ReadonlyMap<string, PriceOf>, symbol: string, kind: PriceKind): number =>
  known.get(`${symbol} ${kind}`)?.update.seq ?? -Infinity;
