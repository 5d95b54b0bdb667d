import { Dec, ZERO, type Decimal, type EpochMs, type Notional, type Price, type Quantity } from '#domain';
import { showNumber } from '../common/show-number.js';

/** A bar as exchanges give it, with the part of the volume in which buyers took. */
export interface Kline {
  readonly openAt: EpochMs;
  readonly lengthMs: number;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  readonly base: Quantity;
  readonly takerBuyBase: Quantity;
  readonly quote: Notional;
  readonly takerBuyQuote: Notional;
  readonly trades: number;
}

/**
 * The object Bar; all its fields are numbers. What a kline does not tell: sales are what was not bought, ticks are shared out
 * by volume, and the times stand for the ids of its trades, so that they differ from bar to bar (signal-apis.md 2.5).
 */
export function showBar(bar: Kline) {
  const { openAt, lengthMs, base, takerBuyBase, quote, takerBuyQuote, trades } = bar;
  const buyTicks = base.isZero() ? 0 : rounded(takerBuyBase.mul(trades).div(base));
  const lastAt = openAt + lengthMs - 1;
  return {
    time: openAt,
    open: showNumber(bar.open),
    high: showNumber(bar.high),
    low: showNumber(bar.low),
    close: showNumber(bar.close),
    base_asset_volume: showNumber(base),
    base_asset_buy_volume: showNumber(takerBuyBase),
    base_asset_sell_volume: showNumber(Dec.max(ZERO, base.sub(takerBuyBase))),
    quote_asset_volume: showNumber(quote),
    quote_asset_buy_volume: showNumber(takerBuyQuote),
    quote_asset_sell_volume: showNumber(Dec.max(ZERO, quote.sub(takerBuyQuote))),
    num_ticks: trades,
    num_buy_ticks: Math.min(trades, buyTicks),
    num_sell_ticks: trades - Math.min(trades, buyTicks),
    first_timestamp: openAt,
    last_timestamp: lastAt,
    first_trade_id: openAt,
    last_trade_id: lastAt,
  };
}

/** By ascending time. */
export function showBars(bars: readonly Kline[]) {
  return { bars: bars.toSorted((a, b) => a.openAt - b.openAt).map(showBar) };
}

const rounded = (value: Decimal): number => value.toDecimalPlaces(0, Dec.ROUND_HALF_EVEN).toNumber();
