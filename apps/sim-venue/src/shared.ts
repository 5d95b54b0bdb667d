import type { Customers } from './accounts/customers.js';
import type { FaultBook } from './faults/fault-book.js';
import type { FaultyDelivery } from './faults/faulty-delivery.js';
import type { Departures } from './journal/departures.js';

/** What the ports of all products share. */
export interface Shared {
  readonly customers: Customers;
  readonly faults: FaultBook;
  readonly delivery: FaultyDelivery;
  readonly departures: Departures;
  /** The venue's clock. */
  readonly now: () => number;
  readonly ipHeader: string | null;
  /** An error that no request explains. */
  readonly onCrash: (error: unknown) => void;
}
