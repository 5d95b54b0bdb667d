import type { Customer } from '../accounts/customer.js';
import type { Customers } from '../accounts/customers.js';
import type { ExchangeListener } from '../floor/listener.js';
import type { Product } from '../floor/product.js';
import type { IdMarks, SymbolMarket } from '../floor/symbol-market.js';
import { TradingFloor } from '../floor/trading-floor.js';
import type { RecordLog } from '../journal/journal.js';
import type { VenueRecord } from '../journal/venue-record.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import type { FuturesRecord } from './ledger/records.js';

export interface FuturesOptions {
  readonly customers: Customers;
  readonly symbols: readonly SymbolSpec[];
  readonly journal: RecordLog;
  /** The venue's clock. */
  readonly now: () => number;
  readonly listener: ExchangeListener;
}

/** USD-M trading: wallets of accounts, on a floor of their own. */
export class FuturesExchange implements Product {
  readonly floor: TradingFloor;
  readonly #wallets = new Map<number, bigint>();
  readonly #ids = new Map<string, IdMarks>();

  constructor(private readonly options: FuturesOptions) {
    const noOrders = (): never => {
      throw new Error('No account has an order here');
    };
    this.floor = new TradingFloor({
      ...options,
      settlement: {
        orderIdOf: noOrders,
        loggedIdOf: noOrders,
        fill: noOrders,
        prevent: noOrders,
        reserveIds: (symbol, marks) => this.#record({ k: 'usdm.ids', symbol, ...marks }),
      },
    });
  }

  get markets(): ReadonlyMap<string, SymbolMarket> {
    return this.floor.markets;
  }

  now(): number {
    return this.options.now();
  }

  /** @param amount 10^-8 units of USDT, the only margin asset */
  deposit(customer: Customer, amount: bigint): void {
    this.floor.transact(() =>
      this.#record({ k: 'usdm.transfer', account: customer.id, units: amount.toString(), at: this.now() }),
    );
  }

  apply(record: VenueRecord): void {
    this.#fold(record as FuturesRecord);
  }

  open(_withOpenOrders: boolean): void {
    for (const [symbol, marks] of this.#ids) this.markets.get(symbol)?.continueIds(marks);
  }

  clear(): void {
    this.floor.clear();
    this.#wallets.clear();
    this.floor.log.clear();
    this.options.listener.reset();
  }

  recordIds(): void {
    this.floor.transact(() => {
      for (const [symbol, marks] of this.#ids) this.#record({ k: 'usdm.ids', symbol, ...marks });
    });
  }

  dump(): VenueRecord[] {
    return [...this.#ids].map(([symbol, marks]) => ({ k: 'usdm.ids', symbol, ...marks }));
  }

  assertInvariants(): void {
    for (const market of this.markets.values()) market.book.assertInvariants();
  }

  #record(record: FuturesRecord): void {
    this.#fold(record);
    this.floor.journal(record);
  }

  #fold(record: FuturesRecord): void {
    if (record.k === 'usdm.ids') {
      const { symbol, trade, update, recorded = 0 } = record;
      this.#ids.set(symbol, { trade, update, recorded });
    } else if (record.k === 'usdm.transfer')
      this.#wallets.set(record.account, (this.#wallets.get(record.account) ?? 0n) + BigInt(record.units));
  }
}
