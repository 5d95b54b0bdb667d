import type { Customer } from './accounts/customer.js';
import type { Customers, NewCustomer } from './accounts/customers.js';
import type { Product } from './floor/product.js';
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

/** Everything that the venue remembers: its customers and what they have in each product. */
export class VenueState {
  readonly #products: readonly Product[];

  constructor(
    readonly customers: Customers,
    readonly spot: SpotExchange,
    readonly usdm: FuturesExchange,
    private readonly journal: RecordLog,
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
  restore(operations: readonly (readonly VenueRecord[])[], withOpenOrders: boolean): void {
    for (const records of operations) for (const record of records) this.#apply(record);
    for (const product of this.#products) product.open(withOpenOrders);
  }

  /** Forgets every account and order and empties the books. */
  reset(): void {
    for (const product of this.#products) product.clear();
    this.customers.clear();
    this.journal.clear();
    for (const product of this.#products) product.recordIds();
  }

  /** Replaces everything by the fold of `records`. @throws Error when they contradict themselves */
  replace(records: readonly VenueRecord[]): void {
    this.reset();
    this.journal.append(records);
    this.restore([records], true);
  }

  dump(): VenueRecord[] {
    return [...this.customers.dump(), ...this.#products.flatMap((product) => product.dump())];
  }

  /** @throws Error naming the first rule that a ledger or a book breaks */
  assertInvariants(): void {
    for (const product of this.#products) product.assertInvariants();
  }

  #apply(record: VenueRecord): void {
    if (record.k === 'account' || record.k === 'restrictions') this.customers.apply(record);
    else if (record.k.startsWith('usdm.')) this.usdm.apply(record);
    else this.spot.apply(record);
  }
}
