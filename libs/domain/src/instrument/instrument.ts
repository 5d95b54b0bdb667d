import type { Decimal, Notional, Price, Quantity } from '../numeric/decimal.js';
import type { VenueId } from '../parent-order/ids.js';

export type Side = 'buy' | 'sell';

/** +1 for a buy, -1 for a sell (s of algorithms.md 1). */
export function sideSign(side: Side): 1 | -1 {
  return side === 'buy' ? 1 : -1;
}

export type MarketType = 'spot' | 'perp' | 'future' | 'option';

/** One tradable pair on one venue with its rules; all steps are in units of the asset they limit. */
export interface Instrument {
  readonly venue: VenueId;
  /** The venue's own name of it, `BTCUSDT`. */
  readonly symbol: string;
  /** Our name of it, `BTC-USDT` (order-api.md 3.3). */
  readonly pair: string;
  readonly marketType: MarketType;
  readonly base: string;
  readonly quote: string;
  readonly tick: Price;
  readonly lot: Quantity;
  readonly minQty: Quantity;
  readonly minNotional: Notional;
  readonly status: 'trading' | 'halted';
}

/** Fee rates in basis points of notional. */
export interface FeeRates {
  readonly makerBps: Decimal;
  readonly takerBps: Decimal;
}
