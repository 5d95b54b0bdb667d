import { Refusal } from '../../floor/refusal.js';
import { integerParam, missing, type ParamRules, type Params } from '../../rest/params.js';
import { marketOf } from '../../rest/symbol-param.js';
import type { Order } from '../account.js';
import type { PreventedMatch } from '../prevented-match.js';
import type { SpotEndpoint, SpotVenue } from './endpoint.js';
import { ANY_ID, FIND_RULES, findOrder, orderReference } from './find-order.js';
import { amendmentView, orderView, preventedMatchView, tradeView } from './order-views.js';

const DAY = 86_400_000;
const RANGE_RULES: ParamRules = {
  symbol: { kind: 'symbol', mandatory: true },
  orderId: { kind: 'integer' },
  startTime: { kind: 'integer' },
  endTime: { kind: 'integer' },
  limit: { kind: 'integer' },
};

/** Looking up orders and what became of them. */
export function orderQueries({ exchange }: SpotVenue): readonly SpotEndpoint[] {
  const find: SpotEndpoint = {
    method: 'GET',
    path: '/api/v3/order',
    security: 'USER_DATA',
    weight: 4,
    rules: FIND_RULES,
    prepare({ params, account }) {
      const { spec } = marketOf(exchange.markets, params);
      const reference = orderReference(params);
      return () => {
        const order = findOrder(exchange.shown(account, 'query'), spec, reference);
        if (order === undefined || !exchange.finds(order, 'id')) throw new Refusal(-2013, 'Order does not exist.');
        if ((reference.clientOrderId ?? order.clientOrderId) !== order.clientOrderId)
          throw new Refusal(-2039, 'Client order ID is not correct for this order ID.');
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
    prepare({ params, account }) {
      const only = params.has('symbol') ? marketOf(exchange.markets, params).spec : null;
      return () =>
        [...exchange.shown(account, 'query').openOrders.values()]
          .filter((order) => only === null || order.spec === only)
          .map(orderView);
    },
  };

  const listAll: SpotEndpoint = {
    method: 'GET',
    path: '/api/v3/allOrders',
    security: 'USER_DATA',
    weight: 20,
    rules: RANGE_RULES,
    prepare({ params, account }) {
      const { spec } = marketOf(exchange.markets, params);
      const { orderId: fromId, ...range } = listRange(params);
      return () =>
        exchange
          .shown(account, 'query')
          .history(spec)
          .orders.select({ ...range, fromId })
          .filter((order) => exchange.finds(order, 'list'))
          .map(orderView);
    },
  };

  const myTrades: SpotEndpoint = {
    method: 'GET',
    path: '/api/v3/myTrades',
    security: 'USER_DATA',
    weight: (params) => (params.has('orderId') ? 5 : 20),
    rules: { ...RANGE_RULES, fromId: { kind: 'integer' } },
    prepare({ params, account }) {
      const { spec } = marketOf(exchange.markets, params);
      const { orderId, ...range } = listRange(params);
      const fromId = integerParam(params, 'fromId', ANY_ID);
      const hasTimes = range.startTime !== undefined || range.endTime !== undefined;
      if (hasTimes && (orderId !== undefined || fromId !== undefined)) throw badCombination();
      return () => {
        const shown = exchange.shown(account, 'query');
        if (orderId === undefined)
          return shown
            .history(spec)
            .trades.select({ ...range, fromId })
            .map(([order, fill]) => tradeView(order, fill));
        const order = findOrder(shown, spec, { orderId, clientOrderId: undefined });
        const fills = order?.fills.filter(({ tradeId }) => tradeId >= (fromId ?? 0)) ?? [];
        return fills.slice(0, range.limit).map((fill) => tradeView(order as Order, fill));
      };
    },
  };

  const amendments: SpotEndpoint = {
    method: 'GET',
    path: '/api/v3/order/amendments',
    security: 'USER_DATA',
    weight: 4,
    rules: {
      symbol: { kind: 'symbol', mandatory: true },
      orderId: { kind: 'integer', mandatory: true },
      fromExecutionId: { kind: 'integer' },
      limit: { kind: 'integer' },
    },
    prepare({ params, account }) {
      const { spec } = marketOf(exchange.markets, params);
      const orderId = integerParam(params, 'orderId', ANY_ID);
      const from = integerParam(params, 'fromExecutionId', ANY_ID) ?? 0;
      const limit = listLimit(params);
      return () => {
        const order = findOrder(account, spec, { orderId, clientOrderId: undefined });
        const found = order?.amendments.filter(({ executionId }) => executionId >= from) ?? [];
        return found.slice(0, limit).map((amendment) => amendmentView(order as Order, amendment));
      };
    },
  };

  const prevented: SpotEndpoint = {
    method: 'GET',
    path: '/api/v3/myPreventedMatches',
    security: 'USER_DATA',
    weight: (params) => (params.has('orderId') ? 20 : 2),
    rules: {
      symbol: { kind: 'symbol', mandatory: true },
      preventedMatchId: { kind: 'integer' },
      orderId: { kind: 'integer' },
      fromPreventedMatchId: { kind: 'integer' },
      limit: { kind: 'integer' },
    },
    prepare({ params, account }) {
      const { spec } = marketOf(exchange.markets, params);
      const matchId = integerParam(params, 'preventedMatchId', ANY_ID);
      const orderId = integerParam(params, 'orderId', ANY_ID);
      const fromId = integerParam(params, 'fromPreventedMatchId', ANY_ID);
      const limit = listLimit(params);
      if (matchId === undefined && orderId === undefined) throw missing('orderId');
      if (matchId !== undefined && (orderId !== undefined || fromId !== undefined)) throw badCombination();
      const view = (match: PreventedMatch): Record<string, unknown> =>
        preventedMatchView(exchange.ledger.orders.get(match.takerOrderId) as Order, match);
      return () => {
        if (matchId !== undefined)
          return account
            .history(spec)
            .prevented.select({ fromId: matchId, limit: 1 })
            .filter(({ id }) => id === matchId)
            .map(view);
        const order = findOrder(account, spec, { orderId, clientOrderId: undefined });
        const found = order?.preventedMatches.filter(({ id }) => id >= (fromId ?? 0)) ?? [];
        return found.slice(0, limit).map(view);
      };
    },
  };

  return [find, listOpen, listAll, myTrades, amendments, prevented];
}

interface ListRange {
  readonly orderId: number | undefined;
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  readonly limit: number;
}

/** @throws Refusal -1130 for numbers out of range, -1127 when the times are more than a day apart */
function listRange(params: Params): ListRange {
  const startTime = integerParam(params, 'startTime', ANY_ID);
  const endTime = integerParam(params, 'endTime', ANY_ID);
  if (startTime !== undefined && endTime !== undefined && endTime - startTime > DAY)
    throw new Refusal(-1127, 'More than 24 hours between startTime and endTime.');
  return { orderId: integerParam(params, 'orderId', ANY_ID), startTime, endTime, limit: listLimit(params) };
}

function listLimit(params: Params): number {
  return integerParam(params, 'limit', { min: 1, max: 1_000 }) ?? 500;
}

function badCombination(): Refusal {
  return new Refusal(-1128, 'Combination of optional parameters invalid.');
}
