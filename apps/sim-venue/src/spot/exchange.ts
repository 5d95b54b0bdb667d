import { DEFAULT_RESTRICTIONS, type Account } from './account.js';
import type { Journal } from '../journal/journal.js';
import { Ledger, type FeeRates } from './ledger.js';
import { Order } from './account.js';
import type { ClosedStatus, KeyRestrictions, LedgerRecord } from './records.js';
import { matchTaker, type MatchSink, type Taker } from '../matching/match.js';
import { type BookOrder, type Side } from '../matching/book.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import { EventLog } from '../floor/event-log.js';
import { executionReport, type ReportDetails } from './execution-report.js';
import type { ExchangeListener } from '../floor/listener.js';
import { Operation } from '../floor/operation.js';
import { isFillable, sizeOrder, wouldTake, type PlaceCommand } from './order-sizing.js';
import { orderRejected, Refusal } from '../floor/refusal.js';
import { MarketOrder, SymbolMarket } from '../floor/symbol-market.js';

/** Vendor's numbers of `eR`. */
const EXPIRED_BY_EXCHANGE = 2;
const EXPIRED_IOC = 5;
const EXPIRED_FOK = 6;
const EXPIRED_NO_LIQUIDITY = 7;

export interface ExchangeOptions {
  readonly symbols: readonly SymbolSpec[];
  readonly feeRates: FeeRates;
  readonly journal: Journal | null;
  readonly now: () => number;
  readonly listener: ExchangeListener;
  /** The journal could not be written; the process must end. */
  readonly onJournalLost: (error: unknown) => void;
}

export interface NewAccount {
  readonly name: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly permissions: readonly string[];
  readonly restrictions?: Partial<KeyRestrictions>;
  /** Asset to 10^-8 units. */
  readonly balances: ReadonlyMap<string, bigint>;
}

/**
 * The only writer. Every change happens inside an operation: records are made and applied, the journal line is
 * written, and only then anything is published or answered.
 */
export class Exchange {
  ledger: Ledger;
  readonly markets = new Map<string, SymbolMarket>();
  readonly log = new EventLog();
  readonly #specs: Map<string, SymbolSpec>;
  #operation: Operation | null = null;
  #executionId = 0;
  #preventedMatchId = 0;
  #orderIdAtReset = 0;

