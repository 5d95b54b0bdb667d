import type { ListenKeys } from '../../accounts/listen-keys.js';
import type { OrderCounts } from '../../limits/order-counts.js';
import type { RequestLimits } from '../../limits/request-limits.js';
import type { Call, Endpoint } from '../../rest/endpoint.js';
import type { RequestClock } from '../../rest/request-clock.js';
import type { VenueSettings } from '../../settings.js';
import type { Account } from '../account.js';
import type { SpotExchange } from '../spot-exchange.js';

export type SpotCall = Call<Account>;
export type SpotEndpoint = Endpoint<Account>;

/** What spot endpoints work on. */
export interface SpotVenue {
  readonly exchange: SpotExchange;
  readonly clock: RequestClock;
  readonly requestLimits: RequestLimits;
  readonly orderCounts: OrderCounts;
  readonly listenKeys: ListenKeys;
  readonly settings: VenueSettings;
}
