import type { Customers } from '../accounts/customers.js';
import type { ExchangeListener } from '../floor/listener.js';
import type { Closing } from '../floor/operation.js';
import type { Product } from '../floor/product.js';
import { orderRejected, Refusal } from '../floor/refusal.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import { TradingFloor, type FloorFill } from '../floor/trading-floor.js';
import type { RecordLog } from '../journal/journal.js';
import type { VenueRecord } from '../journal/venue-record.js';
import type { BookOrder } from '../matching/book.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import { Order, type Account } from './account.js';
import { accountPosition } from './account-position.js';
import { dumpLedger } from './dump.js';
import { executionReport, type ReportDetails } from './execution-report.js';
import { Ledger, type FeeRates } from './ledger.js';
import { isFillable, sizeOrder, wouldTake, type PlaceCommand } from './order-sizing.js';
import type { ClosedStatus, LedgerRecord } from './records.js';

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
}

/** Spot trading: orders of accounts and their money, on a floor of their own. */
export class SpotExchange implements Product {
  ledger: Ledger;
  readonly floor: TradingFloor;
  readonly #specs: Map<string, SymbolSpec>;
  readonly #closings = new Map<Account, Closing>();
  #executionId = 0;
  #preventedMatchId = 0;
  #orderIdAtReset = 0;

  constructor(private readonly options: SpotOptions) {
    this.#specs = new Map(options.symbols.map((spec) => [spec.symbol, spec]));
    this.ledger = new Ledger(options.customers, this.#specs, options.feeRates);
    this.floor = new TradingFloor({
      ...options,
      settlement: {
        orderIdOf: (order) => accountOrder(order).id,
        loggedIdOf: (order) => this.#logged(accountOrder(order).id),
        fill: (order, fill) => this.#fill(accountOrder(order), fill),
        prevent: (maker, taker, lots) => this.#prevent(accountOrder(maker), accountOrder(taker), lots),
        reserveIds: (symbol, marks) => this.#record({ k: 'ids', symbol, ...marks }),
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
      this.#record({ k: 'deposit', account: account.id, asset, units: amount.toString(), at: this.now() });
      this.#balances(account, asset);
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
      this.floor.log.add(
        `order ${this.#logged(id)} ${market.spec.symbol} ${order.side} ${order.type} ${order.ticks} ${order.lots}`,
      );
      this.#balances(account, order.lockedAsset);
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

  apply(record: VenueRecord): void {
    this.ledger.apply(record as LedgerRecord);
  }

  open(withOpenOrders: boolean): void {
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

  clear(): void {
    this.floor.clear();
    const { lastOrderId, ids } = this.ledger;
    this.ledger = new Ledger(this.options.customers, this.#specs, this.options.feeRates);
    this.ledger.lastOrderId = lastOrderId;
    for (const [symbol, marks] of ids) this.ledger.ids.set(symbol, marks);
    this.#closings.clear();
    this.floor.log.clear();
    this.#orderIdAtReset = lastOrderId;
    this.options.listener.reset();
  }

  recordIds(): void {
    this.transact(() => {
      for (const [symbol, marks] of this.ledger.ids) this.#record({ k: 'ids', symbol, ...marks });
    });
  }

  dump(): LedgerRecord[] {
    return dumpLedger(this.ledger);
  }

  assertInvariants(): void {
    this.ledger.assertInvariants();
    for (const market of this.markets.values()) market.book.assertInvariants();
  }

  /** Ids go on across a reset, the event log does not: there, orders count from 1 again. */
  #logged(orderId: number): number {
    return orderId - this.#orderIdAtReset;
  }

  #record(record: LedgerRecord): void {
    this.ledger.apply(record);
    this.floor.journal(record);
  }

  /** The account is told its balances of these assets when the operation ends. */
  #balances(account: Account, ...assets: readonly string[]): void {
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

  #fill(order: Order, { tradeId: trade, ticks, lots, isMaker: maker }: FloorFill): void {
    const fee = this.ledger.feeFor(order, ticks, lots, maker).toString();
    if (order.fills.length === 0) this.floor.operation.firstFill(order.account.id, maker);
    this.#record({ k: 'fill', order: order.id, trade, ticks, lots, maker, fee, at: this.now() });
    const { baseAsset, quoteAsset } = order.spec.definition;
    this.#balances(order.account, baseAsset, quoteAsset);
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
    this.floor.log.add(`close ${this.#logged(order.id)} ${status}`);
    this.#record({
      k: 'close',
      order: order.id,
      status,
      at: this.now(),
      ...(cancelId !== undefined && { cancelId }),
    });
    this.#balances(order.account, order.lockedAsset);
    this.#report(order, details);
  }

  #leaveBook(order: Order): void {
    const market = this.#marketOf(order);
    market.book.remove(order);
    this.floor.operation.touched(market);
  }

  #marketOf(order: Order): SymbolMarket {
    return this.markets.get(order.spec.symbol) as SymbolMarket;
  }

  #report(order: Order, details: Omit<ReportDetails, 'executionId'>): void {
    this.#executionId += 1;
    if (!this.options.listener.wantsUserEvents(order.account.id)) return;
    this.floor.operation.user(order.account.id, executionReport(order, { ...details, executionId: this.#executionId }));
  }
}

/** Nobody but accounts has orders that settle. */
function accountOrder(order: BookOrder): Order {
  if (order instanceof Order) return order;
  throw new Error('Interest of the market itself does not settle');
}
