import { Refusal } from '../floor/refusal.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import type { Candle } from '../market/market-data.js';
import { unitsText } from '../matching/scaled.js';
import { integerParam, type Params } from './params.js';

type View = Record<string, unknown>;

export function priceTicker(market: SymbolMarket): View {
  return { symbol: market.spec.symbol, price: market.spec.priceText(lastTicks(market)) };
}

export function bookTicker(market: SymbolMarket): View {
  const { spec } = market;
  const top = market.top();
  return {
    symbol: spec.symbol,
    bidPrice: spec.priceText(top.bidTicks),
    bidQty: spec.qtyText(top.bidLots),
    askPrice: spec.priceText(top.askTicks),
    askQty: spec.qtyText(top.askLots),
  };
}

/** Volume-weighted over the last five minutes; the last price when nothing traded. */
export function averagePrice(market: SymbolMarket, now: number): View {
  const recent = market.tape.candles().filter(({ openAt }) => openAt > now - 5 * 60_000);
  const lots = recent.reduce((sum, candle) => sum + candle.lots, 0);
  const quote = recent.reduce((sum, candle) => sum + candle.quote, 0n);
  return {
    mins: 5,
    price: lots > 0 ? perBase(quote, market.spec.baseUnits(lots)) : market.spec.priceText(lastTicks(market)),
    closeTime: market.tape.last()?.at ?? now,
  };
}

export function dayTicker(market: SymbolMarket, now: number): View {
  const { spec, tape } = market;
  const candles = tape.candles().filter(({ openAt }) => openAt > now - 86_400_000);
  const last = tape.last();
  const sum = merge(candles);
  const open = sum?.open ?? lastTicks(market);
  const close = lastTicks(market);
  const base = spec.baseUnits(sum?.lots ?? 0);
  const top = bookTicker(market);
  return {
    symbol: spec.symbol,
    priceChange: unitsText(BigInt(close - open) * spec.tickUnits),
    priceChangePercent: open > 0 ? (((close - open) / open) * 100).toFixed(3) : '0.000',
    weightedAvgPrice: base > 0n ? perBase(sum?.quote ?? 0n, base) : '0.00000000',
    prevClosePrice: spec.priceText(open),
    lastPrice: spec.priceText(close),
    lastQty: spec.qtyText(last?.lots ?? 0),
    bidPrice: top['bidPrice'],
    bidQty: top['bidQty'],
    askPrice: top['askPrice'],
    askQty: top['askQty'],
    openPrice: spec.priceText(open),
    highPrice: spec.priceText(sum?.high ?? close),
    lowPrice: spec.priceText(sum?.low ?? close),
    volume: unitsText(base),
    quoteVolume: unitsText(sum?.quote ?? 0n),
    openTime: now - 86_400_000,
    closeTime: now,
    firstId: sum?.firstTradeId ?? -1,
    lastId: last?.id ?? -1,
    count: sum?.trades ?? 0,
  };
}

const MINUTE = 60_000;
const INTERVALS: Readonly<Record<string, number>> = {
  '1m': MINUTE,
  '3m': 3 * MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': 60 * MINUTE,
  '2h': 120 * MINUTE,
  '4h': 240 * MINUTE,
  '6h': 360 * MINUTE,
  '8h': 480 * MINUTE,
  '12h': 720 * MINUTE,
  '1d': 1_440 * MINUTE,
};

/**
 * Candles in the vendor's rows, from the minutes this process saw.
 *
 * @throws Refusal -1120 for an interval that is not served
 */
export function candleRows(market: SymbolMarket, params: Params, limit: number): unknown[][] {
  const lengthMs = INTERVALS[params.get('interval') ?? ''];
  if (lengthMs === undefined) throw new Refusal(-1120, 'Invalid interval.');
  const anyTime = { min: 0, max: Number.MAX_SAFE_INTEGER };
  const startTime = integerParam(params, 'startTime', anyTime);
  const endTime = integerParam(params, 'endTime', anyTime);
  const groups = new Map<number, Candle[]>();
  for (const candle of market.tape.candles()) {
    const openAt = candle.openAt - (candle.openAt % lengthMs);
    if (openAt < (startTime ?? 0) || openAt > (endTime ?? Infinity)) continue;
    groups.set(openAt, [...(groups.get(openAt) ?? []), candle]);
  }
  const rows = [...groups].map(([openAt, candles]) => candleRow(market, openAt, lengthMs, merge(candles) as Candle));
  return startTime === undefined ? rows.slice(-limit) : rows.slice(0, limit);
}

function candleRow({ spec }: SymbolMarket, openAt: number, lengthMs: number, candle: Candle): unknown[] {
  return [
    openAt,
    spec.priceText(candle.open),
    spec.priceText(candle.high),
    spec.priceText(candle.low),
    spec.priceText(candle.close),
    spec.qtyText(candle.lots),
    openAt + lengthMs - 1,
    unitsText(candle.quote),
    candle.trades,
    spec.qtyText(candle.takerBuyLots),
    unitsText(candle.takerBuyQuote),
    '0',
  ];
}

function merge(candles: readonly Candle[]): Candle | undefined {
  const [first] = candles;
  if (first === undefined) return undefined;
  return candles.slice(1).reduce<Candle>(
    (sum, candle) => ({
      ...sum,
      high: Math.max(sum.high, candle.high),
      low: Math.min(sum.low, candle.low),
      close: candle.close,
      lots: sum.lots + candle.lots,
      quote: sum.quote + candle.quote,
      trades: sum.trades + candle.trades,
      takerBuyLots: sum.takerBuyLots + candle.takerBuyLots,
      takerBuyQuote: sum.takerBuyQuote + candle.takerBuyQuote,
    }),
    first,
  );
}

function lastTicks(market: SymbolMarket): number {
  return market.tape.last()?.ticks ?? Math.floor(market.referenceTicks() ?? 0);
}

/** Quote per base, both in units, rounded down to 8 decimals. */
function perBase(quote: bigint, base: bigint): string {
  return unitsText((quote * 100_000_000n) / base);
}
