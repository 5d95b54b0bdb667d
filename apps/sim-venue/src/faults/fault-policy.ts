import type { Customers } from '../accounts/customers.js';
import {
  ORDINARY_FILL,
  ORDINARY_POLICY,
  type Acceptance,
  type FillFate,
  type Onlooker,
  type OrderFacts,
  type OrderPolicy,
  type SameId,
  type SoughtOrder,
} from '../floor/order-policy.js';
import type { ProductName } from '../floor/product.js';
import type { FaultBook, FaultSubject } from './fault-book.js';
import type { FaultRule } from './fault-rules.js';
import type { Timers } from './timers.js';
import { Veil } from './veil.js';

export interface FaultPolicyOptions {
  readonly product: ProductName;
  readonly book: FaultBook;
  readonly customers: () => Customers;
  readonly timers: Timers;
  /** The venue's clock. */
  readonly now: () => number;
}

/** The habits of one product as the fault rules in force say; without rules, the vendor on a good day. */
export class FaultPolicy implements OrderPolicy {
  readonly #veil = new Veil();

  constructor(private readonly options: FaultPolicyOptions) {}

  isTrading(symbol: string): boolean {
    const { book, product } = this.options;
    const subject = { product, route: '', accountId: null, accountName: null, symbol, clientOrderId: null };
    return book.draw('halt', subject).length === 0;
  }

  sameId(order: OrderFacts, earlier: { readonly isOpen: boolean }): SameId {
    switch (this.#last(this.#draw('id', order), 'id_rules')?.args.rule) {
      case 'permanent':
        return 'refuse';
      case 'returns-existing':
        return 'return';
      case 'none':
        return 'accept';
      default:
        return ORDINARY_POLICY.sameId(order, earlier);
    }
  }

  acceptance(order: OrderFacts): Acceptance {
    let acceptance: Acceptance = ORDINARY_POLICY.acceptance(order);
    for (const rule of this.#draw('acceptance', order)) {
      if (rule.fault !== 'acceptance') continue;
      if (rule.args.how === 'silent_drop') return { kind: 'never' };
      if (rule.args.how === 'asynchronous') acceptance = { kind: 'later', ms: this.options.book.length(rule.args) };
    }
    return acceptance;
  }

  accepted(facts: OrderFacts, order: object): void {
    this.#lag(facts, order);
  }

  filled(facts: OrderFacts, fill: object): FillFate {
    this.#lag(facts, fill);
    let fate: FillFate = ORDINARY_FILL;
    for (const rule of this.#draw('fill', facts)) {
      if (rule.fault !== 'fill') continue;
      const { args } = rule;
      if (args.how === 'overfill') fate = { ...fate, overfillLots: args.lots };
      else if (args.how === 'bust') fate = { ...fate, bustAfterMs: args.ms };
      else fate = { ...fate, delayMs: this.options.book.length(args) };
    }
    if (fate.delayMs > 0) this.withhold(facts, fill, fate.delayMs);
    return fate;
  }

  withhold({ accountId }: OrderFacts, fill: object, ms: number): void {
    this.#veil.hide(accountId, fill, 'reply', ms);
  }

  hides(what: object, from: Onlooker): boolean {
    return this.#veil.hides(what, from);
  }

  hidesAnything(accountId: number): boolean {
    return this.#veil.hidesAnything(accountId);
  }

  finds(order: SoughtOrder, by: 'id' | 'list'): boolean {
    const { book, now } = this.options;
    if (book.isFree('lookup')) return true;
    const forgets = (rule: FaultRule): boolean => {
      if (rule.fault === 'id_rules') return by === 'id' && order.isFilled;
      if (rule.fault !== 'acceptance' || rule.args.how !== 'forgetful') return false;
      return !order.isOpen && !order.hasFills && now() - order.updatedAt >= rule.args.ms;
    };
    return this.#draw('lookup', order, forgets).length === 0;
  }

  later(ms: number, action: () => void): void {
    this.options.timers.after(ms, action);
  }

  /** Everything is seen again; what was to happen later is called off with the timers. */
  clear(): void {
    this.#veil.clear();
  }

  #lag(facts: OrderFacts, what: object): void {
    for (const rule of this.#draw('lag', facts))
      if (rule.fault === 'read_lag')
        this.#veil.hide(facts.accountId, what, 'query', this.options.book.length(rule.args));
  }

  #draw(
    family: 'id' | 'acceptance' | 'lag' | 'fill' | 'lookup',
    { accountId, symbol, clientOrderId }: OrderFacts,
    concerns?: (rule: FaultRule) => boolean,
  ): readonly FaultRule[] {
    const { book, product, customers } = this.options;
    if (book.isFree(family)) return [];
    const accountName = customers().byId.get(accountId)?.name ?? null;
    const subject: FaultSubject = { product, route: '', accountId, accountName, symbol, clientOrderId };
    return book.draw(family, subject, concerns);
  }

  #last<Kind extends FaultRule['fault']>(
    rules: readonly FaultRule[],
    kind: Kind,
  ): Extract<FaultRule, { fault: Kind }> | undefined {
    return rules.findLast((rule): rule is Extract<FaultRule, { fault: Kind }> => rule.fault === kind);
  }
}
