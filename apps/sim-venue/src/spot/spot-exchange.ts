import type { Customers } from '../accounts/customers.js';
import type { ExchangeListener } from '../floor/listener.js';
import type { Closing } from '../floor/operation.js';
import { ORDINARY_POLICY, type Onlooker, type OrderFacts, type OrderPolicy } from '../floor/order-policy.js';
import type { LedgerDraft, Product } from '../floor/product.js';
import { orderRejected, Refusal } from '../floor/refusal.js';
import { assertCanRest } from '../floor/scratch-books.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import { TradingFloor } from '../floor/trading-floor.js';
import type { RecordLog } from '../journal/journal.js';
import type { VenueRecord } from '../journal/venue-record.js';
import type { BookOrder } from '../matching/book.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import { Order, type Account } from './account.js';
import { accountPosition, balanceUpdate } from './account-position.js';
import { dumpLedger, dumpMarks } from './dump.js';
import { executionReport, type ReportDetails } from './execution-report.js';
import { FillDesk } from './fill-desk.js';
import { Ledger, type FeeRates } from './ledger.js';
import { orderRecord } from './order-record.js';
import { isFillable, sizeOrder, wouldTake, type PlaceCommand } from './order-sizing.js';
import type { ClosedStatus, LedgerRecord } from './records.js';
import { shownAccount } from './shown.js';
import { orderFacts, type SpotCore } from './spot-core.js';

/** Vendor's numbers of `eR`. */
const EXPIRED_BY_EXCHANGE = 2;
const EXPIRED_IOC = 5;
const EXPIRED_FOK = 6;
const EXPIRED_NO_LIQUIDITY = 7;

export interface SpotOptions {
  readonly customers: Customers;
  readonly symbols: readonly SymbolSpec[];
  readonly feeRates: FeeRates;
  readonly journal: RecordLog;
  /** The venue's clock. */
  readonly now: () => number;
  readonly listener: ExchangeListener;
  /** Habits in which this venue differs from the vendor on a good day. */
  readonly policy?: OrderPolicy;
}

/** Spot trading: orders of accounts and their money, on a floor of their own. */
export class SpotExchange implements Product, SpotCore {
  ledger: Ledger;
  readonly floor: TradingFloor;
  readonly policy: OrderPolicy;
  readonly #fills = new FillDesk(this);
  /** Client ids of cancels that came when the order had traded in secret. */
  readonly #lateCancels = new WeakMap<Order, string>();
  readonly #specs: Map<string, SymbolSpec>;
  readonly #closings = new Map<Account, Closing>();
  #executionId = 0;
  #orderIdAtReset = 0;

