import type { AcceptedOrder } from '#persistence';
import { OrderRefusal } from '../order-refusal.js';
import { readEcho } from '../admission/request-echo.js';
import type { OrderVenue } from './order-venue.js';

/**
 * An order that may only rest, or only shrink a position, is refused where a venue of it cannot promise that
 * (order-api.md 3.6).
 * @param prefix where `strategy_params` stands in the request, `orders_in_chain[0].order_request.`
 * @throws OrderRefusal `invalid` naming each such account
 */
export function refuseIncapable(
  { record, legs, params }: AcceptedOrder,
  venues: readonly OrderVenue[],
  prefix = '',
): void {
  const { accounts } = readEcho(record.requestJson);
  const textsOf = (flag: string, cannot: (venue: OrderVenue) => boolean): string[] =>
    legs.flatMap(({ accountId, venue }, i) =>
      venues.some((one) => one.id === venue && cannot(one))
        ? [`${flag} is not supported by account '${accounts[i]?.name ?? accountId}'`]
        : [],
    );
  const errors = {
    passive_only: params.passiveOnly ? textsOf('passive_only', ({ rests }) => rests === false) : [],
    reduce_only: params.reduceOnly === true ? textsOf('reduce_only', ({ reducesOnly }) => reducesOnly === false) : [],
  };
  const faults = Object.entries(errors).filter(([, texts]) => texts.length > 0);
  if (faults.length > 0)
    throw OrderRefusal.ofFields(
      Object.fromEntries(faults.map(([flag, texts]) => [`${prefix}strategy_params.${flag}`, texts])),
    );
}
