import type { Customer } from './accounts/customer.js';
import type { Customers, NewCustomer } from './accounts/customers.js';
import type { LedgerDraft, Product } from './floor/product.js';
import type { RecordLog } from './journal/journal.js';
import type { VenueRecord } from './journal/venue-record.js';
import type { SpotExchange } from './spot/spot-exchange.js';
import type { FuturesExchange } from './usdm/futures-exchange.js';

export interface NewAccount extends NewCustomer {
  /** Of the spot wallet, asset to 10^-8 units. */
  readonly balances: ReadonlyMap<string, bigint>;
  /** Of the USD-M wallet, 10^-8 USDT. */
  readonly usdmBalance: bigint;
}

/** Facts that cannot all be true. */
export class StateError extends Error {
  override readonly name = 'StateError';
}

/** Everything that the venue remembers: its customers and what they have in each product. */
export class VenueState {
  readonly #products: readonly Product[];

  constructor(
    readonly customers: Customers,
    readonly spot: SpotExchange,
    readonly usdm: FuturesExchange,
    private readonly journal: RecordLog,
    /** Calls off what was to happen later to what is being forgotten. */
    private readonly callOff: () => void = () => undefined,
  ) {
    this.#products = [spot, usdm];
  }

  /** Opens the account with its first money, as one fact: after a kill both are there, or neither. */
  openAccount({ balances, usdmBalance, ...request }: NewAccount): Customer {
    return this.journal.together(() => {
      const customer = this.customers.open(request);
      const account = this.spot.ledger.account(customer.id);
      for (const [asset, amount] of balances) this.spot.deposit(account, asset, amount);
      if (usdmBalance > 0n) this.usdm.deposit(customer, usdmBalance);
      return customer;
    });
  }

  /** Rebuilds everything from journal operations, with or without the orders that were open. */
  restore(operations: Iterable<readonly VenueRecord[]>, withOpenOrders: boolean): void {
    for (const records of operations)
      for (const record of records) applyTo(record, this.customers, this.spot, this.usdm);
    for (const product of this.#products) product.open(withOpenOrders);
  }

  /** Forgets every account and order and empties the books. */
  reset(): void {
    this.#begin([]);
  }

  /**
   * Replaces everything by the fold of `records`. A kill at any moment leaves what was before or what is then, whole.
   *
   * @throws StateError naming the record that contradicts the others, or the rule that all of them break; nothing has
   *   happened then
   */
  replace(records: readonly VenueRecord[]): void {
    this.#rehearse(records);
    this.#begin(records);
    this.restore([records], true);
  }

  dump(): VenueRecord[] {
    return [...this.customers.dump(), ...this.#products.flatMap((product) => product.dump())];
  }

  /** @throws Error naming the first rule that a ledger or a book breaks */
  assertInvariants(): void {
    for (const product of this.#products) product.assertInvariants();
  }

  /** Folds `records` where nobody sees it. @throws StateError as {@link replace} */
  #rehearse(records: readonly VenueRecord[]): void {
    const customers = this.customers.draft();
    const [spot, usdm] = [this.spot.draft(customers), this.usdm.draft()];
    for (const [i, record] of records.entries())
      try {
        if ('account' in record && !customers.byId.has(record.account))
          throw new Error(`Account ${record.account} does not exist`);
        applyTo(record, customers, spot, usdm);
      } catch (error) {
        throw new StateError(`record ${i} (${record.k}): ${(error as Error).message}`, { cause: error });
      }
    try {
      for (const draft of [spot, usdm]) draft.assertInvariants();
    } catch (error) {
      throw new StateError((error as Error).message, { cause: error });
    }
  }

  /** Empties the venue. The journal comes first: when it cannot be written, nothing has happened. */
  #begin(records: readonly VenueRecord[]): void {
    this.journal.replace([
      ...records,
      ...this.customers.usedIds(),
      ...this.#products.flatMap((product) => product.usedIds()),
    ]);
    this.callOff();
    for (const product of this.#products) product.clear();
    this.customers.clear();
  }
}

/** Hands a fact to whom it is about. */
function applyTo(
  record: VenueRecord,
  customers: Pick<Customers, 'apply'>,
  spot: Pick<LedgerDraft, 'apply'>,
  usdm: Pick<LedgerDraft, 'apply'>,
): void {
  if (record.k === 'account' || record.k === 'restrictions' || record.k === 'accountMark') customers.apply(record);
  else if (record.k.startsWith('usdm.')) usdm.apply(record);
  else spot.apply(record);
}
