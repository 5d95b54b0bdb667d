import type { Customer } from '../accounts/customer.js';
import type { Customers } from '../accounts/customers.js';
import type { ProductName } from '../floor/product.js';
import type { ForeignUse } from '../limits/foreign-use.js';
import type { RequestClock } from '../rest/request-clock.js';
import type { Params } from '../rest/params.js';
import { FaultBook, type FaultSubject } from './fault-book.js';
import { FaultPolicy } from './fault-policy.js';
import type { FaultOf, FaultRule } from './fault-rules.js';
import { FaultyDelivery } from './faulty-delivery.js';
import { Timers } from './timers.js';
import { VenueClock } from './venue-clock.js';

/** What happens to the products named when a rule restarts them. */
export type Restart = (product: ProductName, openOrders: 'keep' | 'lose') => void;

export interface VenueFaultsOptions {
  readonly seed: number;
  /** The true time, ms since 1970. */
  readonly now: () => number;
  /** Looked up when needed: customers are made with the clock that stands here. */
  readonly customers: () => Customers;
  readonly restart: Restart;
  /** An error that no request explains. */
  readonly onCrash: (error: unknown) => void;
}

const PRODUCTS: readonly ProductName[] = ['spot', 'usdm'];

/** All that can go wrong at this venue, as rules of the control port say. */
export class VenueFaults {
  readonly book: FaultBook;
  readonly clock: VenueClock;
  readonly delivery: FaultyDelivery;
  readonly policies: Readonly<Record<ProductName, FaultPolicy>>;
  readonly #timers: Timers;

  constructor(private readonly options: VenueFaultsOptions) {
    const { seed, now, customers, onCrash } = options;
    this.book = new FaultBook(seed, now);
    this.clock = new VenueClock(now, this.book);
    this.#timers = new Timers(onCrash);
    this.delivery = new FaultyDelivery(this.book, this.#timers);
    const policy = (product: ProductName): FaultPolicy =>
      new FaultPolicy({ product, book: this.book, customers, timers: this.#timers, now: this.clock.monotone });
    this.policies = { spot: policy('spot'), usdm: policy('usdm') };
  }

  /** Puts a rule in force; a restart happens at once. @returns its number */
  add(rule: FaultRule): number {
    const id = this.book.add(rule);
    for (const { rule: standing, id: added, fire } of this.book.standing('restart', null))
      if (added === id) this.#restart(standing as FaultOf<'maintenance'>, fire);
    return id;
  }

  foreignUse(product: ProductName): ForeignUse {
    return {
      weight: (ip, isRequest) => this.#weight(product, ip, isRequest),
      orders: (accountId, isRequest) => this.#orders(product, accountId, isRequest),
    };
  }

  requestClock(product: ProductName): RequestClock {
    return {
      now: this.clock.now,
      isUnchecked: (route, customer, params) =>
        !this.book.isFree('window') &&
        this.book.draw('window', requestSubject(product, route, customer, params)).length > 0,
    };
  }

  /** Removes all rules and whatever they left to be done. */
  reset(): void {
    this.book.clear();
    this.clock.reset();
    this.forget();
  }

  /** The state is another one from now on: what was to happen to the old one is called off. Rules stay in force. */
  forget(): void {
    this.stop();
    for (const product of PRODUCTS) this.policies[product].clear();
  }

  /** Calls off what was to happen later. */
  stop(): void {
    this.#timers.clear();
  }

  #restart({ match, args }: FaultOf<'maintenance'>, fire: () => void): void {
    if (args.how !== 'restart') return;
    fire();
    for (const product of PRODUCTS)
      if (match.product === undefined || match.product === product) this.options.restart(product, args.openOrders);
  }

  #weight(product: ProductName, ip: string, isRequest: boolean): number {
    if (this.book.isFree('foreignWeight')) return 0;
    let weight = 0;
    for (const { rule, fire } of this.book.standing('foreignWeight', { ...NOBODY, product })) {
      if (rule.fault !== 'limit' || !('foreignWeight' in rule.args)) continue;
      if (rule.args.ip !== undefined && rule.args.ip !== ip) continue;
      weight += rule.args.foreignWeight;
      if (isRequest) fire();
    }
    return weight;
  }

  #orders(product: ProductName, accountId: number, isRequest: boolean): number {
    if (this.book.isFree('foreignOrders')) return 0;
    const accountName = this.options.customers().byId.get(accountId)?.name ?? null;
    let orders = 0;
    for (const { rule, fire } of this.book.standing('foreignOrders', { ...NOBODY, product, accountId, accountName })) {
      if (rule.fault !== 'limit' || !('foreignOrders' in rule.args)) continue;
      orders += rule.args.foreignOrders;
      if (isRequest) fire();
    }
    return orders;
  }
}

const NOBODY: Omit<FaultSubject, 'product'> = {
  route: '',
  accountId: null,
  accountName: null,
  symbol: null,
  clientOrderId: null,
};

function requestSubject(product: ProductName, route: string, { id, name }: Customer, params: Params): FaultSubject {
  return {
    product,
    route,
    accountId: id,
    accountName: name,
    symbol: params.get('symbol') ?? null,
    clientOrderId: params.get('newClientOrderId') ?? params.get('origClientOrderId') ?? null,
  };
}
