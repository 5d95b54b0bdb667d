import {
  epochMs,
  notional,
  price,
  quantity,
  type EpochMs,
  type MinuteBar,
  type TradeMark,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { affected, rows } from '../sql.js';

/** A bar and the instrument that it is of. */
export interface BarOf {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly bar: MinuteBar;
}

const VALUES = [
  ...['open', 'high', 'low', 'close', 'base_volume', 'quote_volume', 'trades', 'complete'],
  ...['taker_buy_base', 'taker_buy_quote', 'taker_buy_trades'],
  ...['first_trade_id', 'first_traded_at', 'last_trade_id', 'last_traded_at'],
];
const MS = (time: string): string => `(extract(epoch FROM ${time}) * 1000)::bigint`;
const FROM_MS = (parameter: string): string => `to_timestamp(${parameter}::double precision / 1000)`;

/** Bars of minutes that are over; they belong to no tenant. */
export class MinuteBarRepository {
  constructor(private readonly tx: Tx) {}

  /** All in one statement. A bar that is there already is replaced by one of more trades, and by no other. */
  async save(bars: readonly BarOf[]): Promise<void> {
    if (bars.length === 0) return;
    const list = <T>(read: (bar: MinuteBar) => T): T[] => bars.map(({ bar }) => read(bar));
    await this.tx.query(
      `INSERT INTO minute_bars AS b (venue, symbol, minute, ${VALUES.join(', ')})
       SELECT venue, symbol, ${FROM_MS('minute_ms')}, open, high, low, close, base_volume, quote_volume, trades, complete,
              taker_buy_base, taker_buy_quote, taker_buy_trades,
              first_trade_id, ${FROM_MS('first_ms')}, last_trade_id, ${FROM_MS('last_ms')}
       FROM unnest($1::text[], $2::text[], $3::bigint[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[],
                   $8::numeric[], $9::numeric[], $10::int[], $11::boolean[],
                   $12::numeric[], $13::numeric[], $14::int[], $15::text[], $16::bigint[], $17::text[], $18::bigint[])
         AS n (venue, symbol, minute_ms, open, high, low, close, base_volume, quote_volume, trades, complete,
               taker_buy_base, taker_buy_quote, taker_buy_trades, first_trade_id, first_ms, last_trade_id, last_ms)
       ON CONFLICT (venue, symbol, minute) DO UPDATE SET ${VALUES.map((name) => `${name} = EXCLUDED.${name}`).join(', ')}
       WHERE b.trades < EXCLUDED.trades`,
      [
        bars.map(({ venue }) => venue),
        bars.map(({ symbol }) => symbol),
        list(({ minute }) => minute),
        list(({ open }) => open.toFixed()),
        list(({ high }) => high.toFixed()),
        list(({ low }) => low.toFixed()),
        list(({ close }) => close.toFixed()),
        list(({ base }) => base.toFixed()),
        list(({ quote }) => quote.toFixed()),
        list(({ trades }) => trades),
        list(({ complete }) => complete),
        list(({ bought }) => bought?.base.toFixed() ?? null),
        list(({ bought }) => bought?.quote.toFixed() ?? null),
        list(({ bought }) => bought?.trades ?? null),
        list(({ first }) => first?.id ?? null),
        list(({ first }) => first?.at ?? null),
        list(({ last }) => last?.id ?? null),
        list(({ last }) => last?.at ?? null),
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
      taker_buy_base: string | null;
      taker_buy_quote: string | null;
      taker_buy_trades: number | null;
      first_trade_id: string | null;
      first_ms: string | null;
      last_trade_id: string | null;
      last_ms: string | null;
    }>(
      this.tx,
      `SELECT ${MS('minute')} AS minute_ms, open, high, low, close, base_volume, quote_volume, trades, complete,
              taker_buy_base, taker_buy_quote, taker_buy_trades,
              first_trade_id, ${MS('first_traded_at')} AS first_ms, last_trade_id, ${MS('last_traded_at')} AS last_ms
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
      bought: boughtOf(one.taker_buy_base, one.taker_buy_quote, one.taker_buy_trades),
      first: markOf(one.first_trade_id, one.first_ms),
      last: markOf(one.last_trade_id, one.last_ms),
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

function boughtOf(base: string | null, quote: string | null, trades: number | null): MinuteBar['bought'] {
  if (base === null || quote === null || trades === null) return null;
  return { base: quantity(base), quote: notional(quote), trades };
}

function markOf(id: string | null, ms: string | null): TradeMark | null {
  return id === null || ms === null ? null : { id, at: epochMs(Number(ms)) };
}
