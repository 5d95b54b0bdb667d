import { Refusal } from '../../floor/refusal.js';
import type { SymbolSpec } from '../../matching/symbol-spec.js';
import { integerParam, type ParamRules, type Params } from '../../rest/params.js';
import type { Account, Order } from '../account.js';

export const ANY_ID = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** By which parameters an endpoint is told which order is meant. */
export interface OrderNames {
  readonly id: string;
  readonly clientId: string;
}

export const ORDER_NAMES: OrderNames = { id: 'orderId', clientId: 'origClientOrderId' };
export const FIND_RULES: ParamRules = {
  symbol: { kind: 'symbol', mandatory: true },
  orderId: { kind: 'integer' },
  origClientOrderId: { kind: 'clientId' },
};

/** Which order a request means; at least one of the two is there. */
export interface OrderReference {
  readonly orderId: number | undefined;
  readonly clientOrderId: string | undefined;
}

/** @throws Refusal -1102 when the request names no order, -1130 when its number is none */
export function orderReference(params: Params, { id, clientId }: OrderNames = ORDER_NAMES): OrderReference {
  if (!params.has(id) && !params.has(clientId))
    throw new Refusal(-1102, `Param '${clientId}' or '${id}' must be sent, but both were empty/null!`);
  return { orderId: integerParam(params, id, ANY_ID), clientOrderId: params.get(clientId) };
}

/** By number, else by client id, among what the account or a view of it has. */
export function findOrder(
  account: Account,
  spec: SymbolSpec,
  { orderId, clientOrderId }: OrderReference,
): Order | undefined {
  if (orderId === undefined) return account.orderByClientId(spec.symbol, clientOrderId ?? '');
  return account.orderById(spec, orderId);
}

/** As {@link findOrder}; with both given, they must name the same order. */
export function findOpenOrder(account: Account, spec: SymbolSpec, reference: OrderReference): Order | undefined {
  const order = findOrder(account, spec, reference);
  const { clientOrderId } = reference;
  if (clientOrderId !== undefined && order?.clientOrderId !== clientOrderId) return undefined;
  return order?.isOpen === true ? order : undefined;
}
