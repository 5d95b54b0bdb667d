import {
  Dec,
  DRIFT_WINDOW_MS,
  referenceOf,
  REPORTING_ASSETS,
  type Decimal,
  type EpochMs,
  type GateReference,
  type MarketSnapshot,
  type Price,
  type VenueId,
} from '#domain';

/** Where snapshots come from: the feed's last words, in memory. */
export interface Snapshots {
  get(venue: VenueId, symbol: string): MarketSnapshot | null;
  all(): readonly MarketSnapshot[];
  onChange(listener: (snapshot: MarketSnapshot) => void): () => void;
}

/** One sample of the mid per this is enough to know the price ten minutes ago. */
const SAMPLE_EVERY_MS = 5_000;

interface Sample {
  readonly at: EpochMs;
  readonly mid: Price;
}

/**
 * The market as the last gate is told of it, and the engine that stays inside the gate's collar: read from memory before a
 * transaction begins and passed in with its time, so that nothing is asked of Redis while rows are locked (ADR 29).
 */
export class ReferencePrices {
  private readonly samples = new Map<string, Sample[]>();
  private readonly stopListening: () => void;

  constructor(private readonly snapshots: Snapshots) {
    this.stopListening = snapshots.onChange((snapshot) => this.sample(snapshot));
  }

  stop(): void {
    this.stopListening();
  }

  /** Null where the feed never said anything of the instrument. */
  of(venue: VenueId, symbol: string): GateReference | null {
    const snapshot = this.snapshots.get(venue, symbol);
    return referenceOf(snapshot, this.samples.get(`${venue}:${symbol}`)?.[0]?.mid ?? null);
  }

  /** Units of the reporting currency per unit of an asset; null where no live market tells it. */
  rateOf(asset: string): Decimal | null {
    if (REPORTING_ASSETS.has(asset)) return new Dec(1);
    for (const { pair, status, mid } of this.snapshots.all()) {
      const [base, quote] = pair.split('-');
      if (base === asset && quote !== undefined && REPORTING_ASSETS.has(quote) && status === 'live' && mid !== null)
        return mid;
    }
    return null;
  }

  private sample({ venue, symbol, status, at, mid }: MarketSnapshot): void {
    if (status !== 'live' || at === null || mid === null) return;
    const key = `${venue}:${symbol}`;
    const kept = this.samples.get(key) ?? [];
    const newest = kept.at(-1);
    if (newest !== undefined && at - newest.at < SAMPLE_EVERY_MS) return;
    kept.push({ at, mid });
    while (kept[0] !== undefined && at - kept[0].at > DRIFT_WINDOW_MS) kept.shift();
    this.samples.set(key, kept);
  }
}
