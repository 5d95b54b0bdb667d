import {
  NO_VOLUME,
  PRICE_KINDS,
  SAMPLES_KEPT_MS,
  addMs,
  type EpochMs,
  type Instrument,
  type TradedVolume,
  type VenueId,
} from '#domain';
import {
  FeedStatusRepository,
  FeedVolumeRepository,
  InstrumentRepository,
  MarketPriceRepository,
  MarketSampleRepository,
  MinuteBarRepository,
  VolumeForecastRepository,
  type ChunkOf,
  type Database,
  type MarketPricesOf,
} from '#persistence';
import type { FeedChannel, FeedStatus } from '#venues';

export interface StatusChange {
  readonly venue: VenueId;
  readonly symbol: string;
  /** What is told under this status: `book` with the trades. */
  readonly channel: FeedChannel;
  readonly from: FeedStatus;
  readonly to: FeedStatus;
  readonly reason: string;
  /** Database clock. */
  readonly at: EpochMs;
}

export interface VolumeOf {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly volume: TradedVolume;
}

/** Transitions that wait for the database at most; a database that is away for longer than these loses the oldest. */
const MAX_WAITING_CHANGES = 1_000;
/** A price that is still right is written again when its time is older by this. */
const TIMES_EVERY_MS = 5_000;
/** An order is active for seven days and paused for a day at a time. */
const PROFILES_KEPT_MS = 30 * 86_400_000;
/** Bars that one statement removes: short enough to hold nobody up. */
const PRUNE_ROWS = 10_000;

/** What the feed handler keeps in Postgres: instruments, volumes, minute bars, and every change of a feed's status. */
export class FeedStore {
  private waiting: StatusChange[] = [];
  private readonly saved = new Map<string, string>();
  private readonly prices = new Map<string, MarketPricesOf>();

  constructor(private readonly db: Database) {}

  saveInstruments(instruments: readonly Instrument[]): Promise<void> {
    return this.db.inSystem((tx) => new InstrumentRepository(tx).upsertAll(instruments));
  }

  async loadVolume(venue: VenueId, symbol: string): Promise<TradedVolume> {
    const stored = await this.db.inSystem((tx) => new FeedVolumeRepository(tx).load(venue, symbol));
    return stored ?? NO_VOLUME;
  }

  /** Keeps the change until the next {@link flush}. */
  note(change: StatusChange): void {
    this.waiting.push(change);
    if (this.waiting.length > MAX_WAITING_CHANGES) this.waiting.shift();
  }

  /**
   * Writes what changed since the last flush, all or nothing, so that a count and its bars are of the same trades; changes
   * at venues for which another speaks are dropped.
   * @returns the changes of status that are rows now
   * @throws DatabaseUnavailableError: the next flush tries again
   */
  async flush(volumes: readonly VolumeOf[], isOurs: (venue: VenueId) => boolean): Promise<readonly StatusChange[]> {
    const changes = this.waiting.filter((change) => isOurs(change.venue));
    const moved = volumes.filter(
      (one) => one.volume.bars.closed.length > 0 || this.saved.get(keyOf(one)) !== mark(one),
    );
    this.waiting = [];
    if (changes.length === 0 && moved.length === 0) return [];
    try {
      await this.db.inSystem(async (tx) => {
        const statuses = new FeedStatusRepository(tx);
        for (const change of changes) await statuses.add(change);
        const repository = new FeedVolumeRepository(tx);
        for (const { venue, symbol, volume } of moved) {
          const { lastTradeId } = volume;
          if (lastTradeId !== null) await repository.save({ venue, symbol, ...volume, lastTradeId });
        }
        await new MinuteBarRepository(tx).save(
          moved.flatMap(({ venue, symbol, volume }) => volume.bars.closed.map((bar) => ({ venue, symbol, bar }))),
        );
      });
    } catch (error) {
      this.waiting = [...changes, ...this.waiting].slice(-MAX_WAITING_CHANGES);
      throw error;
    }
    for (const one of moved) this.saved.set(keyOf(one), mark(one));
    return changes;
  }

  /** Those that changed, in one statement of each venue. @throws DatabaseUnavailableError: the next call tries again */
  async savePrices(all: readonly MarketPricesOf[]): Promise<void> {
    const changed = all.filter((one) => isOutdated(this.prices.get(keyOf(one)), one));
    for (const venue of new Set(changed.map((one) => one.venue))) {
      const own = changed.filter((one) => one.venue === venue);
      await this.db.inSystem((tx) => new MarketPriceRepository(tx).save(venue, own));
      for (const one of own) this.prices.set(keyOf(one), one);
    }
  }

  /** In one statement: ten seconds of all instruments end together. */
  saveSamples(chunks: readonly ChunkOf[]): Promise<void> {
    return this.db.inSystem((tx) => new MarketSampleRepository(tx).save(chunks));
  }

  /** Forgets samples that are older than any order's, and profiles that no plan was made with for a month. */
  async pruneSamples(now: EpochMs): Promise<void> {
    await this.db.inSystem((tx) => new VolumeForecastRepository(tx).pruneProfiles(addMs(now, -PROFILES_KEPT_MS)));
    const before = addMs(now, -SAMPLES_KEPT_MS);
    for (;;) {
      const gone = await this.db.inSystem((tx) => new MarketSampleRepository(tx).prune(before, PRUNE_ROWS));
      if (gone < PRUNE_ROWS) return;
    }
  }

  /** Forgets the bars of before `before`. */
  async pruneBars(before: EpochMs): Promise<void> {
    for (;;) {
      const gone = await this.db.inSystem((tx) => new MinuteBarRepository(tx).prune(before, PRUNE_ROWS));
      if (gone < PRUNE_ROWS) return;
    }
  }
}

function isOutdated(saved: MarketPricesOf | undefined, now: MarketPricesOf): boolean {
  return PRICE_KINDS.some((kind) => {
    const [before, one] = [saved?.[kind] ?? null, now[kind]];
    if (before === null || one === null) return one !== null;
    return !one.price.eq(before.price) || one.at - before.at >= TIMES_EVERY_MS;
  });
}

function keyOf({ venue, symbol }: Pick<VolumeOf, 'venue' | 'symbol'>): string {
  return `${venue}:${symbol}`;
}

/** Differs when a print was counted, late as it may have come. */
function mark({ volume }: VolumeOf): string {
  return `${volume.lastTradeId ?? ''} ${volume.cumBase.toFixed()}`;
}
