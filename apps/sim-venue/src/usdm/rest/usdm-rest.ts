import type { Customer } from '../../accounts/customer.js';
import type { Customers } from '../../accounts/customers.js';
import { RestApi } from '../../rest/rest-api.js';
import { sessionEndpoints } from '../../streams/session-endpoints.js';
import { USDM_METHODS } from '../../streams/ws-methods.js';
import type { FuturesAccount } from '../ledger/futures-account.js';
import { accountEndpoints } from './account-endpoints.js';
import { batchEndpoints } from './batch-endpoints.js';
import type { FuturesVenue } from './endpoint.js';
import { listenKeyEndpoints } from './listen-key-endpoints.js';
import { marketEndpoints } from './market-endpoints.js';
import { orderEndpoints } from './order-endpoints.js';
import { orderQueries } from './order-queries.js';
import { settingsEndpoints } from './settings-endpoints.js';

/** The REST API of USD-M trading. */
export function futuresRest(venue: FuturesVenue, customers: Customers): RestApi<FuturesAccount> {
  const { clock, exchange, requestLimits, orderCounts } = venue;
  return new RestApi<FuturesAccount>({
    endpoints: [
      ...marketEndpoints(venue),
      ...orderEndpoints(venue),
      ...orderQueries(venue),
      ...batchEndpoints(venue),
      ...accountEndpoints(venue, customers),
      ...settingsEndpoints(venue),
      ...listenKeyEndpoints(venue),
      ...sessionEndpoints<FuturesAccount>(USDM_METHODS, ({ id }) => customers.byId.get(id) as Customer),
    ],
    customers,
    requestLimits,
    orderCounts,
    clock,
    weightHeaders: ['x-mbx-used-weight-1m'],
    ownerOf: (customer) => exchange.accountOf(customer),
    mayCall: ({ restrictions }, security) =>
      security === 'TRADE' ? restrictions.enableFutures : restrictions.enableReading,
    gone: () => null,
  });
}
