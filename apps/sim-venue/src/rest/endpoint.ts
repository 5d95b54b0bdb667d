import type { Exchange } from '../spot/exchange.js';
import { Refusal } from '../floor/refusal.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import type { Account } from '../spot/account.js';
import type { OrderCounts, RequestLimits } from '../limits/request-limits.js';
import type { ParamRules, Params } from './params.js';
import type { Security } from './security.js';

/** What endpoints work on. */
export interface Venue {
  readonly exchange: Exchange;
  readonly requestLimits: RequestLimits;
  readonly orderCounts: OrderCounts;
}

/** One authenticated call with checked parameters. */
export interface Call {
  readonly params: Params;
  /** SHA-256 of the request as received. */
  readonly requestHash: string;
  readonly ip: string;
  /** @throws Error when the endpoint is public: a bug, not a request */
  readonly account: Account;
}

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'WS';
  readonly path: string;
  readonly security: Security;
  readonly weight: number | ((params: Params) => number);
  /** Placing and cancelling give their weight back when they succeed. */
  readonly freeOnSuccess?: true;
  readonly rules: ParamRules;
  /** Replies carry the unfilled-order counts. */
  readonly countsOrders?: true;
  /**
   * Checks all that can be checked before the matching engine (C5 steps 8 to 11) and returns what is left to do.
   *
   * @throws Refusal
   */
  prepare(call: Call): () => unknown;
}

/** @throws Refusal -1121 */
export function marketOf(exchange: Exchange, params: Params): SymbolMarket {
  const market = exchange.markets.get(params.get('symbol') ?? '');
  if (market === undefined) throw new Refusal(-1121, 'Invalid symbol.');
  return market;
}
