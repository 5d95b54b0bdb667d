import type { Customer } from '../accounts/customer.js';
import type { Customers } from '../accounts/customers.js';
import type { ExchangeListener } from '../floor/listener.js';
import { ORDINARY_POLICY, type Onlooker, type OrderPolicy } from '../floor/order-policy.js';
import type { LedgerDraft, Product } from '../floor/product.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import { assertCanRest } from '../floor/scratch-books.js';
import { TradingFloor } from '../floor/trading-floor.js';
import type { RecordLog } from '../journal/journal.js';
import type { VenueRecord } from '../journal/venue-record.js';
import type { BookOrder } from '../matching/book.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import { AccountDesk } from './account-desk.js';
import { nextFundingAt, ORDINARY_RATE_UNITS } from './funding-times.js';
import { ForcedTrades } from './forced-trades.js';
import { orderFacts, type FuturesCore } from './futures-core.js';
import { FuturesOrder, type FuturesAccount, type FuturesFill } from './ledger/futures-account.js';
import { FUTURES_FEES, fundingPayment, FuturesLedger } from './ledger/futures-ledger.js';
import type { MarkOf } from './ledger/margin.js';
import type { FuturesRecord } from './ledger/records.js';
import { MarkPrices } from './mark-prices.js';
import { OrderDesk } from './order-desk.js';
import { RiskDesk } from './risk-desk.js';
import { shownAccount } from './shown.js';
import { accountUpdate } from './user-events.js';

const MARK_EVERY_MS = 1_000;

export interface FuturesOptions {
  readonly customers: Customers;
  readonly symbols: readonly SymbolSpec[];
  readonly journal: RecordLog;
  /** The venue's clock. */
  readonly now: () => number;
  readonly listener: ExchangeListener;
  /** Habits in which this venue differs from the vendor on a good day. */
  readonly policy?: OrderPolicy;
}

/** USD-M trading: perpetual contracts against USDT margin, on a floor of their own. */
export class FuturesExchange implements Product, FuturesCore {
  ledger: FuturesLedger;
  readonly floor: TradingFloor;
  readonly marks: MarkPrices;
  readonly policy: OrderPolicy;
  readonly lateCancels = new WeakSet<FuturesOrder>();
  readonly orders = new OrderDesk(this);
  readonly settings = new AccountDesk(this);
  readonly forced = new ForcedTrades();
  readonly #risk = new RiskDesk(this, this.orders);
  readonly #specs: ReadonlyMap<string, SymbolSpec>;
  #nextFundingAt: number;
  #marksFollowAt = 0;
  #orderIdAtReset = 0;

