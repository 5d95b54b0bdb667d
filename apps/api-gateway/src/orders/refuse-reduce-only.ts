import type { AcceptedOrder } from '#persistence';
import type { ListedVenue } from '../credentials/venue-list.js';
import { ApiError } from '../http/api-error.js';
import { readEcho } from './request-echo.js';

/**
 * An order that may only shrink a position is refused where a venue of it cannot promise that (order-api.md 3.6).
 * @throws ApiError `invalid` naming each such account
 */
export function refuseReduceOnly({ record, legs, params }: AcceptedOrder, venues: readonly ListedVenue[]): void {
  if (params.reduceOnly !== true) return;
  const { accounts } = readEcho(record.requestJson);
  const texts = legs.flatMap(({ accountId, venue }, i) =>
    venues.some(({ id, reducesOnly }) => id === venue && reducesOnly === false)
      ? [`reduce_only is not supported by account '${accounts[i]?.name ?? accountId}'`]
      : [],
  );
  if (texts.length > 0) throw ApiError.ofFields({ 'strategy_params.reduce_only': texts });
}
