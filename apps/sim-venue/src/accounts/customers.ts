import { NO_JOURNAL, type RecordLog } from '../journal/journal.js';
import { Customer, DEFAULT_RESTRICTIONS, type CustomerRecord, type KeyRestrictions, type KeyType } from './customer.js';

export interface NewCustomer {
  readonly name: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly keyType: KeyType;
  readonly permissions: readonly string[];
  readonly restrictions: Partial<KeyRestrictions>;
}

/** Everybody who has a key, as the fold of {@link CustomerRecord}s. */
export class Customers {
  readonly byId = new Map<number, Customer>();
  readonly byKey = new Map<string, Customer>();
  readonly byName = new Map<string, Customer>();
  /** How often everybody was forgotten: whoever found somebody before must look again. */
  generation = 0;
  #lastId = 0;

  constructor(
    private readonly journal: RecordLog,
    private readonly now: () => number,
  ) {}

  open(request: NewCustomer): Customer {
    const id = this.#lastId + 1;
    this.#record({
      k: 'account',
      ...request,
      id,
      restrictions: { ...DEFAULT_RESTRICTIONS, ...request.restrictions },
      at: this.now(),
    });
    return this.byId.get(id) as Customer;
  }

  restrict(customer: Customer, restrictions: Partial<KeyRestrictions>): void {
    const all = { ...customer.restrictions, ...restrictions };
    this.#record({ k: 'restrictions', account: customer.id, restrictions: all });
  }

  /** @throws Error when the record contradicts what is known: that is a bug, or a damaged journal */
  apply(record: CustomerRecord): void {
    if (record.k === 'accountMark') {
      this.#lastId = Math.max(this.#lastId, record.last);
      return;
    }
    if (record.k === 'restrictions') {
      const customer = this.byId.get(record.account);
      if (customer === undefined) throw new Error(`Account ${record.account} does not exist`);
      customer.restrictions = record.restrictions;
      return;
    }
    if (this.byId.has(record.id) || this.byKey.has(record.apiKey) || this.byName.has(record.name))
      throw new Error(`Account ${record.id} must have a number, name and key of its own; one of them is known already`);
    const customer = new Customer(record);
    this.byId.set(customer.id, customer);
    this.byKey.set(customer.apiKey, customer);
    this.byName.set(customer.name, customer);
    this.#lastId = Math.max(this.#lastId, customer.id);
  }

  /** Nobody at all, beside those who are there, to find out whether facts fit together. */
  draft(): Customers {
    return new Customers(NO_JOURNAL, this.now);
  }

  /** Which numbers are used up. */
  usedIds(): CustomerRecord[] {
    return [{ k: 'accountMark', last: this.#lastId }];
  }

  /** Forgets everybody. Numbers go on. */
  clear(): void {
    this.generation += 1;
    this.byId.clear();
    this.byKey.clear();
    this.byName.clear();
  }

  /** The shortest list of records that folds back into this. */
  dump(): CustomerRecord[] {
    return [...this.byId.values()].map((customer) => {
      const { id, name, apiKey, apiSecret, keyType, permissions, restrictions, createdAt: at } = customer;
      return { k: 'account', id, name, apiKey, apiSecret, keyType, permissions, restrictions, at };
    });
  }

  #record(record: CustomerRecord): void {
    this.apply(record);
    this.journal.append([record]);
  }
}