  constructor(private readonly options: FuturesOptions) {
    this.policy = options.policy ?? ORDINARY_POLICY;
    this.#specs = new Map(options.symbols.map((spec) => [spec.symbol, spec]));
    this.ledger = new FuturesLedger(this.#specs, FUTURES_FEES);
    this.#nextFundingAt = nextFundingAt(options.now());
    this.floor = new TradingFloor({
      ...options,
      settlement: {
        orderIdOf: (order) => accountOrder(order).id,
        loggedIdOf: (order) => this.logged(accountOrder(order).id),
        fill: (order, fill) => this.orders.fill(accountOrder(order), fill),
        payable: (maker, taker, ticks, lots) =>
          this.orders.payable(orderOfAccount(maker), orderOfAccount(taker), ticks, lots),
        prevent: (maker, taker) => this.orders.prevent(accountOrder(maker), accountOrder(taker)),
        reserveIds: (symbol, marks) => this.record({ k: 'usdm.ids', symbol, ...marks }),
      },
    });
    this.marks = new MarkPrices(this.floor.markets, ({ symbol, units, scripted }) =>
      this.record({ k: 'usdm.mark', symbol, price: units.toString(), scripted, at: this.now() }),
    );
  }

  get markets(): ReadonlyMap<string, SymbolMarket> {
    return this.floor.markets;
  }

  now(): number {
    return this.options.now();
  }

  readonly markOf: MarkOf = (symbol) => this.marks.of(symbol, this.now());

  keepMark(symbol: string): void {
    this.marks.keep(symbol, this.now());
  }

  noteForced(order: FuturesOrder, fill: FuturesFill): void {
    this.forced.note(order, fill);
  }

  accountOf(customer: Customer): FuturesAccount {
    return this.ledger.account(customer.id);
  }

  /**
   * An account as `to` may see it: itself, unless something is kept from them.
   *
   * @see shownAccount
   */
  shown(account: FuturesAccount, to: Onlooker): FuturesAccount {
    const { policy } = this;
    if (!policy.hidesAnything(account.id)) return account;
    return shownAccount(account, {
      symbols: this.#specs,
      feeRates: FUTURES_FEES,
      history: this.ledger.history,
      hides: (what) => policy.hides(what, to),
      isLateCancel: (order) => this.lateCancels.has(order),
    });
  }

  shownOrder(order: FuturesOrder, to: Onlooker): FuturesOrder {
    const account = this.shown(order.account, to);
    return account === order.account ? order : (account.orders.find(({ id }) => id === order.id) ?? order);
  }

  /** Whether queries still find an order. */
  finds(order: FuturesOrder, by: 'id' | 'list'): boolean {
    const { isOpen, status, fills, updatedAt } = order;
    const sought = { isOpen, isFilled: status === 'FILLED', hasFills: fills.length > 0, updatedAt };
    return this.policy.finds({ ...orderFacts(order), ...sought }, by);
  }

  /** @param amount 10^-8 units of USDT, the only margin asset */
  deposit(customer: Customer, amount: bigint): void {
    this.settings.deposit(this.accountOf(customer), amount);
  }

  /** When positions pay each other next, ms since 1970. */
  get fundingAt(): number {
    return this.#nextFundingAt;
  }

  /** Mark and index, what funding would be and when; null while the symbol never had a price. */
  markState(symbol: string): { markUnits: bigint; indexUnits: bigint; rateUnits: bigint; fundingAt: number } | null {
    const markUnits = this.markOf(symbol);
    if (markUnits === 0n) return null;
    const indexUnits = this.marks.index(symbol);
    return { markUnits, indexUnits, rateUnits: this.fundingRate(symbol), fundingAt: this.fundingAt };
  }

  /** Rate that positions paid last, 10^-8; the ordinary one before that. */
  fundingRate(symbol: string): bigint {
    return this.ledger.fundings.findLast((funding) => funding.symbol === symbol)?.rateUnits ?? ORDINARY_RATE_UNITS;
  }

  /**
   * Lets every position of the symbol pay or receive position x mark x rate, at once.
   *
   * @param rateUnits 10^-8
   */
  fund(symbol: string, rateUnits: bigint): void {
    const markUnits = this.markOf(symbol);
    if (markUnits === 0n) return;
    this.floor.transact(() => {
      const payments = [...this.ledger.accounts.values()].flatMap((account) =>
        account
          .positionsOf(symbol)
          .map((position) => ({ account, position, units: fundingPayment(position, markUnits, rateUnits) })),
      );
      this.record({
        k: 'usdm.funding',
        symbol,
        rate: rateUnits.toString(),
        mark: markUnits.toString(),
        at: this.now(),
      });
      for (const { account, position, units } of payments)
        if (units !== 0n)
          this.tell(account, (at) =>
            accountUpdate(
              account,
              'FUNDING_FEE',
              account.isIsolated(position) ? [position] : [],
              -units,
              this.markOf,
              at,
            ),
          );
      this.#risk.check();
    });
  }

  /** Holds the mark price of a symbol, 10^-8 units; null lets it follow the book again. Positions are looked at at once. */
  scriptMark(symbol: string, units: bigint | null): void {
    this.floor.transact(() => {
      this.marks.script(symbol, units, this.now());
      this.#risk.check();
    });
  }

  /** Cancels all open orders of the symbol after `ms`, unless called again before; 0 forgets it. */
  countdown(account: FuturesAccount, { symbol }: SymbolSpec, ms: number): void {
    const at = this.now();
    this.floor.transact(() =>
      this.record({ k: 'usdm.countdown', account: account.id, symbol, cancelAt: ms === 0 ? 0 : at + ms, at }),
    );
  }

  /** What happens by the clock: marks, liquidations, funding, orders and countdowns that run out. Every 100 ms. */
  tick(): void {
    const now = this.now();
    this.floor.transact(() => {
      for (const order of [...this.ledger.timed]) if (order.goodTill <= now) this.orders.end(order, 'EXPIRED');
      for (const account of this.ledger.accounts.values())
        for (const [symbol, cancelAt] of account.countdowns) if (cancelAt <= now) this.#runOut(account, symbol, now);
      if (now >= this.#marksFollowAt) {
        this.#marksFollowAt = now + MARK_EVERY_MS;
        this.marks.follow(now);
        this.#risk.check();
      }
      if (now >= this.#nextFundingAt) {
        this.#nextFundingAt = nextFundingAt(now);
        for (const symbol of this.markets.keys()) this.fund(symbol, this.fundingRate(symbol));
      }
    });
  }

  apply(record: VenueRecord): void {
    this.ledger.apply(record as FuturesRecord);
  }

  open(withOpenOrders: boolean): void {
    for (const [symbol, marks] of this.ledger.ids) this.markets.get(symbol)?.continueIds(marks);
    for (const [symbol, { units, scripted }] of this.ledger.marks)
      this.marks.restore({ symbol, units, scripted }, this.now());
    this.orders.reopen(withOpenOrders);
    this.ledger.assertInvariants();
  }

  loseOpenOrders(): void {
    this.floor.transact(() => {
      for (const order of [...this.ledger.orders.values()]) if (order.isOpen) this.orders.end(order, 'EXPIRED');
    });
  }

  clear(): void {
    this.floor.clear();
    const { lastOrderId, lastAmendmentId, ids } = this.ledger;
    this.ledger = new FuturesLedger(this.#specs, FUTURES_FEES);
    this.ledger.lastOrderId = lastOrderId;
    this.ledger.lastAmendmentId = lastAmendmentId;
    for (const [symbol, marks] of ids) this.ledger.ids.set(symbol, marks);
    this.marks.clear();
    this.#risk.clear();
    this.forced.clear();
    this.floor.log.clear();
    this.#orderIdAtReset = lastOrderId;
    this.options.listener.reset();
  }

  usedIds(): FuturesRecord[] {
    return [...this.#idMarks(), this.#marks()];
  }

  /** Uses up the number of an order that is acknowledged and not there: a restart must not give it to another one. */
  useOrderId(): number {
    this.ledger.lastOrderId += 1;
    this.floor.transact(() => this.record(this.#marks()));
    return this.ledger.lastOrderId;
  }

  #marks(): FuturesRecord {
    return { k: 'usdm.marks', order: this.ledger.lastOrderId, amendment: this.ledger.lastAmendmentId };
  }

  #idMarks(): FuturesRecord[] {
    return [...this.ledger.ids].map(([symbol, marks]): FuturesRecord => ({ k: 'usdm.ids', symbol, ...marks }));
  }

  draft(): LedgerDraft {
    const ledger = new FuturesLedger(this.#specs, FUTURES_FEES);
    return {
      apply: (record) => ledger.apply(record as FuturesRecord),
      assertInvariants: () => {
        ledger.assertInvariants();
        const open = [...ledger.orders.values()].filter(({ isOpen }) => isOpen).sort((a, b) => a.rank - b.rank);
        for (const order of open) order.openLots = order.leftLots;
        assertCanRest(open);
      },
    };
  }

  dump(): FuturesRecord[] {
    return [...this.ledger.history, ...this.#idMarks()];
  }

  assertInvariants(): void {
    this.ledger.assertInvariants();
    for (const market of this.markets.values()) market.book.assertInvariants();
  }

  logged(orderId: number): number {
    return orderId - this.#orderIdAtReset;
  }

  record(record: FuturesRecord): void {
    this.ledger.apply(record);
    this.floor.journal(record);
  }

  tell(account: FuturesAccount, build: (at: number) => Record<string, unknown>): void {
    if (this.options.listener.wantsUserEvents(account.id)) this.floor.operation.user(account.id, build(this.now()));
  }

  #runOut(account: FuturesAccount, symbol: string, now: number): void {
    this.record({ k: 'usdm.countdown', account: account.id, symbol, cancelAt: 0, at: now });
    this.orders.cancelAll([...account.openOrders.values()].filter(({ spec }) => spec.symbol === symbol));
  }
}

/** Interest of the market itself pays anything: null. */
function orderOfAccount(order: BookOrder): FuturesOrder | null {
  return order instanceof FuturesOrder ? order : null;
}

/** Nobody but accounts has orders that settle. */
function accountOrder(order: BookOrder): FuturesOrder {
  if (order instanceof FuturesOrder) return order;
  throw new Error('Interest of the market itself does not settle');
}
