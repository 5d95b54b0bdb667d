import type { Customer } from '../../accounts/customer.js';
import type { Customers } from '../../accounts/customers.js';
import type { OrderCounts } from '../../limits/order-counts.js';
import type { RequestLimits } from '../../limits/request-limits.js';
import type { Endpoint } from '../../rest/endpoint.js';
import type { RequestClock } from '../../rest/request-clock.js';
import { RestApi } from '../../rest/rest-api.js';
import type { FuturesExchange } from '../futures-exchange.js';

/** What USD-M endpoints work on. */
export interface FuturesVenue {
  readonly exchange: FuturesExchange;
  readonly clock: RequestClock;
  readonly requestLimits: RequestLimits;
  readonly orderCounts: OrderCounts;
}

/** The REST API of USD-M trading. */
export function futuresRest(
  { clock, requestLimits, orderCounts }: FuturesVenue,
  customers: Customers,
): RestApi<Customer> {
  const get = (path: string, answer: () => unknown): Endpoint<Customer> => ({
    method: 'GET',
    path: `/fapi/v1/${path}`,
    security: 'NONE',
    weight: 1,
    rules: {},
    prepare: () => answer,
  });
  return new RestApi<Customer>({
    endpoints: [get('ping', () => ({})), get('time', () => ({ serverTime: clock.now() }))],
    customers,
    requestLimits,
    orderCounts,
    clock,
    weightHeaders: ['x-mbx-used-weight-1m'],
    ownerOf: (customer) => customer,
    mayCall: ({ restrictions }, security) =>
      security === 'TRADE' ? restrictions.enableFutures : restrictions.enableReading,
    gone: () => null,
  });
}
