import { Refusal } from '../../floor/refusal.js';
import type { Params } from '../../rest/params.js';
import type { Order } from '../account.js';
import type { SpotExchange } from '../spot-exchange.js';

export type CancelRestriction = 'ONLY_NEW' | 'ONLY_PARTIALLY_FILLED';

/** @throws Refusal -1145 for a restriction that is none */
export function cancelRestriction(params: Params): CancelRestriction | undefined {
  const given = params.get('cancelRestrictions');
  if (given === undefined || given === 'ONLY_NEW' || given === 'ONLY_PARTIALLY_FILLED') return given;
  throw new Refusal(-1145, 'Invalid cancelRestrictions');
}

/**
 * @param found the order as the account may see it
 * @returns the same after the cancel
 * @throws Refusal -2011 when there is no such open order, or it is not as far as the restriction asks
 */
export function cancelOrder(
  exchange: SpotExchange,
  found: Order | undefined,
  restriction: CancelRestriction | undefined,
  cancelClientOrderId: string,
): Order {
  if (found === undefined) throw new Refusal(-2011, 'Unknown order sent.');
  if (restriction !== undefined && restriction !== `ONLY_${found.status}`)
    throw new Refusal(-2011, 'Order was not canceled due to cancel restrictions.');
  const order = exchange.order(found.id);
  exchange.cancel(order, cancelClientOrderId);
  return exchange.shownOrder(order, 'reply');
}
