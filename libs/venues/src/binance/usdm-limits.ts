import type { CallCost, EndpointCosts } from '#domain';
import type { ShippedLimit, VenueLimits } from '../budget/venue-limits.js';
import { binanceRows } from './limit-rows.js';

const VENUE = 'binance-usdm';
const rows = binanceRows('bu', VENUE, 'GET /fapi/v1/exchangeInfo');

/** Limits of the USD-M futures API (venues.md B3). The venue's own figures override them. */
const definitions: readonly ShippedLimit[] = [
  rows.ban(),
  rows.weight(2_400),
  rows.orders({
    source: 'Orders: 300 per account and 10 seconds.',
    limit: 300,
    windowMs: 10_000,
    window: '10s',
    select: 'ORDERS/SECOND/10',
  }),
  rows.orders({
    source: 'Orders: 1,200 per account and minute.',
    limit: 1_200,
    windowMs: 60_000,
    window: '1m',
    select: 'ORDERS/MINUTE/1',
  }),
];

const weight = (cost: CallCost['cost']): readonly CallCost[] => [{ limit: 'bu.weight', cost }];
const orders = (count: number): readonly CallCost[] => [
  { limit: 'bu.orders10s', cost: count },
  { limit: 'bu.orders1m', cost: count },
];
const DEPTH = {
  byParam: 'limit',
  fallback: 500,
  steps: [
    [50, 2],
    [100, 5],
    [500, 10],
    [1_000, 20],
  ],
} as const;
const KLINES = {
  byParam: 'limit',
  fallback: 500,
  steps: [
    [99, 1],
    [499, 2],
    [1_000, 5],
    [1_500, 10],
  ],
} as const;

/**
 * What each call takes; a form whose weight differs is a call of its own, with the form in brackets. A cost of 0
 * still lets the answer's reading of that limit be applied, and is what an order costs of the weight.
 */
const costs = {
  'GET /fapi/v1/ping': weight(1),
  'GET /fapi/v1/time': weight(1),
  'GET /fapi/v1/exchangeInfo': weight(1),
  'GET /fapi/v1/depth': weight(DEPTH),
  'GET /fapi/v1/trades': weight(5),
  'GET /fapi/v1/aggTrades': weight(20),
  'GET /fapi/v1/klines': weight(KLINES),
  'GET /fapi/v1/premiumIndex': weight(1),
  'GET /fapi/v1/premiumIndex (all)': weight(10),
  'GET /fapi/v1/fundingRate': weight(1),
  'GET /fapi/v1/fundingInfo': weight(1),
  'GET /fapi/v1/ticker/24hr': weight(1),
  'GET /fapi/v1/ticker/24hr (all)': weight(40),
  'GET /fapi/v1/ticker/price': weight(1),
  'GET /fapi/v1/ticker/price (all)': weight(2),
  'GET /fapi/v1/ticker/bookTicker': weight(2),
  'GET /fapi/v1/ticker/bookTicker (all)': weight(5),
  'POST /fapi/v1/order': [...weight(0), ...orders(1)],
  'POST /fapi/v1/order/test': weight(1),
  'PUT /fapi/v1/order': [...weight(0), ...orders(1)],
  'DELETE /fapi/v1/order': weight(1),
  'DELETE /fapi/v1/allOpenOrders': weight(1),
  'POST /fapi/v1/batchOrders': [...weight(5), ...orders(5)],
  'PUT /fapi/v1/batchOrders': [...weight(5), ...orders(5)],
  'DELETE /fapi/v1/batchOrders': weight(5),
  'POST /fapi/v1/countdownCancelAll': weight(10),
  'GET /fapi/v1/order': weight(1),
  'GET /fapi/v1/openOrder': weight(1),
  'GET /fapi/v1/orderAmendment': weight(1),
  'GET /fapi/v1/openOrders': weight(1),
  'GET /fapi/v1/openOrders (all)': weight(40),
  'GET /fapi/v1/allOrders': weight(5),
  'GET /fapi/v1/userTrades': weight(5),
  'GET /fapi/v2/account': weight(5),
  'GET /fapi/v3/account': weight(5),
  'GET /fapi/v2/balance': weight(5),
  'GET /fapi/v3/balance': weight(5),
  'GET /fapi/v2/positionRisk': weight(5),
  'GET /fapi/v3/positionRisk': weight(5),
  'GET /fapi/v1/accountConfig': weight(5),
  'GET /fapi/v1/symbolConfig': weight(5),
  'GET /fapi/v1/accountConfig (and symbolConfig, leverageBracket)': weight(11),
  'GET /fapi/v1/commissionRate': weight(20),
  'GET /fapi/v1/income': weight(30),
  'GET /fapi/v1/leverageBracket': weight(1),
  'GET /fapi/v1/positionSide/dual': weight(30),
  'POST /fapi/v1/positionSide/dual': weight(1),
  'GET /fapi/v1/multiAssetsMargin': weight(30),
  'POST /fapi/v1/leverage': weight(1),
  'POST /fapi/v1/marginType': weight(1),
  'GET /fapi/v1/rateLimit/order': [...weight(1), ...orders(0)],
  'POST /fapi/v1/listenKey': weight(1),
  'PUT /fapi/v1/listenKey': weight(1),
  'DELETE /fapi/v1/listenKey': weight(1),
} as const satisfies EndpointCosts;

export type BinanceUsdmCall = keyof typeof costs;

export interface BinanceUsdmLimits extends VenueLimits {
  readonly costs: Readonly<Record<BinanceUsdmCall, readonly CallCost[]>>;
}

/** For every venue that speaks the USD-M protocol; each keeps a budget of its own. */
export function binanceUsdmLimits(venue: string = VENUE): BinanceUsdmLimits {
  return { venue, definitions: definitions.map((definition) => ({ ...definition, venue })), costs };
}
