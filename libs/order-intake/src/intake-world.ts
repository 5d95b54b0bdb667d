import type { VenueAccount } from '#persistence';
import type { World } from './admission/admit-order.js';
import type { OrderVenue } from './checks/order-venue.js';
import type { ParseContext } from './request/order-request.js';
import { priceSources } from './request/price-sources.js';

/** What requests for orders of one user are parsed and checked with. */
export interface IntakeWorld extends World {
  readonly venues: readonly OrderVenue[];
  /** Those that the user can name, archived ones too. */
  readonly accounts: readonly VenueAccount[];
}

/** Pure. */
export function parseContext({ now, instruments, venues, accounts }: IntakeWorld): ParseContext {
  const named = venues.map(({ id, exchange }) => ({ venue: id, exchange }));
  return { now, accounts, prices: priceSources(instruments, [...accounts, ...named]) };
}
