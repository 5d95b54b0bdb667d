import { filterFailure, Refusal } from '../../floor/refusal.js';
import type { SymbolMarket } from '../../floor/symbol-market.js';
import { decimalParam, missing, type Params } from '../../rest/params.js';
import { marketOf } from '../../rest/symbol-param.js';
import type { Amendment } from '../account.js';
import type { PlaceCommand } from '../order-sizing.js';
import type { SpotExchange } from '../spot-exchange.js';
import { submitOrder, type Submission } from '../submission.js';
import { cancelOrder, cancelRestriction, type CancelRestriction } from './cancel-order.js';
import type { SpotCall, SpotEndpoint, SpotVenue } from './endpoint.js';
import { checkOpenOrders, filteredOrder, filteredQuantity, MAX_AMENDS } from './filters.js';
import { FIND_RULES, findOpenOrder, orderReference, type OrderReference } from './find-order.js';
import { newClientOrderId, ORDER_RULES, orderParams, responseType } from './order-params.js';
import { amendedView, canceledView, placedView } from './order-views.js';

type View = Record<string, unknown>;
type AmendReply = ReturnType<typeof amendedView>;

/** Changing orders: taking lots off in place, and cancelling for another one. */
export function replaceEndpoints(venue: SpotVenue): readonly SpotEndpoint[] {
  const { exchange } = venue;

  const amend: SpotEndpoint = {
    method: 'PUT',
    path: '/api/v3/order/amend/keepPriority',
    security: 'TRADE',
    weight: 4,
    // Only an amendment that ends the order costs as little as a cancel.
    freeOnSuccess: (reply) => (reply as AmendReply).amendedOrder.status === 'FILLED',
    rules: { ...FIND_RULES, newClientOrderId: { kind: 'clientId' }, newQty: { kind: 'decimal', mandatory: true } },
    prepare({ params, account }) {
      const { spec } = marketOf(exchange.markets, params);
      const reference = orderReference(params);
      const quantityUnits = decimalParam(params, 'newQty');
      if (quantityUnits === undefined || quantityUnits === 0n) throw missing('newQty');
      return () => {
        const found = findOpenOrder(exchange.shown(account, 'reply'), spec, reference);
        const order = found && exchange.order(found.id);
        if (order === undefined) throw new Refusal(-2038, 'Unknown order sent.');
        const lots = filteredQuantity(spec, quantityUnits, order.ticks);
        if (order.amendments.length >= MAX_AMENDS) throw filterFailure('MAX_NUM_ORDER_AMENDS');
        exchange.amend(order, lots, params.get('newClientOrderId') ?? newClientOrderId());
        return amendedView(order, order.amendments.at(-1) as Amendment);
      };
    },
  };

  const cancelReplace: SpotEndpoint = {
    method: 'POST',
    path: '/api/v3/order/cancelReplace',
    security: 'TRADE',
    weight: 1,
    freeOnSuccess: true,
    countsOrders: true,
    rules: {
      ...ORDER_RULES,
      cancelReplaceMode: { kind: 'enum', mandatory: true },
      cancelNewClientOrderId: { kind: 'clientId' },
      cancelOrigClientOrderId: { kind: 'clientId' },
      cancelOrderId: { kind: 'integer' },
      cancelRestrictions: { kind: 'enum' },
      orderRateLimitExceededMode: { kind: 'enum' },
    },
    prepare(call) {
      const { params, account } = call;
      const market = marketOf(exchange.markets, params);
      const replacement: Replacement = {
        ...replaceParams(params),
        market,
        command: filteredOrder(orderParams(params), market, account, call.requestHash, exchange.now()),
      };
      const reserved = attempt(() => venue.orderCounts.reserve(account.id, exchange.now()));
      if (reserved instanceof Refusal) {
        if (!replacement.cancelsOverLimit) throw reserved;
        return () => replace(venue, call, replacement, reserved).view();
      }
      let isCounted = false;
      return {
        run: () => {
          checkOpenOrders(market.spec, account, replacement.command.type);
          const outcome = replace(venue, call, replacement, null);
          isCounted = outcome.isCounted;
          return outcome.view();
        },
        refused: () => {
          if (!isCounted) reserved();
        },
      };
    },
  };

  return [amend, cancelReplace];
}