  constructor(private readonly options: ExchangeOptions) {
    this.#specs = new Map(options.symbols.map((spec) => [spec.symbol, spec]));
    this.ledger = new Ledger(this.#specs, options.feeRates);
    for (const spec of options.symbols)
      this.markets.set(
        spec.symbol,
        new SymbolMarket(spec, (marks) => this.#record({ k: 'ids', symbol: spec.symbol, ...marks })),
      );
  }

  now(): number {
    return this.options.now();
  }

  /** Runs `action` as one operation; an operation inside an operation is part of the outer one. */
  transact<T>(action: () => T): T {
    if (this.#operation !== null) return action();
    const operation = new Operation();
    this.#operation = operation;
    try {
      return action();
    } finally {
      this.#operation = null;
      if (operation.records.length > 0) this.#write(operation.records);
      operation.publish(this.options.listener, this.now());
    }
  }

  openAccount(request: NewAccount): Account {
    return this.transact(() => {
      const id = this.ledger.lastAccountId + 1;
      const { name, apiKey, apiSecret, permissions } = request;
      const restrictions = { ...DEFAULT_RESTRICTIONS, ...request.restrictions };
      const at = this.now();
      this.#record({ k: 'account', id, name, apiKey, apiSecret, keyType: 'HMAC', permissions, restrictions, at });
      for (const [asset, amount] of request.balances)
        this.#record({ k: 'deposit', account: id, asset, units: amount.toString(), at });
      return this.ledger.accounts.get(id) as Account;
    });
  }

  deposit(account: Account, asset: string, amount: bigint): void {
    this.transact(() => {
      this.#record({ k: 'deposit', account: account.id, asset, units: amount.toString(), at: this.now() });
      this.#current.balancesOf(account, asset);
    });
  }

  restrict(account: Account, restrictions: Partial<KeyRestrictions>): void {
    this.transact(() => {
      const all = { ...account.restrictions, ...restrictions };
      this.#record({ k: 'restrictions', account: account.id, restrictions: all });
    });
  }

  /**
   * Accepts and matches an order.
   *
   * @throws Refusal -2010 with the vendor's text; nothing has happened then
   */
  place(account: Account, market: SymbolMarket, command: PlaceCommand): Order {
    if (account.orderByClientId(market.spec.symbol, command.clientOrderId)?.isOpen)
      throw orderRejected('Duplicate order sent.');
    if (command.type === 'LIMIT_MAKER' && wouldTake(market, command))
      throw orderRejected('Order would immediately match and take.');
    const { lots, lockUnits } = sizeOrder(market, account, command);
    return this.transact(() => {
      const id = this.ledger.lastOrderId + 1;
      this.#record({
        k: 'order',
        id,
        account: account.id,
        symbol: market.spec.symbol,
        cid: command.clientOrderId,
        side: command.side,
        type: command.type,
        tif: command.timeInForce,
        ticks: command.ticks,
        lots,
        quote: command.quoteUnits.toString(),
        stp: command.selfTrade,
        lock: lockUnits.toString(),
        at: this.now(),
        hash: command.requestHash,
      });
      const order = this.ledger.orders.get(id) as Order;
      this.log.add(
        `order ${this.#logged(id)} ${market.spec.symbol} ${order.side} ${order.type} ${order.ticks} ${order.lots}`,
      );
      this.#current.balancesOf(account, order.lockedAsset);
      this.#report(order, { execution: 'NEW' });
      if (command.timeInForce === 'FOK' && !isFillable(market, account, { ...command, lots }))
        this.#close(order, 'EXPIRED', EXPIRED_FOK);
      else this.#match(market, order);
      return order;
    });
  }

  /** @throws Refusal -2011 when the order is not open */
  cancel(order: Order, cancelClientOrderId: string): void {
    if (!order.isOpen) throw new Refusal(-2011, 'Unknown order sent.');
    this.transact(() => {
      this.#leaveBook(order);
      this.#close(order, 'CANCELED', undefined, cancelClientOrderId);
    });
  }

  /** Interest of the market itself: trades with what it crosses and rests with what is left, unless `ticks` is null. */
  placeForMarket(market: SymbolMarket, side: Side, ticks: number | null, lots: number): MarketOrder {
    return this.transact(() => {
      const order = new MarketOrder(side, ticks ?? 0, lots);
      this.log.add(`market ${market.spec.symbol} ${side} ${ticks ?? 'any'} ${lots}`);
      matchTaker(market.book, order, ticks, this.#sink(market));
      if (order.openLots > 0 && ticks !== null) market.book.add(order);
      this.#current.touched(market);
      return order;
    });
  }

  /** Takes interest of the market off the book: all of it, or `lots` of it in place. */
  withdrawForMarket(market: SymbolMarket, order: MarketOrder, lots?: number): void {
    this.transact(() => {
      this.log.add(`withdraw ${market.spec.symbol} ${order.side} ${order.ticks} ${lots ?? order.openLots}`);
      if (lots === undefined || lots >= order.openLots) market.book.remove(order);
      else market.book.reduce(order, lots);
      this.#current.touched(market);
    });
  }

  /**
   * A trade that the script says happened, with a resting order: it fills an account's order, or eats market
   * interest that stands in front of it.
   */
  tradeWithResting(market: SymbolMarket, maker: BookOrder, lots: number): void {
    this.transact(() => {
      const taker = new MarketOrder(maker.side === 'BUY' ? 'SELL' : 'BUY', maker.ticks, lots);
      market.book.reduce(maker, lots);
      taker.openLots = 0;
      this.#sink(market).trade(maker, taker, maker.ticks, lots);
      this.#current.touched(market);
    });
  }

  /** A trade between two strangers: printed, nothing else. A recorded one has an id of its own. */
  printTrade(market: SymbolMarket, ticks: number, lots: number, buyerIsMaker: boolean, recordedId?: number): void {
    this.transact(() => {
      if (recordedId !== undefined) market.noteRecordedTrade(recordedId);
      this.#print(market, ticks, lots, buyerIsMaker, 0, 0, recordedId);
    });
  }

  /**
   * Runs what a record shows as one operation: `action` may change interest of the market in the book directly, without
   * matching, and call the other methods for what trades.
   *
   * @param what stands for it in the event log
   */
  applyRecord(market: SymbolMarket, what: string, action: () => void): void {
    this.transact(() => {
      this.log.add(`record ${market.spec.symbol} ${what}`);
      action();
      this.#current.touched(market);
    });
  }

  /** Rebuilds accounts and orders from journal operations, then books, with or without the orders that were open. */
  restore(operations: readonly (readonly LedgerRecord[])[], withOpenOrders: boolean): void {
    for (const records of operations) for (const record of records) this.ledger.apply(record);
    for (const [symbol, marks] of this.ledger.ids) this.markets.get(symbol)?.continueIds(marks);
    const open = [...this.ledger.orders.values()].filter((order) => order.isOpen);
    this.transact(() => {
      for (const order of open) {
        order.openLots = order.lots - order.filledLots;
        if (withOpenOrders) this.#marketOf(order).book.add(order);
        else this.#close(order, 'EXPIRED', EXPIRED_BY_EXCHANGE);
      }
    });
    this.ledger.assertInvariants();
  }

  /** Forgets every account and order and empties the books. Ids go on, as they do at a venue. */
  reset(): void {
    this.transact(() => {
      for (const market of this.markets.values()) {
        for (const side of ['BUY', 'SELL'] as const)
          for (let level = market.book.best(side); level !== undefined; level = market.book.best(side))
            market.book.remove(level.first as BookOrder);
        market.tape.clear();
        this.#current.touched(market);
      }
    });
    const { lastOrderId, lastAccountId, ids } = this.ledger;
    this.ledger = new Ledger(this.#specs, this.options.feeRates);
    this.ledger.lastOrderId = lastOrderId;
    this.ledger.lastAccountId = lastAccountId;
    this.options.journal?.clear();
    this.transact(() => {
      for (const [symbol, marks] of ids) this.#record({ k: 'ids', symbol, ...marks });
    });
    this.log.clear();
    this.#orderIdAtReset = lastOrderId;
    this.options.listener.reset();
  }

  /** Replaces everything by the fold of `records`. */
  replaceState(records: readonly LedgerRecord[]): void {
    this.reset();
    this.#write(records);
    this.restore([records], true);
  }

  /** Ids go on across a reset, the event log does not: there, orders count from 1 again. 0 is the market. */
  #logged(orderId: number): number {
    return orderId === 0 ? 0 : orderId - this.#orderIdAtReset;
  }

  #write(records: readonly LedgerRecord[]): void {
    try {
      this.options.journal?.append(records);
    } catch (error) {
      // Memory is ahead of the journal now: going on would acknowledge what a restart does not know.
      this.options.onJournalLost(error);
      throw error;
    }
  }

  get #current(): Operation {
    if (this.#operation === null) throw new Error('A change must happen inside an operation');
    return this.#operation;
  }

  #record(record: LedgerRecord): void {
    this.ledger.apply(record);
    this.#current.records.push(record);
  }

