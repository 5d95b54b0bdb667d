import {
  NO_BARS,
  notional,
  quantity,
  type EpochMs,
  type MinuteBars,
  type Notional,
  type Quantity,
  type SeenPrints,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { row } from '../sql.js';
import { barsAsJson, barsFromJson, type BarsJson } from './bars-json.js';
import { seenAsJson, seenFromJson, type SeenJson } from './seen-json.js';

/** Public volume of an instrument since we first listened to it; survives restarts of the feed. */
export interface FeedVolume {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly cumBase: Quantity;
  readonly cumQuote: Notional;
  /** The newest trade that is counted. */
  readonly lastTradeId: string;
  /** Where trades have names and no numbers: which are counted. */
  readonly seen: SeenPrints | null;
  /** Without those that are over: these are rows of their own. */
  readonly bars: MinuteBars;
}

export class FeedVolumeRepository {
  constructor(private readonly tx: Tx) {}

  async load(venue: VenueId, symbol: string): Promise<FeedVolume | null> {
    const found = await row<{
      cum_base: string;
      cum_quote: string;
      last_trade_id: string;
      seen: SeenJson | null;
      bars: BarsJson | null;
    }>(
      this.tx,
      'SELECT cum_base, cum_quote, last_trade_id, seen, bars FROM feed_volumes WHERE venue = $1 AND symbol = $2',
      [venue, symbol],
    );
    if (found === null) return null;
    return {
      venue,
      symbol,
      cumBase: quantity(found.cum_base),
      cumQuote: notional(found.cum_quote),
      lastTradeId: found.last_trade_id,
      seen: found.seen === null ? null : seenFromJson(found.seen),
      bars: found.bars === null ? NO_BARS : barsFromJson(found.bars),
    };
  }

  /** Volumes never fall: a slower twin's older figure is ignored. */
  async save(volume: FeedVolume): Promise<void> {
    await this.tx.query(
      `INSERT INTO feed_volumes AS v (venue, symbol, cum_base, cum_quote, last_trade_id, bars, seen)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (venue, symbol) DO UPDATE SET cum_base = EXCLUDED.cum_base, cum_quote = EXCLUDED.cum_quote,
         last_trade_id = EXCLUDED.last_trade_id, bars = EXCLUDED.bars, seen = EXCLUDED.seen,
         updated_at = clock_timestamp()
       WHERE v.cum_base <= EXCLUDED.cum_base`,
      [
        volume.venue,
        volume.symbol,
        volume.cumBase.toFixed(),
        volume.cumQuote.toFixed(),
        volume.lastTradeId,
        JSON.stringify(barsAsJson(volume.bars)),
        volume.seen === null ? null : JSON.stringify(seenAsJson(volume.seen)),
      ],
    );
  }
}

/** A change of a feed's status. */
export interface FeedStatusChange {
  readonly venue: VenueId;
  readonly symbol: string;
  /** `book` stands for book and trades. */
  readonly channel: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  /** When it happened, by the database's clock. */
  readonly at: EpochMs;
}

/** Each transition of a feed is one row (venues.md A8). */
export class FeedStatusRepository {
  constructor(private readonly tx: Tx) {}

  async add({ venue, symbol, channel, from, to, reason, at }: FeedStatusChange): Promise<void> {
    await this.tx.query(
      `INSERT INTO feed_status_log (venue, symbol, channel, from_status, to_status, reason, at)
       VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7::double precision / 1000))`,
      [venue, symbol, channel, from, to, reason, at],
    );
  }
}
