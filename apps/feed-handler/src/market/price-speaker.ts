import type { Clock, PriceKind, VenueId } from '#domain';
import type { MarketDataPublisher, Publication } from '#venues';
import type { InstrumentFeed } from './instrument-feed.js';
import type { PricePast, ToldPrice } from './instrument-prices.js';

export interface PriceSpeakerParts {
  readonly publisher: Pick<MarketDataPublisher, 'publishPrices' | 'toldPrices' | 'priceHistory'>;
  readonly clock: Clock;
  readonly holds: (venue: VenueId) => boolean;
  /** Another holds the venue's lease. */
  readonly refused: (venue: VenueId) => void;
}

/** A message of a venue begins at least this long after the one before: what changes meanwhile goes with it. */
const GATHER_MS = 4;
/** Redis did not take it. */
const RETRY_MS = 100;
/** Of one price in one message: a wiped Redis gets ten minutes back bit by bit. */
const MAX_SECONDS = 60;

/** What is to be told of one venue. */
interface Line {
  readonly changed: Set<InstrumentFeed>;
  /** Those whose prices are told anew, though nothing changed. */
  readonly repeated: Set<InstrumentFeed>;
  telling: Promise<void> | null;
  /** Cancels the next message while it waits. */
  cancel: (() => void) | null;
  toldAtMs: number;
}

/**
 * Tells the prices of the venues that this process speaks for: a change at once, or with others some milliseconds
 * after the last message of its venue; one message of a venue at a time.
 */
export class PriceSpeaker {
  private readonly lines = new Map<VenueId, Line>();
  private isStopped = false;

  constructor(private readonly parts: PriceSpeakerParts) {}

  /** To be called after every message of a market. */
  heard(market: InstrumentFeed): void {
    const { venue } = market.instrument;
    if (!this.parts.holds(venue) || !market.prices.isChanged) return;
    this.lineOf(venue).changed.add(market);
    this.soon(venue);
  }

  /** To be called once a second: who missed the last word hears it again, and a Redis that forgot has it again. */
  repeat(markets: Iterable<InstrumentFeed>): void {
    for (const market of markets) {
      const { venue } = market.instrument;
      this.lineOf(venue).repeated.add(market);
      this.soon(venue);
    }
  }

  /**
   * Before the first word for a venue, or for markets that are new: goes on where the last speaker ended.
   * @throws Error when Redis does not answer
   */
  async begin(venue: VenueId, markets: readonly InstrumentFeed[]): Promise<void> {
    const told = await this.parts.publisher.toldPrices(venue);
    for (const market of markets) {
      const { symbol } = market.instrument;
      const past = told
        .filter((one) => one.symbol === symbol)
        .map(async ({ kind, update }): Promise<[PriceKind, PricePast]> => {
          return [kind, { update, history: await this.parts.publisher.priceHistory(venue, symbol, kind) }];
        });
      market.prices.begin(new Map(await Promise.all(past)), this.parts.clock.now());
    }
  }

  /** Tells what is not told yet. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const [venue, line] of this.lines) {
      line.cancel?.();
      await line.telling;
      if (this.parts.holds(venue)) await this.tell(venue, line);
    }
  }

  private lineOf(venue: VenueId): Line {
    const line = this.lines.get(venue) ?? {
      changed: new Set(),
      repeated: new Set(),
      telling: null,
      cancel: null,
      toldAtMs: -Infinity,
    };
    this.lines.set(venue, line);
    return line;
  }

  private soon(venue: VenueId, pauseMs = GATHER_MS): void {
    const line = this.lineOf(venue);
    if (line.telling !== null || line.cancel !== null || this.isStopped) return;
    if (line.changed.size + line.repeated.size === 0) return;
    const tell = (): void => {
      line.cancel = null;
      line.telling = this.tell(venue, line).then((done) => {
        line.telling = null;
        this.soon(venue, done === 'unreachable' ? RETRY_MS : GATHER_MS);
      });
    };
    const waitMs = Math.ceil(line.toldAtMs + pauseMs - performance.now());
    // What came with the same packet is heard by then.
    if (waitMs > 0) {
      const timer = setTimeout(tell, waitMs);
      line.cancel = () => clearTimeout(timer);
    } else {
      const immediate = setImmediate(tell);
      line.cancel = () => clearImmediate(immediate);
    }
  }

  private async tell(venue: VenueId, line: Line): Promise<Publication> {
    line.toldAtMs = performance.now();
    const markets = new Set([...line.changed, ...line.repeated]);
    const told = this.parts.holds(venue) ? [...markets].map((market) => taken(market, line.repeated.has(market))) : [];
    line.changed.clear();
    line.repeated.clear();
    const prices = told.flatMap(({ market: { instrument }, prices }) =>
      prices.map((price) => ({ symbol: instrument.symbol, ...price })),
    );
    const done = prices.length === 0 ? 'published' : await this.parts.publisher.publishPrices(venue, prices);
    if (done === 'published') {
      for (const { market } of told) if (market.prices.isChanged) line.changed.add(market);
      return done;
    }
    for (const { market, prices } of told) {
      market.prices.giveBack(prices);
      if (done === 'unreachable') line.changed.add(market);
    }
    if (done === 'not_holder') this.parts.refused(venue);
    return done;
  }
}

interface Taken {
  readonly market: InstrumentFeed;
  readonly prices: readonly ToldPrice[];
}

const taken = (market: InstrumentFeed, all: boolean): Taken => ({
  market,
  prices: market.prices.take(all, MAX_SECONDS),
});
