import type { Customer } from '../accounts/customer.js';
import type { Params } from './params.js';

/** What the time of a request is compared with. */
export interface RequestClock {
  /** What the venue takes for the time, ms since 1970. */
  now(): number;
  /** Whether the time window of this signed request is not looked at. */
  isUnchecked(route: string, customer: Customer, params: Params): boolean;
}
