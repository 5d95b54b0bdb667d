import { Refusal } from '../../floor/refusal.js';
import type { Order } from '../account.js';
import type { SpotCall, SpotEndpoint, SpotVenue } from './endpoint.js';
import { marketOf } from '../../rest/symbol-param.js';
import { checkFilters, newClientOrderId, ORDER_RULES, orderCommand, responseType } from './order-command.js';
import { canceledView, orderView, placedView } from './order-views.js';
import { integerParam, type ParamRules, type Params } from '../../rest/params.js';

const FIND_RULES: ParamRules = {
  symbol: { kind: 'symbol', mandatory: true },
  orderId: { kind: 'integer' },
  origClientOrderId: { kind: 'clientId' },
};
const LIST_RULES: ParamRules = {
  symbol: { kind: 'symbol', mandatory: true },
  orderId: { kind: 'integer' },
  startTime: { kind: 'integer' },
  endTime: { kind: 'integer' },
  limit: { kind: 'integer' },
};

/** Placing, cancelling and looking up orders. */
export function orderEndpoints(venue: SpotVenue): readonly SpotEndpoint[] {
  const { exchange, orderCounts } = venue;

  const place: SpotEndpoint = {
    method: 'POST',
    path: '/api/v3/order',
    security: 'TRADE',
    weight: 1,
    freeOnSuccess: true,
    countsOrders: true,
    rules: ORDER_RULES,
    prepare(call) {
      const market = marketOf(exchange.markets, call.params);
      const command = orderCommand(call.params, market, call.requestHash);
      checkFilters(command, market, call.account);
      orderCounts.check(call.account.id, exchange.now());
      return () => {
        const order = exchange.place(call.account, market, command);
        orderCounts.placed(call.account.id, exchange.now());
        return placedView(order, responseType(call.params));
      };
    },
  };

  const test: SpotEndpoint = {
    method: 'POST',
    path: '/api/v3/order/test',
    security: 'TRADE',
    weight: (params) => (params.get('computeCommissionRates') === 'true' ? 20 : 1),
    rules: { ...ORDER_RULES, computeCommissionRates: { kind: 'enum' } },
    prepare(call) {
      const market = marketOf(exchange.markets, call.params);
      checkFilters(orderCommand(call.params, market, call.requestHash), market, call.account);
      return () => ({});
    },
  };

  const cancel: SpotEndpoint = {
    method: 'DELETE',
    path: '/api/v3/order',
    security: 'TRADE',
    weight: 1,
    freeOnSuccess: true,
    rules: { ...FIND_RULES, newClientOrderId: { kind: 'clientId' }, cancelRestrictions: { kind: 'enum' } },
    prepare(call) {
      marketOf(exchange.markets, call.params);
      checkFindable(call);
      return () => {
        const order = findOrder(venue, call);
        if (order === undefined || !order.isOpen) throw new Refusal(-2011, 'Unknown order sent.');
        checkCancelRestrictions(order, call.params.get('cancelRestrictions'));
        exchange.cancel(order, call.params.get('newClientOrderId') ?? newClientOrderId());
        return canceledView(order);
      };
    },
  };

  const cancelAll: SpotEndpoint = {
    method: 'DELETE',
    path: '/api/v3/openOrders',
    security: 'TRADE',
    weight: 1,
    freeOnSuccess: true,
    rules: { symbol: { kind: 'symbol', mandatory: true } },
    prepare(call) {
      const { spec } = marketOf(exchange.markets, call.params);
      return () => {
        const open = [...call.account.openOrders.values()].filter((order) => order.spec === spec);
        if (open.length === 0) throw new Refusal(-2011, 'Unknown order sent.');
        exchange.transact(() => {
          for (const order of open) exchange.cancel(order, newClientOrderId());
        });
        return open.map(canceledView);
      };
    },
  };

  const find: SpotEndpoint = {
    method: 'GET',
    path: '/api/v3/order',
    security: 'USER_DATA',
    weight: 4,
    rules: FIND_RULES,
    prepare(call) {
      marketOf(exchange.markets, call.params);
      checkFindable(call);
      return () => {
        const order = findOrder(venue, call);
        if (order === undefined) throw new Refusal(-2013, 'Order does not exist.');
        return orderView(order);
      };
    },
  };

  const listOpen: SpotEndpoint = {
    method: 'GET',
    path: '/api/v3/openOrders',
    security: 'USER_DATA',
    weight: (params) => (params.has('symbol') ? 6 : 80),
    rules: { symbol: { kind: 'symbol' } },
    prepare(call) {
      const only = call.params.has('symbol') ? marketOf(exchange.markets, call.params).spec : null;
      return () =>
        [...call.account.openOrders.values()].filter((order) => only === null || order.spec === only).map(orderView);
    },
  };

  const listAll: SpotEndpoint = {
    method: 'GET',
    path: '/api/v3/allOrders',
    security: 'USER_DATA',
    weight: 20,
    rules: LIST_RULES,
    prepare(call) {
      const { spec } = marketOf(exchange.markets, call.params);
      const { orderId, startTime, endTime, limit } = listRange(call.params);
      return () => {
        const matching = call.account.orders.filter(
          (order) =>
            order.spec === spec &&
            order.id >= (orderId ?? 0) &&
            order.createdAt >= (startTime ?? 0) &&
            order.createdAt <= (endTime ?? Infinity),
        );
        const fromStart = orderId !== undefined || startTime !== undefined;
        return (fromStart ? matching.slice(0, limit) : matching.slice(-limit)).map(orderView);
      };
    },
  };

  return [place, test, cancel, cancelAll, find, listOpen, listAll];
}