  #match(market: SymbolMarket, order: Order): void {
    const limit = order.type === 'MARKET' ? null : order.ticks;
    const endedBySelfTrade = matchTaker(market.book, order, limit, this.#sink(market));
    this.#current.touched(market);
    if (order.openLots === 0 || endedBySelfTrade) return;
    if (order.type === 'MARKET') this.#close(order, 'EXPIRED', EXPIRED_NO_LIQUIDITY);
    else if (order.timeInForce === 'IOC') this.#close(order, 'EXPIRED', EXPIRED_IOC);
    else market.book.add(order);
  }

  #sink(market: SymbolMarket): MatchSink {
    return {
      trade: (maker, taker, ticks, lots) => this.#trade(market, maker, taker, ticks, lots),
      prevented: (maker, taker, lots) => this.#prevent(accountOrder(maker), accountOrder(taker), lots),
    };
  }

  #trade(market: SymbolMarket, maker: BookOrder, taker: Taker, ticks: number, lots: number): void {
    const buyerIsMaker = maker.side === 'BUY';
    const idOf = (order: BookOrder): number => (order instanceof Order ? order.id : 0);
    const [buyer, seller] = buyerIsMaker ? [maker, taker] : [taker, maker];
    const trade = this.#print(market, ticks, lots, buyerIsMaker, idOf(buyer), idOf(seller));
    if (maker instanceof Order) this.#fill(maker, trade, ticks, lots, true);
    if (taker instanceof Order) this.#fill(taker, trade, ticks, lots, false);
  }

  #print(
    market: SymbolMarket,
    ticks: number,
    lots: number,
    buyerIsMaker: boolean,
    buyerOrderId: number,
    sellerOrderId: number,
    recordedId?: number,
  ): number {
    const trade = {
      id: recordedId ?? market.nextTradeId(),
      ticks,
      lots,
      buyerIsMaker,
      at: this.now(),
      buyerOrderId,
      sellerOrderId,
    };
    market.tape.add(trade, market.spec.notional(ticks, lots));
    this.log.add(
      `trade ${market.spec.symbol} ${ticks} ${lots} ${this.#logged(buyerOrderId)} ${this.#logged(sellerOrderId)}`,
    );
    this.#current.trade(market, trade);
    return trade.id;
  }

  #fill(order: Order, trade: number, ticks: number, lots: number, maker: boolean): void {
    const fee = this.ledger.feeFor(order, ticks, lots, maker).toString();
    if (order.fills.length === 0) this.#current.firstFill(order.account, maker);
    this.#record({ k: 'fill', order: order.id, trade, ticks, lots, maker, fee, at: this.now() });
    const { baseAsset, quoteAsset } = order.spec.definition;
    this.#current.balancesOf(order.account, baseAsset, quoteAsset);
    this.#report(order, { execution: 'TRADE', fill: order.fills.at(-1) as (typeof order.fills)[number] });
  }

  #prevent(maker: Order, taker: Order, lots: number): void {
    this.#preventedMatchId += 1;
    const expire = (order: Order, counter: Order): void => {
      const prevented = {
        matchId: this.#preventedMatchId,
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
    this.log.add(`close ${this.#logged(order.id)} ${status}`);
    this.#record({
      k: 'close',
      order: order.id,
      status,
      at: this.now(),
      ...(cancelId !== undefined && { cancelId }),
    });
    this.#current.balancesOf(order.account, order.lockedAsset);
    this.#report(order, details);
  }

  #leaveBook(order: Order): void {
    const market = this.#marketOf(order);
    market.book.remove(order);
    this.#current.touched(market);
  }

  #marketOf(order: Order): SymbolMarket {
    return this.markets.get(order.spec.symbol) as SymbolMarket;
  }

  #report(order: Order, details: Omit<ReportDetails, 'executionId'>): void {
    this.#executionId += 1;
    if (!this.options.listener.wantsUserEvents(order.account)) return;
    this.#current.user(order.account, executionReport(order, { ...details, executionId: this.#executionId }));
  }
}

/** Self-trade prevention only ever concerns orders of accounts. */
function accountOrder(order: BookOrder): Order {
  if (order instanceof Order) return order;
  throw new Error('Interest of the market cannot trade with itself through self-trade prevention');
}
