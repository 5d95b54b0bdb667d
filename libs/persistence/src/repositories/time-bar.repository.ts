import {
  epochMs,
  notional,
  price,
  quantity,
  TIME_BAR_MINUTES,
  type EpochMs,
  type Notional,
  type Quantity,
  type TimeBar,
  type TimeBarSubclass,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { row, rows } from '../sql.js';

export const MAX_TIME_BARS = 500;
const MINUTE_MS = 60_000;

export interface TimeBarQuery {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly subclass: TimeBarSubclass;
  /** Bars that begin at this time or later. */
  readonly from: EpochMs;
  /** Bars that begin at this time or earlier; null: all there are, the one that is not over included. */
  readonly to: EpochMs | null;
  /** Taken as 1 to {@link MAX_TIME_BARS}. */
  readonly limit: number;
}

interface Columns {
  readonly at: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly base: string;
  readonly quote: string;
  readonly trades: string;
  readonly buy_base: string | null;
  readonly buy_quote: string | null;
  readonly buy_trades: string | null;
  readonly first_at: string;
  readonly last_at: string;
  readonly first_trade_id: string | null;
  readonly last_trade_id: string | null;
}

const FROM_MS = (parameter: string): string => `to_timestamp(${parameter}::double precision / 1000)`;
const MS = (time: string): string => `(extract(epoch FROM ${time}) * 1000)::bigint`;
const FIRST = (value: string): string => `(array_agg(${value} ORDER BY minute))[1]`;
const LAST = (value: string): string => `(array_agg(${value} ORDER BY minute DESC))[1]`;
/** Null unless it is known of every minute. */
const KNOWN_SUM = (value: string): string => `CASE WHEN bool_and(${value} IS NOT NULL) THEN sum(${value}) END`;
const NUMBER = (id: string): string => `CASE WHEN ${id} ~ '^[0-9]{1,18}$' THEN ${id} END`;

/**
 * Minutes from $3 and before $4, in bars of $5 minutes, at most $6. So many bars have no more minutes than are read.
 * Trades of which only the volume that takers bought is known are split by its share.
 */
const BARS = `
  SELECT ${MS('at')} AS at, ${FIRST('open')} AS open, max(high) AS high, min(low) AS low, ${LAST('close')} AS close,
         sum(base_volume) AS base, sum(quote_volume) AS quote, sum(trades) AS trades,
         ${KNOWN_SUM('taker_buy_base')} AS buy_base, ${KNOWN_SUM('taker_buy_quote')} AS buy_quote,
         ${KNOWN_SUM('buy_trades')} AS buy_trades,
         ${MS(FIRST('COALESCE(first_traded_at, minute)'))} AS first_at,
         ${MS(LAST(`COALESCE(last_traded_at, minute + interval '59.999 seconds')`))} AS last_at,
         ${FIRST(NUMBER('first_trade_id'))} AS first_trade_id, ${LAST(NUMBER('last_trade_id'))} AS last_trade_id
  FROM (SELECT *, date_bin(make_interval(mins => $5::int), minute, to_timestamp(0)) AS at,
               CASE WHEN taker_buy_base IS NOT NULL
                    THEN COALESCE(taker_buy_trades, round(trades * taker_buy_base / NULLIF(base_volume, 0)), 0) END AS buy_trades
        FROM minute_bars
        WHERE venue = $1 AND symbol = $2 AND minute >= ${FROM_MS('$3')} AND minute < ${FROM_MS('$4')}
        ORDER BY minute LIMIT $6::int * $5::int) m
  GROUP BY m.at ORDER BY m.at LIMIT $6::int`;

/** Later than any minute. */
const NEVER = epochMs(8_640_000_000_000_000);

/** Bars by time, made of minute bars (signal-apis.md 2.5); they belong to no tenant. */
export class TimeBarRepository {
  constructor(private readonly tx: Tx) {}

  /** Oldest first. Where no bar is in the range, the last one before its end; none when there is none at all. */
  async bars({ venue, symbol, subclass, from, to, limit }: TimeBarQuery): Promise<TimeBar[]> {
    const lengthMs = TIME_BAR_MINUTES[subclass] * MINUTE_MS;
    const begin = Math.ceil(from / lengthMs) * lengthMs;
    const end = to === null ? NEVER : (Math.floor(to / lengthMs) + 1) * lengthMs;
    const most = Math.max(1, Math.min(MAX_TIME_BARS, Math.floor(limit)));
    const found = await this.between(venue, symbol, subclass, begin, end, most);
    if (found.length > 0) return found;
    const newest = await row<{ ms: string }>(
      this.tx,
      `SELECT ${MS('minute')} AS ms FROM minute_bars
       WHERE venue = $1 AND symbol = $2 AND minute < ${FROM_MS('$3')} ORDER BY minute DESC LIMIT 1`,
      [venue, symbol, end],
    );
    if (newest === null) return [];
    return this.between(venue, symbol, subclass, Math.floor(Number(newest.ms) / lengthMs) * lengthMs, end, 1);
  }

  private async between(
    venue: VenueId,
    symbol: string,
    subclass: TimeBarSubclass,
    begin: number,
    end: number,
    limit: number,
  ): Promise<TimeBar[]> {
    const minutes = TIME_BAR_MINUTES[subclass];
    const found = await rows<Columns>(this.tx, BARS, [venue, symbol, begin, end, minutes, limit]);
    return found.map((one) => toBar(one, minutes * MINUTE_MS));
  }
}

function toBar(one: Columns, lengthMs: number): TimeBar {
  const at = epochMs(Number(one.at));
  const [base, quote, trades] = [quantity(one.base), notional(one.quote), Number(one.trades)];
  const bought =
    one.buy_base === null || one.buy_quote === null
      ? null
      : { base: quantity(one.buy_base), quote: notional(one.buy_quote), trades: Number(one.buy_trades) };
  return {
    at,
    open: price(one.open),
    high: price(one.high),
    low: price(one.low),
    close: price(one.close),
    base,
    quote,
    trades,
    bought,
    sold: bought && {
      base: base.sub(bought.base) as Quantity,
      quote: quote.sub(bought.quote) as Notional,
      trades: trades - bought.trades,
    },
    firstAt: epochMs(Number(one.first_at)),
    lastAt: epochMs(Number(one.last_at)),
    firstTradeId: one.first_trade_id ?? String(at),
    lastTradeId: one.last_trade_id ?? String(at + lengthMs - 1),
  };
}
