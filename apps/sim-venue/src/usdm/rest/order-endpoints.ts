import { Refusal } from '../../floor/refusal.js';
import type { SymbolMarket } from '../../floor/symbol-market.js';
import { integerParam, missing, type ParamRules, type Params } from '../../rest/params.js';
import { marketOf } from '../../rest/symbol-param.js';
import type { FuturesAccount, FuturesOrder } from '../ledger/futures-account.js';
import { submitOrder } from '../submission.js';
import { checkFindable, FIND_RULES, findOrder } from './find-order.js';
import type { FuturesEndpoint, FuturesVenue } from './endpoint.js';
import {
  checkFilters,
  checkOpenOrders,
  checkPriceMatch,
  futuresCommand,
  ORDER_RULES,
  responseType,
  sideParam,
} from './order-command.js';
import { checkBand, lotsParam, ticksParam } from './order-filters.js';
import { amendedView, orderView, placedView } from './order-views.js';
import { shortText } from '../../matching/scaled.js';

export const AMEND_RULES: ParamRules = {
  ...FIND_RULES,
  side: { kind: 'enum', mandatory: true },
  quantity: { kind: 'decimal', mandatory: true },
  price: { kind: 'decimal', mandatory: true },
  priceMatch: { kind: 'enum' },
  modifyId: { kind: 'integer' },
  // The order keeps what it has of these; the vendor's own example of `order.modify` brings them.
  origType: { kind: 'enum' },
  positionSide: { kind: 'enum' },
};

type Work = (venue: FuturesVenue, account: FuturesAccount, params: Params, requestHash: string) => () => FuturesOrder;

/** Checks a placement up to the matching engine. */
export const preparePlacement: Work = ({ exchange }, account, params, requestHash) => {
  const market = marketOf(exchange.markets, params);
  const command = futuresCommand(params, market, account, requestHash, exchange.now());
  checkFilters(command, market, account, exchange.markOf(market.spec.symbol));
  return () => {
    // Others may have come to life while this one waited.
    checkOpenOrders(market.spec, account, command.type);
    return exchange.shownOrder(submitOrder(exchange, account, market, command), 'reply');
  };
};

/** Checks an amendment up to the matching engine. */
export const prepareAmendment: Work = ({ exchange }, account, params) => {
  const market = marketOf(exchange.markets, params);
  checkFindable(params);
  const side = sideParam(params);
  checkPriceMatch(params);
  const [quantity, price] = [params.get('quantity'), params.get('price')];
  if (quantity === undefined) throw missing('quantity');
  if (price === undefined) throw missing('price');
  const ticks = ticksParam(market.spec, price);
  const lots = lotsParam(market.spec, quantity, false);
  checkBand(market, side, ticks, exchange.markOf(market.spec.symbol));
  return () => {
    const order = findOrder(account, params);
    if (order === undefined) throw new Refusal(-2013, 'Order does not exist.');
    if (!order.onlyReduces) checkAmendedNotional(market, ticks, lots);
    return exchange.orders.amend(order, side, ticks, lots);
  };
};

/** Checks a cancellation up to the matching engine. */
export const prepareCancellation: Work = ({ exchange }, account, params) => {
  marketOf(exchange.markets, params);
  checkFindable(params);
  return () => {
    const order = findOrder(account, params);
    if (order === undefined) throw new Refusal(-2011, 'Unknown order sent.');
    exchange.orders.cancel(order);
    return exchange.shownOrder(order, 'reply');
  };
};

/** Placing, changing and cancelling one order, or all of a symbol. */
export function orderEndpoints(venue: FuturesVenue): readonly FuturesEndpoint[] {
  const { exchange, orderCounts } = venue;

  const place: FuturesEndpoint = {
    method: 'POST',
    path: '/fapi/v1/order',
    security: 'TRADE',
    weight: 0,
    countsOrders: true,
    rules: ORDER_RULES,
    prepare({ account, params, requestHash }) {
      const place = preparePlacement(venue, account, params, requestHash);
      return {
        refused: orderCounts.reserve(account.id, exchange.now()),
        run: () => placedView(place(), responseType(params)),
      };
    },
  };

  const test: FuturesEndpoint = {
    method: 'POST',
    path: '/fapi/v1/order/test',
    security: 'TRADE',
    weight: 1,
    rules: ORDER_RULES,
    prepare({ account, params, requestHash }) {
      preparePlacement(venue, account, params, requestHash);
      return () => ({});
    },
  };

  const amend: FuturesEndpoint = {
    method: 'PUT',
    path: '/fapi/v1/order',
    security: 'TRADE',
    weight: 0,
    countsOrders: true,
    rules: AMEND_RULES,
    prepare({ account, params, requestHash }) {
      const change = prepareAmendment(venue, account, params, requestHash);
      return { refused: orderCounts.reserve(account.id, exchange.now()), run: () => amendedView(change()) };
    },
  };

  const cancel: FuturesEndpoint = {
    method: 'DELETE',
    path: '/fapi/v1/order',
    security: 'TRADE',
    weight: 1,
    rules: FIND_RULES,
    prepare({ account, params, requestHash }) {
      const run = prepareCancellation(venue, account, params, requestHash);
      return () => orderView(run());
    },
  };

  const cancelAll: FuturesEndpoint = {
    method: 'DELETE',
    path: '/fapi/v1/allOpenOrders',
    security: 'TRADE',
    weight: 1,
    rules: { symbol: { kind: 'symbol', mandatory: true } },
    prepare({ account, params }) {
      const { spec } = marketOf(exchange.markets, params);
      return () => {
        exchange.orders.cancelAll([...account.openOrders.values()].filter((order) => order.spec === spec));
        return { code: 200, msg: 'The operation of cancel all open order is done.' };
      };
    },
  };

  const countdown: FuturesEndpoint = {
    method: 'POST',
    path: '/fapi/v1/countdownCancelAll',
    security: 'TRADE',
    weight: 10,
    rules: { symbol: { kind: 'symbol', mandatory: true }, countdownTime: { kind: 'integer', mandatory: true } },
    prepare({ account, params }) {
      const { spec } = marketOf(exchange.markets, params);
      const ms = integerParam(params, 'countdownTime', { min: 0, max: 86_400_000 }) ?? 0;
      return () => {
        exchange.countdown(account, spec, ms);
        return { symbol: spec.symbol, countdownTime: String(ms) };
      };
    },
  };

  return [place, test, amend, cancel, cancelAll, countdown];
}

/** @throws Refusal -5029 */
function checkAmendedNotional({ spec }: SymbolMarket, ticks: number, lots: number): void {
  if (spec.notional(ticks, lots) < spec.minNotionalUnits)
    throw new Refusal(-5029, `Order's notional must be no smaller than ${shortText(spec.minNotionalUnits)}`);
}