interface ReplaceParams {
  /** A failed cancel ends it: the new order is not tried. */
  readonly stopOnFailure: boolean;
  /** Over the order limit only the cancel is done, not nothing. */
  readonly cancelsOverLimit: boolean;
  readonly reference: OrderReference;
  readonly restriction: CancelRestriction | undefined;
  readonly cancelClientOrderId: string;
}

interface Replacement extends ReplaceParams {
  readonly market: SymbolMarket;
  readonly command: PlaceCommand;
}

interface Outcome {
  /** The new order counts: it was placed, or not even tried, which the vendor counts as well. */
  readonly isCounted: boolean;
  /** @throws Refusal -2021 for a half that failed, -2022 for both */
  view(): View;
}

/** @throws Refusal -1102, -1130, -1145 */
function replaceParams(params: Params): ReplaceParams {
  const oneOf = (name: string, values: readonly [string, string]): number => {
    const given = params.get(name);
    const index = given === undefined ? 0 : values.indexOf(given);
    if (index === -1) throw new Refusal(-1130, `Data sent for parameter '${name}' is not valid.`);
    return index;
  };
  return {
    stopOnFailure: oneOf('cancelReplaceMode', ['STOP_ON_FAILURE', 'ALLOW_FAILURE']) === 0,
    cancelsOverLimit: oneOf('orderRateLimitExceededMode', ['DO_NOTHING', 'CANCEL_ONLY']) === 1,
    reference: orderReference(params, { id: 'cancelOrderId', clientId: 'cancelOrigClientOrderId' }),
    restriction: cancelRestriction(params),
    cancelClientOrderId: params.get('cancelNewClientOrderId') ?? newClientOrderId(),
  };
}

/**
 * Both halves as one operation of the exchange.
 *
 * @param tooMany why the new order must not be tried, when the account has too many
 */
function replace(
  { exchange }: SpotVenue,
  { params, account }: SpotCall,
  replacement: Replacement,
  tooMany: Refusal | null,
): Outcome {
  const { market, stopOnFailure } = replacement;
  return exchange.transact(() => {
    const canceled = attempt(() =>
      cancelOrder(
        exchange,
        findOpenOrder(exchange.shown(account, 'reply'), market.spec, replacement.reference),
        replacement.restriction,
        replacement.cancelClientOrderId,
      ),
    );
    const cancelFailed = canceled instanceof Refusal;
    const isAttempted = !(cancelFailed && stopOnFailure);
    const placed =
      tooMany ?? (isAttempted ? attempt(() => submitOrder(exchange, account, market, replacement.command)) : null);
    const result = {
      cancelResult: cancelFailed ? 'FAILURE' : 'SUCCESS',
      newOrderResult: !isAttempted ? 'NOT_ATTEMPTED' : placed instanceof Refusal ? 'FAILURE' : 'SUCCESS',
      cancelResponse: cancelFailed ? errorView(canceled) : canceledView(canceled),
      newOrderResponse: !isAttempted || placed === null ? null : newOrderView(exchange, placed, params),
    };
    const isPlaced = result.newOrderResult === 'SUCCESS';
    return {
      isCounted: result.newOrderResult !== 'FAILURE',
      view: () => {
        if (!cancelFailed && isPlaced) return result;
        const overLimit = tooMany !== null && stopOnFailure;
        const retryAfterSec = overLimit ? tooMany.retryAfterSec : undefined;
        if (cancelFailed && !isPlaced)
          throw new Refusal(-2022, 'Order cancel-replace failed.', overLimit ? 429 : 400, retryAfterSec, result);
        throw new Refusal(
          -2021,
          'Order cancel-replace partially failed.',
          overLimit ? 429 : 409,
          retryAfterSec,
          result,
        );
      },
    };
  });
}

function newOrderView(exchange: SpotExchange, placed: Submission | Refusal, params: Params): View {
  if (placed instanceof Refusal) return errorView(placed);
  return placedView(exchange.shownOrder(placed.order, 'reply'), placed.isAckOnly ? 'ACK' : responseType(params));
}

function errorView({ code, message }: Refusal): View {
  return { code, msg: message };
}

function attempt<T>(action: () => T): T | Refusal {
  try {
    return action();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
