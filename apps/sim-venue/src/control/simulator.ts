import type { Exchange } from '../spot/exchange.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import type { FaultBook } from '../faults/fault-book.js';
import type { OrderCounts, RequestLimits } from '../limits/request-limits.js';
import type { MarketSources } from '../market/market-sources.js';
import type { SpotApi } from '../rest/spot-api.js';
import { ControlError } from './control-error.js';

/** What the control port controls. */
export interface Simulator {
  readonly exchange: Exchange;
  readonly sources: MarketSources;
  readonly faults: FaultBook;
  readonly requestLimits: RequestLimits;
  readonly orderCounts: OrderCounts;
  readonly spotApi: SpotApi;
}

/** @throws ControlError 404 */
export function marketNamed(exchange: Exchange, symbol: string | undefined): SymbolMarket {
  const market = exchange.markets.get(symbol ?? '');
  if (market === undefined) throw new ControlError(404, 'SYMBOL_UNKNOWN', `No symbol ${JSON.stringify(symbol)}`);
  return market;
}
