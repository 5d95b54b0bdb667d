import { Refusal } from '../../floor/refusal.js';
import { unitsText } from '../../matching/scaled.js';
import { marketOf } from '../../rest/symbol-param.js';
import { submitOrder } from '../submission.js';
import { cancelOrder, cancelRestriction } from './cancel-order.js';
import type { SpotEndpoint, SpotVenue } from './endpoint.js';
import { checkOpenOrders, filteredOrder } from './filters.js';
import { FIND_RULES, findOpenOrder, orderReference } from './find-order.js';
import { newClientOrderId, ORDER_RULES, orderParams, responseType } from './order-params.js';
import { canceledView, placedView } from './order-views.js';

/** Placing and cancelling orders. */
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
    prepare({ params, account, requestHash }) {
      const market = marketOf(exchange.markets, params);
      const command = filteredOrder(orderParams(params), market, account, requestHash, exchange.now());
      return {
        refused: orderCounts.reserve(account.id, exchange.now()),
        run: () => {
          // Others may have come to life while this one waited.
          checkOpenOrders(market.spec, account, command.type);
          const { order, isAckOnly } = submitOrder(exchange, account, market, command);
          return placedView(exchange.shownOrder(order, 'reply'), isAckOnly ? 'ACK' : responseType(params));
        },
      };
    },
  };

  const test: SpotEndpoint = {
    method: 'POST',
    path: '/api/v3/order/test',
    security: 'TRADE',
    weight: (params) => (params.get('computeCommissionRates') === 'true' ? 20 : 1),
    rules: { ...ORDER_RULES, computeCommissionRates: { kind: 'boolean' } },
    prepare({ params, account, requestHash }) {
      const market = marketOf(exchange.markets, params);
      filteredOrder(orderParams(params), market, account, requestHash, exchange.now());
      const withRates = params.get('computeCommissionRates') === 'true';
      return () => (withRates ? testedRates(exchange.ledger.feeRates) : {});
    },
  };

  const cancel: SpotEndpoint = {
    method: 'DELETE',
    path: '/api/v3/order',
    security: 'TRADE',
    weight: 1,
    freeOnSuccess: true,
    rules: { ...FIND_RULES, newClientOrderId: { kind: 'clientId' }, cancelRestrictions: { kind: 'enum' } },
    prepare({ params, account }) {
      const { spec } = marketOf(exchange.markets, params);
      const reference = orderReference(params);
      const restriction = cancelRestriction(params);
      return () =>
        canceledView(
          cancelOrder(
            exchange,
            findOpenOrder(exchange.shown(account, 'reply'), spec, reference),
            restriction,
            params.get('newClientOrderId') ?? newClientOrderId(),
          ),
        );
    },
  };

  const cancelAll: SpotEndpoint = {
    method: 'DELETE',
    path: '/api/v3/openOrders',
    security: 'TRADE',
    weight: 1,
    freeOnSuccess: true,
    rules: { symbol: { kind: 'symbol', mandatory: true } },
    prepare({ params, account }) {
      const { spec } = marketOf(exchange.markets, params);
      return () => {
        const { openOrders } = exchange.shown(account, 'reply');
        const open = [...openOrders.values()]
          .filter((order) => order.spec === spec)
          .map(({ id }) => exchange.order(id));
        if (open.length === 0) throw new Refusal(-2011, 'Unknown order sent.');
        // One client id for the whole cancel, as the vendor shows it.
        const cancelClientOrderId = newClientOrderId();
        exchange.transact(() => {
          for (const order of open) exchange.cancel(order, cancelClientOrderId);
        });
        return open.map((order) => canceledView(exchange.shownOrder(order, 'reply')));
      };
    },
  };

  return [place, test, cancel, cancelAll];
}

function testedRates({ makerBps, takerBps }: { makerBps: number; takerBps: number }): Record<string, unknown> {
  const rates = (maker: number, taker: number): Record<string, string> => ({
    maker: unitsText(BigInt(maker) * 10_000n),
    taker: unitsText(BigInt(taker) * 10_000n),
  });
  return {
    standardCommissionForOrder: rates(makerBps, takerBps),
    specialCommissionForOrder: rates(0, 0),
    taxCommissionForOrder: rates(0, 0),
    discount: { enabledForAccount: false, enabledForSymbol: false, discountAsset: 'BNB', discount: '0.00000000' },
  };
}
