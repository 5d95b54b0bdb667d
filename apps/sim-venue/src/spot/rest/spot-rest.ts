import type { Customers } from '../../accounts/customers.js';
import { RestApi } from '../../rest/rest-api.js';
import { sessionEndpoints } from '../../streams/session-endpoints.js';
import { SPOT_METHODS } from '../../streams/ws-methods.js';
import type { Account } from '../account.js';
import { accountEndpoints } from './account-endpoints.js';
import type { SpotVenue } from './endpoint.js';
import { goneListenKeys, listenKeyEndpoints } from './listen-key-endpoints.js';
import { marketEndpoints } from './market-endpoints.js';
import { orderEndpoints } from './order-endpoints.js';
import { orderQueries } from './order-queries.js';
import { replaceEndpoints } from './replace-endpoints.js';
import { walletEndpoints } from './wallet-endpoints.js';

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
      ...sessionEndpoints<Account>(SPOT_METHODS, ({ customer }) => customer),
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
