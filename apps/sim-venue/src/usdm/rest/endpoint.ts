import type { ListenKeys } from '../../accounts/listen-keys.js';
import type { SymbolMarket } from '../../floor/symbol-market.js';
import type { OrderCounts } from '../../limits/order-counts.js';
import type { RequestLimits } from '../../limits/request-limits.js';
import type { Call, Endpoint } from '../../rest/endpoint.js';
import type { Params } from '../../rest/params.js';
import type { RequestClock } from '../../rest/request-clock.js';
import { marketOf } from '../../rest/symbol-param.js';
import type { FuturesExchange } from '../futures-exchange.js';
import type { FuturesAccount } from '../ledger/futures-account.js';

export type FuturesCall = Call<FuturesAccount>;
export type FuturesEndpoint = Endpoint<FuturesAccount>;

/** What USD-M endpoints work on. */
export interface FuturesVenue {
  readonly exchange: FuturesExchange;
  readonly clock: RequestClock;
  readonly requestLimits: RequestLimits;
  readonly orderCounts: OrderCounts;
  readonly listenKeys: ListenKeys;
}

/** The market that `symbol` names, or all of them without it. @throws Refusal -1121 */
export function marketsOf(exchange: FuturesExchange, params: Params): SymbolMarket[] {
  return params.has('symbol') ? [marketOf(exchange.markets, params)] : [...exchange.markets.values()];
}