  constructor(private readonly options: SpotOptions) {
    this.policy = options.policy ?? ORDINARY_POLICY;
    this.#specs = new Map(options.symbols.map((spec) => [spec.symbol, spec]));
    this.ledger = new Ledger(options.customers, this.#specs, options.feeRates);
    this.floor = new TradingFloor({
      ...options,
      settlement: {
        orderIdOf: (order) => accountOrder(order).id,
        loggedIdOf: (order) => this.logged(accountOrder(order).id),
        fill: (order, fill) => this.#fills.fill(accountOrder(order), fill),
        prevent: (maker, taker, lots) => this.#prevent(accountOrder(maker), accountOrder(taker), lots),
        reserveIds: (symbol, marks) => this.record({ k: 'ids', symbol, ...marks }),
      },
    });
  }

  get markets(): ReadonlyMap<string, SymbolMarket> {
    return this.floor.markets;
  }

  now(): number {
    return this.options.now();
  }

  /** @see TradingFloor.transact */
  transact<T>(action: () => T): T {
    return this.floor.transact(action);
  }

  deposit(account: Account, asset: string, amount: bigint): void {
    this.transact(() => {
      const at = this.now();
      this.record({ k: 'deposit', account: account.id, asset, units: amount.toString(), at });
      if (this.options.listener.wantsUserEvents(account.id))
        this.floor.operation.user(account.id, balanceUpdate(asset, amount, at));
      this.tellBalances(account, asset);
    });
  }

  /**
   * Accepts and matches an order.
   *
   * @param id its number, when it was announced already
   * @returns the order, or the earlier one under its client id where the venue answers a repeat with that
   * @throws Refusal -2010 with the vendor's text, -1013 while the market is closed; nothing has happened then
   */
  place(account: Account, market: SymbolMarket, command: PlaceCommand, id = this.ledger.lastOrderId + 1): Order {
    const { symbol } = market.spec;
    const facts: OrderFacts = { accountId: account.id, symbol, clientOrderId: command.clientOrderId };
    if (!this.policy.isTrading(symbol)) throw new Refusal(-1013, 'Market is closed.');
    const earlier = account.orderByClientId(symbol, command.clientOrderId);
    const verdict = earlier === undefined ? 'accept' : this.policy.sameId(facts, earlier);
    if (verdict === 'refuse') throw orderRejected('Duplicate order sent.');
    if (verdict === 'return' && earlier !== undefined) return earlier;
    if (command.type === 'LIMIT_MAKER' && wouldTake(market, command))
      throw orderRejected('Order would immediately match and take.');
    if (command.sliceLots !== undefined && command.sliceLots >= command.lots)
      throw orderRejected('IcebergQty exceeds QTY.');
    const { lots, lockUnits } = sizeOrder(market, account, command);
    return this.transact(() => {
      this.record(orderRecord(id, account, market.spec, { ...command, lots }, lockUnits, this.now()));
      const order = this.ledger.orders.get(id) as Order;
      this.policy.accepted(facts, order);
      this.floor.log.add(
        `order ${this.logged(id)} ${market.spec.symbol} ${order.side} ${order.type} ${order.ticks} ${order.lots}`,
      );
      this.tellBalances(account, order.lockedAsset);
      this.report(order, { execution: 'NEW' });
      if (command.timeInForce === 'FOK' && !isFillable(market, account, { ...command, lots }))
        this.#close(order, 'EXPIRED', EXPIRED_FOK);
      else this.#match(market, order);
      return order;
    });
  }

  /**
   * An account as `to` may see it: itself, unless something is kept from them.
   *
   * @see shownAccount
   */
  shown(account: Account, to: Onlooker): Account {
    const { policy } = this;
    if (!policy.hidesAnything(account.id)) return account;
    return shownAccount(account, {
      customers: this.options.customers,
      symbols: this.#specs,
      feeRates: this.ledger.feeRates,
      hides: (what) => policy.hides(what, to),
      lateCancel: (order) => this.#lateCancels.get(order),
    });
  }

  /** @throws Error when there is no such order: a bug */
  order(id: number): Order {
    const order = this.ledger.orders.get(id);
    if (order === undefined) throw new Error(`Order ${id} does not exist`);
    return order;
  }

  /** An order as `to` may see it; itself when it may not be seen at all. */
  shownOrder(order: Order, to: Onlooker): Order {
    const account = this.shown(order.account, to);
    return account === order.account ? order : (account.orderById(order.spec, order.id) ?? order);
  }

  /** Whether queries still find an order; both venues that forget and a venue on a good day are asked this way. */
  finds(order: Order, by: 'id' | 'list'): boolean {
    const { isOpen, status, fills, updatedAt } = order;
    const sought = { isOpen, isFilled: status === 'FILLED', hasFills: fills.length > 0, updatedAt };
    return this.policy.finds({ ...orderFacts(order), ...sought }, by);
  }

  /**
   * Cancels an order. One that traded in secret is acknowledged as cancelled; its trade comes to light later.
   *
   * @throws Refusal -2011 when the order is not open
   */
  cancel(order: Order, cancelClientOrderId: string): void {
    if (!order.isOpen) return this.#cancelLate(order, cancelClientOrderId);
    this.transact(() => {
      this.#leaveBook(order);
      this.#close(order, 'CANCELED', undefined, cancelClientOrderId);
    });
  }

  /**
   * Takes lots off an open order, which keeps its place in the queue. What is left may be what is filled already: then
   * the order is done.
   *
   * @param lots for how many the order is from now on
   * @returns number of the execution that tells of it
   * @throws Refusal -2038 with the vendor's text; nothing has happened then
   */
  amend(order: Order, lots: number, clientOrderId: string): number {
    if (!order.isOpen) throw amendRejected('Unknown order sent.');
    if (!this.policy.isTrading(order.spec.symbol)) throw amendRejected('Market is closed.');
    if (lots > order.lots) throw amendRejected('Order amend (quantity increase) is not supported.');
    if (lots === order.lots) throw amendRejected('The requested action would change no state; rejecting.');
    if (lots < order.tradedLots) throw amendRejected('Unsupported order combination');
    const namesake = order.account.orderByClientId(order.spec.symbol, clientOrderId);
    if (namesake?.isOpen === true && namesake !== order) throw amendRejected('Duplicate order sent.');
    return this.transact(() => {
      const market = this.marketOf(order);
      const replacedClientOrderId = order.clientOrderId;
      this.floor.log.add(`amend ${this.logged(order.id)} ${lots}`);
      market.book.reduce(order, order.lots - lots);
      this.floor.operation.touched(market);
      const exec = this.#executionId + 1;
      this.record({ k: 'amend', order: order.id, lots, cid: clientOrderId, exec, at: this.now() });
      this.tellBalances(order.account, order.lockedAsset);
      this.report(order, { execution: 'REPLACED', replacedClientOrderId });
      return exec;
    });
  }

  apply(record: VenueRecord): void {
    this.ledger.apply(record as LedgerRecord);
  }

  open(withOpenOrders: boolean): void {
    for (const [symbol, marks] of this.ledger.ids) this.markets.get(symbol)?.continueIds(marks);
    // No execution was reported without a fact.
    this.#executionId = Math.max(this.#executionId, this.ledger.facts + this.ledger.lastExecutionId);
    this.transact(() => {
      for (const order of openByPlace(this.ledger)) {
        if (withOpenOrders) this.#rejoin(order);
        else this.#close(order, 'EXPIRED', EXPIRED_BY_EXCHANGE);
      }
    });
    this.ledger.assertInvariants();
  }

  loseOpenOrders(): void {
    this.transact(() => {
      for (const order of [...this.ledger.orders.values()])
        if (order.isOpen) {
          this.#leaveBook(order);
          this.#close(order, 'EXPIRED', EXPIRED_BY_EXCHANGE);
        }
    });
  }

  clear(): void {
    this.floor.clear();
    const { lastOrderId, lastExecutionId, ids, preventedIds } = this.ledger;
    this.ledger = new Ledger(this.options.customers, this.#specs, this.options.feeRates);
    this.ledger.lastOrderId = lastOrderId;
    this.ledger.lastExecutionId = lastExecutionId;
    for (const [symbol, marks] of ids) this.ledger.ids.set(symbol, marks);
    for (const [symbol, id] of preventedIds) this.ledger.preventedIds.set(symbol, id);
    this.#closings.clear();
    this.floor.log.clear();
    this.#orderIdAtReset = lastOrderId;
    this.options.listener.reset();
  }

  usedIds(): LedgerRecord[] {
    return [...dumpMarks(this.ledger), this.#marks()];
  }

  /** Uses up the number of an order that is acknowledged and not there: a restart must not give it to another one. */
  useOrderId(): number {
    this.ledger.lastOrderId += 1;
    this.transact(() => this.record(this.#marks()));
    return this.ledger.lastOrderId;
  }

  #marks(): LedgerRecord {
    const { lastOrderId: order, preventedIds } = this.ledger;
    return { k: 'marks', order, execution: this.#executionId, prevented: Object.fromEntries(preventedIds) };
  }

  draft(customers: Customers): LedgerDraft {
    const ledger = new Ledger(customers, this.#specs, this.options.feeRates);
    return {
      apply: (record) => ledger.apply(record as LedgerRecord),
      assertInvariants: () => {
        ledger.assertInvariants();
        const open = openByPlace(ledger);
        for (const order of open) order.openLots = order.remainingLots + order.takenFromSlice;
        assertCanRest(open);
      },
    };
  }

  dump(): LedgerRecord[] {
    return dumpLedger(this.ledger);
  }

  assertInvariants(): void {
    this.ledger.assertInvariants();
    for (const market of this.markets.values()) market.book.assertInvariants();
  }

  /** Ids go on across a reset, the event log does not: there, orders count from 1 again. */
  logged(orderId: number): number {
    return orderId - this.#orderIdAtReset;
  }

  record(record: LedgerRecord): void {
    this.ledger.apply(record);
    this.floor.journal(record);
  }

  /** The account is told its balances of these assets when the operation ends. */
  tellBalances(account: Account, ...assets: readonly string[]): void {
    let closing = this.#closings.get(account);
    if (closing === undefined) {
      closing = { accountId: account.id, event: (noted) => accountPosition(account, noted, this.now()) };
      this.#closings.set(account, closing);
    }
    this.floor.operation.atEnd(closing, ...assets);
  }

  #match(market: SymbolMarket, order: Order): void {
    const limit = order.type === 'MARKET' ? null : order.ticks;
    const endedBySelfTrade = this.floor.match(market, order, limit);
    if (order.openLots === 0 || endedBySelfTrade) return;
    if (order.type === 'MARKET') this.#close(order, 'EXPIRED', EXPIRED_NO_LIQUIDITY);
    else if (order.timeInForce === 'IOC') this.#close(order, 'EXPIRED', EXPIRED_IOC);
    else market.book.add(order);
  }

  #cancelLate(order: Order, cancelClientOrderId: string): void {
    if (!this.shownOrder(order, 'reply').isOpen) throw new Refusal(-2011, 'Unknown order sent.');
    this.#lateCancels.set(order, cancelClientOrderId);
    this.transact(() => this.report(this.shownOrder(order, 'reply'), { execution: 'CANCELED' }));
  }

  #prevent(maker: Order, taker: Order, lots: number): void {
    const id = (this.ledger.preventedIds.get(maker.spec.symbol) ?? 0) + 1;
    this.record({
      k: 'prevented',
      id,
      maker: maker.id,
      taker: taker.id,
      stp: taker.selfTrade,
      ticks: maker.ticks,
      ...(taker.selfTrade !== 'EXPIRE_TAKER' && { makerLots: maker.remainingLots }),
      ...(taker.selfTrade !== 'EXPIRE_MAKER' && { takerLots: taker.remainingLots }),
      at: this.now(),
    });
    const expire = (order: Order, counter: Order): void => {
      const prevented = {
        matchId: id,
        lots,
        ticks: maker.ticks,
        counterOrderId: counter.id,
        counterSymbol: counter.spec.symbol,
      };
      this.#close(order, 'EXPIRED_IN_MATCH', undefined, undefined, { execution: 'TRADE_PREVENTION', prevented });
    };
    if (taker.selfTrade !== 'EXPIRE_TAKER') expire(maker, taker);
    if (taker.selfTrade !== 'EXPIRE_MAKER') expire(taker, maker);
  }

  #close(
    order: Order,
    status: ClosedStatus,
    expiryReason?: number,
    cancelId?: string,
    details: Omit<ReportDetails, 'executionId'> = {
      execution: status === 'CANCELED' ? 'CANCELED' : 'EXPIRED',
      ...(expiryReason !== undefined && { expiryReason }),
    },
  ): void {
    this.floor.log.add(`close ${this.logged(order.id)} ${status}`);
    this.record({
      k: 'close',
      order: order.id,
      status,
      at: this.now(),
      ...(cancelId !== undefined && { cancelId }),
    });
    this.tellBalances(order.account, order.lockedAsset);
    this.report(order, details);
  }

  /** Puts an order that was open back at the end of its queue; an iceberg shows what was left of its slice. */
  #rejoin(order: Order): void {
    const { book } = this.marketOf(order);
    const taken = order.takenFromSlice;
    order.openLots = order.remainingLots + taken;
    book.add(order);
    if (taken > 0) book.fill(order, taken);
  }

  #leaveBook(order: Order): void {
    const market = this.marketOf(order);
    market.book.remove(order);
    this.floor.operation.touched(market);
  }

  marketOf(order: Order): SymbolMarket {
    return this.markets.get(order.spec.symbol) as SymbolMarket;
  }

  report(order: Order, details: Omit<ReportDetails, 'executionId'>): void {
    const executionId = this.nextExecutionId();
    if (!this.options.listener.wantsUserEvents(order.account.id)) return;
    this.floor.operation.user(order.account.id, executionReport(order, { ...details, executionId }));
  }

  nextExecutionId(): number {
    this.#executionId += 1;
    return this.#executionId;
  }
}

const amendRejected = (text: string): Refusal => new Refusal(-2038, text);

/** Open orders in the order in which they joined their queues. */
function openByPlace(ledger: Ledger): Order[] {
  return [...ledger.orders.values()].filter((order) => order.isOpen).sort((a, b) => a.queuedSeq - b.queuedSeq);
}

/** Nobody but accounts has orders that settle. */
function accountOrder(order: BookOrder): Order {
  if (order instanceof Order) return order;
  throw new Error('Interest of the market itself does not settle');
}
