import type { Customers } from '../../accounts/customers.js';
import { RestApi } from '../../rest/rest-api.js';
import type { Account } from '../account.js';
import { accountEndpoints } from './account-endpoints.js';
import type { SpotEndpoint, SpotVenue } from './endpoint.js';
import { goneListenKeys, listenKeyEndpoints } from './listen-key-endpoints.js';
import { marketEndpoints } from './market-endpoints.js';
import { orderEndpoints } from './order-endpoints.js';
import { orderQueries } from './order-queries.js';
import { replaceEndpoints } from './replace-endpoints.js';
import { walletEndpoints } from './wallet-endpoints.js';

/** Route of the WebSocket API's subscription; no HTTP request has this method. */
export const SUBSCRIBE_ROUTE = 'WS userDataStream.subscribe.signature';
const subscribeEndpoint: SpotEndpoint = {
  method: 'WS',
  path: 'userDataStream.subscribe.signature',
  security: 'USER_DATA',
  weight: 2,
  rules: {},
  prepare: () => () => ({}),
};

/** The REST API of spot trading. */
export function spotRest(venue: SpotVenue, customers: Customers): RestApi<Account> {
  const { exchange, clock, requestLimits, orderCounts } = venue;
  return new RestApi({
    endpoints: [
      ...marketEndpoints(venue),
      ...orderEndpoints(venue),
      ...replaceEndpoints(venue),
      ...orderQueries(venue),
      ...accountEndpoints(venue),
      ...walletEndpoints(venue),
      ...listenKeyEndpoints(venue),
      subscribeEndpoint,
    ],
    customers,
    requestLimits,
    orderCounts,
    clock,
    weightHeaders: ['X-MBX-USED-WEIGHT', 'X-MBX-USED-WEIGHT-1M'],
    ownerOf: (customer) => exchange.ledger.account(customer.id),
    mayCall: ({ restrictions }, security) =>
      security === 'TRADE' ? restrictions.enableSpotAndMarginTrading : restrictions.enableReading,
    gone: (route) => goneListenKeys(route, venue),
  });
}
