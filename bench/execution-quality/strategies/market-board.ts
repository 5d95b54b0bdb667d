import {
  RollingStats,
  SNAPSHOT_LEVELS,
  ZERO_NOTIONAL,
  decimal,
  epochMs,
  type BookLevel,
  type EpochMs,
  type Instrument,
  type MarketSnapshot,
  type Price,
  type Quantity,
  type RollingStatsView,
  type Side,
} from '#domain';
import type { ReplayVenue } from '../venue/replay-venue.js';

type Statistics = Pick<MarketSnapshot, 'sigma1Bps' | 'sigma5Bps' | 'sigma10Bps' | 'medianMid60'>;

const MICROS_PER_MS = 1_000;
/** Prices and quantities that come up again and again are made once; more than this are forgotten. */
const MOST_REMEMBERED = 200_000;

/** The market of a replay as the feed would publish it: what `decide` and the watches are told. */
export class MarketBoard {
  readonly #stats = new RollingStats();
  readonly #prices = new Map<number, Price>();
  readonly #quantities = new Map<number, Quantity>();
  #tradedLots = 0;
  #at: EpochMs = epochMs(0);
  #top: MarketSnapshot | null = null;
  #whole: MarketSnapshot | null = null;
  #read: { readonly view: RollingStatsView; readonly shown: Statistics } | null = null;

  constructor(
    readonly instrument: Instrument,
    private readonly venue: ReplayVenue,
  ) {}

  /** A line of the tape was played. */
  played(atMicros: number, tradedLots: number): void {
    this.#at = epochMs(Math.floor(atMicros / MICROS_PER_MS));
    this.#tradedLots += tradedLots;
    this.#whole = null;
    this.#top = null;
    this.#stats.tick(this.#at, this.mid);
  }

  /** Since the tape began. */
  get tradedLots(): number {
    return this.#tradedLots;
  }

  get mid(): Price | null {
    const { top } = this.venue;
    if (top === null) return null;
    return this.instrument.tick.mul(top.bidTicks + top.askTicks).div(2) as Price;
  }

  price(ticks: number): Price {
    return remembered(this.#prices, ticks, () => this.instrument.tick.mul(ticks) as Price);
  }

  quantity(lots: number): Quantity {
    return remembered(this.#quantities, lots, () => this.instrument.lot.mul(lots) as Quantity);
  }

  ticks(price: Price): number {
    return price.div(this.instrument.tick).toNumber();
  }

  lots(qty: Quantity): number {
    return qty.div(this.instrument.lot).toNumber();
  }

  /** With the levels that the feed publishes. */
  snapshot(): MarketSnapshot {
    return (this.#whole ??= this.#make(SNAPSHOT_LEVELS));
  }

  /** With the touch alone: enough for what watches prices, and made for every line. */
  touch(): MarketSnapshot {
    return (this.#top ??= this.#make(1));
  }

  #make(levels: number): MarketSnapshot {
    const { venue, symbol, pair } = this.instrument;
    return {
      ...{ venue, symbol, pair, status: 'live', reason: null, at: this.#at, seq: null, bbo: null, mark: null },
      bids: this.#levels('buy', levels),
      asks: this.#levels('sell', levels),
      mid: this.mid,
      ...this.#statistics(),
      lastTradeId: null,
      cumBaseVolume: this.instrument.lot.mul(this.#tradedLots) as Quantity,
      cumQuoteVolume: ZERO_NOTIONAL,
    };
  }

  /** They change once a second at most, and are asked for at every line. */
  #statistics(): Statistics {
    const view = this.#stats.view();
    if (view === this.#read?.view) return this.#read.shown;
    const sigma = (text: string | null) => (text === null ? null : decimal(text));
    const shown = {
      sigma1Bps: sigma(view.sigma1Bps),
      sigma5Bps: sigma(view.sigma5Bps),
      sigma10Bps: sigma(view.sigma10Bps),
      medianMid60: view.medianMid60,
    };
    this.#read = { view, shown };
    return shown;
  }

  #levels(side: Side, count: number): BookLevel[] {
    const levels: BookLevel[] = [];
    for (const { ticks, lots } of this.venue.levels(side)) {
      if (levels.length === count) break;
      levels.push({ price: this.price(ticks), qty: this.quantity(lots) });
    }
    return levels;
  }
}

function remembered<T>(known: Map<number, T>, key: number, make: () => T): T {
  let value = known.get(key);
  if (value === undefined) {
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(key, (value = make()));
  }
  return value;
}
