import type { Customers } from '../accounts/customers.js';
import type { VenueRecord } from '../journal/venue-record.js';
import type { TradingFloor } from './trading-floor.js';

/** A ledger that nobody sees, to find out whether facts fit together. */
export interface LedgerDraft {
  /** @throws Error when the record contradicts those before it */
  apply(record: VenueRecord): void;
  /** @throws Error naming the first rule that the ledger breaks */
  assertInvariants(): void;
}

export type ProductName = 'spot' | 'usdm';

/** What every product of the venue is to its process: a floor with a ledger beside it. */
export interface Product {
  readonly floor: TradingFloor;
  /** Replays one fact of this product into its ledger, without telling anybody. */
  apply(record: VenueRecord): void;
  /** After every fact was applied: fills the books with the orders that were open, or expires them. */
  open(withOpenOrders: boolean): void;
  /** Expires every open order of an account, as a restart of the venue may. */
  loseOpenOrders(): void;
  /** Forgets orders and wallets and empties the books. Ids go on, as they do at a venue. */
  clear(): void;
  /** Which ids are used up, as facts: what a journal that holds nothing else must begin with. */
  usedIds(): VenueRecord[];
  /** An empty ledger of this product beside the real one. */
  draft(customers: Customers): LedgerDraft;
  /** The ledger as the shortest list of facts that folds back into it. */
  dump(): VenueRecord[];
  /** @throws Error naming the first rule that the ledger or a book breaks */
  assertInvariants(): void;
}
