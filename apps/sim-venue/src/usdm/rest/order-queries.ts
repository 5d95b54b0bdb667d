import { Refusal } from '../../floor/refusal.js';
import { marketOf } from '../../rest/symbol-param.js';
import type { FuturesFill, FuturesOrder } from '../ledger/futures-account.js';
import { checkFindable, FIND_RULES, findOrder, idParam, isWithin, page, RANGE_RULES, timeRange } from './find-order.js';
import type { FuturesEndpoint, FuturesVenue } from './endpoint.js';
import { amendmentViews, orderView, userTradeView } from './order-views.js';

const LISTS = { usual: 500, most: 1_000 };

/** Looking up orders, what they traded and how they were changed. */
export function orderQueries({ exchange }: FuturesVenue): readonly FuturesEndpoint[] {
  const one = (path: string, isShown: (order: FuturesOrder) => boolean): FuturesEndpoint => ({
    method: 'GET',
    path,
    security: 'USER_DATA',
    weight: 1,
    rules: FIND_RULES,
    prepare({ account, params }) {
      marketOf(exchange.markets, params);
      checkFindable(params);
      return () => {
        const order = findOrder(exchange.shown(account, 'query'), params);
        if (order === undefined || !isShown(order) || !exchange.finds(order, 'id'))
          throw new Refusal(-2013, 'Order does not exist.');
        return orderView(order);
      };
    },
  });

  const open: FuturesEndpoint = {
    method: 'GET',
    path: '/fapi/v1/openOrders',
    security: 'USER_DATA',
    weight: (params) => (params.has('symbol') ? 1 : 40),
    rules: { symbol: { kind: 'symbol' } },
    prepare({ account, params }) {
      const only = params.has('symbol') ? marketOf(exchange.markets, params).spec : null;
      return () =>
        [...exchange.shown(account, 'query').openOrders.values()]
          .filter(({ spec }) => only === null || spec === only)
          .map(orderView);
    },
  };

  const all: FuturesEndpoint = {
    method: 'GET',
    path: '/fapi/v1/allOrders',
    security: 'USER_DATA',
    weight: 5,
    rules: { ...RANGE_RULES, symbol: { kind: 'symbol', mandatory: true }, orderId: { kind: 'integer' } },
    prepare({ account, params }) {
      const { spec } = marketOf(exchange.markets, params);
      const range = timeRange(params, LISTS);
      const fromId = idParam(params, 'orderId');
      return () => {
        const found = exchange
          .shown(account, 'query')
          .orders.filter(
            (order) =>
              exchange.finds(order, 'list') &&
              order.spec === spec &&
              order.id >= (fromId ?? 0) &&
              isWithin(range, order.createdAt),
          )
          // One that began to live late has a lower number than those before it.
          .sort((a, b) => a.id - b.id);
        return page(found, range.limit, fromId !== undefined || range.startTime !== undefined).map(orderView);
      };
    },
  };

  const trades: FuturesEndpoint = {
    method: 'GET',
    path: '/fapi/v1/userTrades',
    security: 'USER_DATA',
    weight: 5,
    rules: {
      ...RANGE_RULES,
      symbol: { kind: 'symbol', mandatory: true },
      orderId: { kind: 'integer' },
      fromId: { kind: 'integer' },
    },
    prepare({ account, params }) {
      const { spec } = marketOf(exchange.markets, params);
      const range = timeRange(params, LISTS);
      const [orderId, fromId] = [idParam(params, 'orderId'), idParam(params, 'fromId')];
      return () => {
        const found: [FuturesOrder, FuturesFill][] = [];
        for (const order of exchange.shown(account, 'query').orders) {
          if (order.spec !== spec || (orderId !== undefined && order.id !== orderId)) continue;
          for (const fill of order.fills)
            if (fill.tradeId >= (fromId ?? 0) && isWithin(range, fill.at)) found.push([order, fill]);
        }
        found.sort(([a, x], [b, y]) => x.tradeId - y.tradeId || a.id - b.id);
        const fromStart = fromId !== undefined || range.startTime !== undefined;
        return page(found, range.limit, fromStart).map(([order, fill]) => userTradeView(order, fill));
      };
    },
  };

  const amendments: FuturesEndpoint = {
    method: 'GET',
    path: '/fapi/v1/orderAmendment',
    security: 'USER_DATA',
    weight: 1,
    rules: { ...FIND_RULES, ...RANGE_RULES },
    prepare({ account, params }) {
      const { spec } = marketOf(exchange.markets, params);
      const range = timeRange(params, { usual: 50, most: 100 });
      const isOne = params.has('orderId') || params.has('origClientOrderId');
      return () => {
        const one = isOne ? findOrder(account, params) : undefined;
        const orders = isOne ? (one === undefined ? [] : [one]) : account.orders.filter((order) => order.spec === spec);
        return orders
          .flatMap(amendmentViews)
          .filter(({ at }) => isWithin(range, at))
          .sort((a, b) => b.id - a.id)
          .slice(0, range.limit)
          .map(({ view }) => view);
      };
    },
  };

  return [
    one('/fapi/v1/order', () => true),
    one('/fapi/v1/openOrder', ({ isOpen }) => isOpen),
    open,
    all,
    trades,
    amendments,
  ];
}
