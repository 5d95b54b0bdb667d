import { epochMs, notional, price, quantity, type EpochMs, type MinuteBar, type VenueId } from '#domain';
import type { Tx } from '../database.js';
import { affected, rows } from '../sql.js';

/** A bar and the instrument that it is of. */
export interface BarOf {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly bar: MinuteBar;
}

const FROM_MS = (parameter: string): string => `to_timestamp(${parameter}::double precision / 1000)`;

/** Bars of minutes that are over; they belong to no tenant. */
export class MinuteBarRepository {
  constructor(private readonly tx: Tx) {}

  /** All in one statement. A bar that is there already is replaced by one of more trades, and by no other. */
  async save(bars: readonly BarOf[]): Promise<void> {
    if (bars.length === 0) return;
    await this.tx.query(
      `INSERT INTO minute_bars AS b
         (venue, symbol, minute, open, high, low, close, base_volume, quote_volume, trades, complete)
       SELECT venue, symbol, ${FROM_MS('minute_ms')}, open, high, low, close, base, quote, trades, complete
       FROM unnest($1::text[], $2::text[], $3::bigint[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[],
                   $8::numeric[], $9::numeric[], $10::int[], $11::boolean[])
         AS n (venue, symbol, minute_ms, open, high, low, close, base, quote, trades, complete)
       ON CONFLICT (venue, symbol, minute) DO UPDATE SET
         open = EXCLUDED.open, high = EXCLUDED.high, low = EXCLUDED.low, close = EXCLUDED.close,
         base_volume = EXCLUDED.base_volume, quote_volume = EXCLUDED.quote_volume, trades = EXCLUDED.trades,
         complete = EXCLUDED.complete
       WHERE b.trades < EXCLUDED.trades`,
      [
        bars.map(({ venue }) => venue),
        bars.map(({ symbol }) => symbol),
        bars.map(({ bar }) => bar.minute),
        bars.map(({ bar }) => bar.open.toFixed()),
        bars.map(({ bar }) => bar.high.toFixed()),
        bars.map(({ bar }) => bar.low.toFixed()),
        bars.map(({ bar }) => bar.close.toFixed()),
        bars.map(({ bar }) => bar.base.toFixed()),
        bars.map(({ bar }) => bar.quote.toFixed()),
        bars.map(({ bar }) => bar.trades),
        bars.map(({ bar }) => bar.complete),
      ],
    );
  }

  /** From `from` on and before `to`, oldest first. */
  async between(venue: VenueId, symbol: string, from: EpochMs, to: EpochMs): Promise<MinuteBar[]> {
    const found = await rows<{
      minute_ms: string;
      open: string;
      high: string;
      low: string;
      close: string;
      base_volume: string;
      quote_volume: string;
      trades: number;
      complete: boolean;
    }>(
      this.tx,
      `SELECT (extract(epoch FROM minute) * 1000)::bigint AS minute_ms, open, high, low, close, base_volume,
              quote_volume, trades, complete
       FROM minute_bars
       WHERE venue = $1 AND symbol = $2 AND minute >= ${FROM_MS('$3')} AND minute < ${FROM_MS('$4')}
       ORDER BY minute`,
      [venue, symbol, from, to],
    );
    return found.map((one) => ({
      minute: epochMs(Number(one.minute_ms)),
      open: price(one.open),
      high: price(one.high),
      low: price(one.low),
      close: price(one.close),
      base: quantity(one.base_volume),
      quote: notional(one.quote_volume),
      trades: one.trades,
      complete: one.complete,
    }));
  }

  /** Removes at most `limit` bars of before `before`. @returns how many there were */
  prune(before: EpochMs, limit: number): Promise<number> {
    return affected(
      this.tx,
      `DELETE FROM minute_bars WHERE ctid IN
         (SELECT ctid FROM minute_bars WHERE minute < ${FROM_MS('$1')} ORDER BY minute LIMIT $2)`,
      [before, limit],
    );
  }
}
