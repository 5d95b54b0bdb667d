import { Refusal } from '../floor/refusal.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import { klineInterval } from '../market/kline-interval.js';
import type { Candle } from '../market/market-data.js';
import { unitsText } from '../matching/scaled.js';
import { integerParam, type Params } from './params.js';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

export interface CandleRange {
  /** How many rows at most: the oldest when a `startTime` is asked for, else the newest. */
  readonly limit: number;
  /** The venue's clock: the last candle is the one it is in. */
  readonly now: number;
  /** Whether the product has candles of one second. */
  readonly hasSeconds: boolean;
}

/**
 * Candles in the vendor's rows, from the trades this process saw: without a gap, an interval in which nothing traded
 * repeats the price of the one before. Minutes are kept for a day, single trades for the latest thousand.
 *
 * @throws Refusal -1120 for an interval that is none, -1130 for a time or a time zone that is none
 */
export function candleRows(market: SymbolMarket, params: Params, range: CandleRange): unknown[][] {
  const { limit, now, hasSeconds } = range;
  const name = params.get('interval') ?? '';
  const interval = klineInterval(name, zoneOffset(params.get('timeZone')));
  if (interval === null || (name === '1s' && !hasSeconds)) throw new Refusal(-1120, 'Invalid interval.');
  const anyTime = { min: 0, max: Number.MAX_SAFE_INTEGER };
  const startTime = integerParam(params, 'startTime', anyTime);
  const endTime = integerParam(params, 'endTime', anyTime) ?? Infinity;
  const kept = name === '1s' ? secondsOf(market) : market.tape.candles();
  const [first] = kept;
  if (first === undefined) return [];

  const newest = Math.min(endTime, Math.max(now, kept.at(-1)?.openAt ?? now));
  const rows: unknown[][] = [];
  let next = 0;
  let close = first.open;
  for (let openAt = interval.openOf(first.openAt); openAt <= newest;) {
    const until = interval.nextOf(openAt);
    let candle: Candle | null = null;
    for (let part = kept[next]; part !== undefined && part.openAt < until; part = kept[next]) {
      candle = candle === null ? part : merged(candle, part);
      close = part.close;
      next += 1;
    }
    if (openAt >= (startTime ?? 0)) rows.push(candleRow(market, openAt, until - 1, candle ?? emptyCandle(close)));
    if (startTime !== undefined && rows.length === limit) break;
    openAt = until;
  }
  return rows.slice(-limit);
}

/** The later candle's numbers on top of the sum's. */
function merged(sum: Candle, candle: Candle): Candle {
  return {
    ...sum,
    high: Math.max(sum.high, candle.high),
    low: Math.min(sum.low, candle.low),
    close: candle.close,
    lots: sum.lots + candle.lots,
    quote: sum.quote + candle.quote,
    trades: sum.trades + candle.trades,
    takerBuyLots: sum.takerBuyLots + candle.takerBuyLots,
    takerBuyQuote: sum.takerBuyQuote + candle.takerBuyQuote,
  };
}

/** Nothing traded: all prices are the last one. */
function emptyCandle(price: number): Candle {
  const nothing = { lots: 0, quote: 0n, trades: 0, takerBuyLots: 0, takerBuyQuote: 0n };
  return { openAt: 0, firstTradeId: -1, open: price, high: price, low: price, close: price, ...nothing };
}

/** Candles of one second, from the trades that are kept. */
function secondsOf({ spec, tape }: SymbolMarket): Candle[] {
  const candles: Candle[] = [];
  for (const { id, at, ticks, lots, buyerIsMaker } of tape.recent(Infinity)) {
    const quote = spec.notional(ticks, lots);
    const trade: Candle = {
      openAt: at - (at % SECOND),
      firstTradeId: id,
      open: ticks,
      high: ticks,
      low: ticks,
      close: ticks,
      lots,
      quote,
      trades: 1,
      takerBuyLots: buyerIsMaker ? 0 : lots,
      takerBuyQuote: buyerIsMaker ? 0n : quote,
    };
    const last = candles.at(-1);
    if (last !== undefined && last.openAt >= trade.openAt) candles[candles.length - 1] = merged(last, trade);
    else candles.push(trade);
  }
  return candles;
}

function candleRow({ spec }: SymbolMarket, openAt: number, closeAt: number, candle: Candle): unknown[] {
  return [
    openAt,
    spec.priceText(candle.open),
    spec.priceText(candle.high),
    spec.priceText(candle.low),
    spec.priceText(candle.close),
    spec.qtyText(candle.lots),
    closeAt,
    unitsText(candle.quote),
    candle.trades,
    spec.qtyText(candle.takerBuyLots),
    unitsText(candle.takerBuyQuote),
    '0',
  ];
}

/** What local time is ahead of UTC, in ms: `8`, `-1:00`, `05:45`, from -12:00 to +14:00. */
function zoneOffset(given: string | undefined): number {
  if (given === undefined) return 0;
  const [, sign, hours, minutes] = /^([+-]?)(\d{1,2})(?::([0-5]\d))?$/.exec(given) ?? [];
  const ahead = Number(hours ?? NaN) * HOUR + Number(minutes ?? 0) * MINUTE;
  const offset = sign === '-' ? -ahead : ahead;
  if (!(offset >= -12 * HOUR && offset <= 14 * HOUR))
    throw new Refusal(-1130, "Data sent for parameter 'timeZone' is not valid.");
  return offset;
}