const ANY_ID = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** @throws Refusal -1130 for numbers out of range, -1127 when the times are more than a day apart */
export function listRange(params: Params): {
  orderId: number | undefined;
  startTime: number | undefined;
  endTime: number | undefined;
  limit: number;
} {
  const startTime = integerParam(params, 'startTime', ANY_ID);
  const endTime = integerParam(params, 'endTime', ANY_ID);
  if (startTime !== undefined && endTime !== undefined && endTime - startTime > 86_400_000)
    throw new Refusal(-1127, 'More than 24 hours between startTime and endTime.');
  return {
    orderId: integerParam(params, 'orderId', ANY_ID),
    startTime,
    endTime,
    limit: integerParam(params, 'limit', { min: 1, max: 1_000 }) ?? 500,
  };
}

function checkFindable({ params }: SpotCall): void {
  if (!params.has('orderId') && !params.has('origClientOrderId'))
    throw new Refusal(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!");
  integerParam(params, 'orderId', ANY_ID);
}

/** By id, else by client id; given both, they must name the same order. */
function findOrder({ exchange }: SpotVenue, call: SpotCall): Order | undefined {
  const { spec } = marketOf(exchange.markets, call.params);
  const clientOrderId = call.params.get('origClientOrderId');
  const orderId = call.params.get('orderId');
  if (orderId === undefined) return call.account.orderByClientId(spec.symbol, clientOrderId ?? '');
  const order = exchange.ledger.orders.get(Number(orderId));
  if (order === undefined || order.account !== call.account || order.spec !== spec) return undefined;
  return clientOrderId === undefined || order.clientOrderId === clientOrderId ? order : undefined;
}

function checkCancelRestrictions(order: Order, restriction: string | undefined): void {
  if (restriction === undefined) return;
  if (restriction !== 'ONLY_NEW' && restriction !== 'ONLY_PARTIALLY_FILLED')
    throw new Refusal(-1145, 'cancelRestrictions has to be either ONLY_NEW or ONLY_PARTIALLY_FILLED.');
  if (restriction !== `ONLY_${order.status}`)
    throw new Refusal(-2011, 'Order was not canceled due to cancel restrictions.');
}
