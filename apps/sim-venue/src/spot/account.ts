import type { BookOrder, Level, Side } from '../matching/book.js';
import type { SelfTradeMode } from '../matching/match.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import type { Customer } from '../accounts/customer.js';
import type { LedgerRecord, OrderStatus, OrderType, TimeInForce } from './records.js';

export interface Balance {
  free: bigint;
  locked: bigint;
}

/** A customer's spot wallet and orders. */
export class Account {
  readonly id: number;
  readonly name: string;
  updatedAt: number;
  readonly balances = new Map<string, Balance>();
  readonly deposits = new Map<string, bigint>();
  /** By arrival. */
  readonly orders: Order[] = [];
  readonly openOrders = new Map<number, Order>();
  /** Latest order under a client id, per symbol. */
  readonly #byClientId = new Map<string, Order>();

  constructor(readonly customer: Customer) {
    this.id = customer.id;
    this.name = customer.name;
    this.updatedAt = customer.createdAt;
  }

  balance(asset: string): Balance {
    let balance = this.balances.get(asset);
    if (balance === undefined) this.balances.set(asset, (balance = { free: 0n, locked: 0n }));
    return balance;
  }

  remember(order: Order): void {
    this.orders.push(order);
    this.openOrders.set(order.id, order);
    this.#byClientId.set(`${order.spec.symbol} ${order.clientOrderId}`, order);
  }

  /** The open order under this client id, else the latest one that had it. */
  orderByClientId(symbol: string, clientOrderId: string): Order | undefined {
    return this.#byClientId.get(`${symbol} ${clientOrderId}`);
  }
}

export interface Fill {
  readonly tradeId: number;
  readonly ticks: number;
  readonly lots: number;
  readonly isMaker: boolean;
  readonly feeUnits: bigint;
  readonly feeAsset: string;
  readonly at: number;
}

/** An order of an account, for as long as the exchange remembers it. */
export class Order implements BookOrder {
  readonly id: number;
  readonly clientOrderId: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly ticks: number;
  readonly lots: number;
  readonly quoteOrderUnits: bigint;
  readonly selfTrade: SelfTradeMode;
  readonly createdAt: number;
  readonly requestHash: string;
  readonly fills: Fill[] = [];
  status: OrderStatus = 'NEW';
  filledLots = 0;
  quoteFilled = 0n;
  /** What of the account's balance this order still holds back: quote when buying, base when selling. */
  lockedUnits: bigint;
  readonly initialLockUnits: bigint;
  updatedAt: number;
  cancelClientOrderId: string | null = null;

  openLots: number;
  level: Level | null = null;
  before: BookOrder | null = null;
  after: BookOrder | null = null;

  constructor(
    readonly account: Account,
    readonly spec: SymbolSpec,
    record: Extract<LedgerRecord, { k: 'order' }>,
  ) {
    this.id = record.id;
    this.clientOrderId = record.cid;
    this.side = record.side;
    this.type = record.type;
    this.timeInForce = record.tif;
    this.ticks = record.ticks;
    this.lots = record.lots;
    this.quoteOrderUnits = BigInt(record.quote);
    this.selfTrade = record.stp;
    this.createdAt = this.updatedAt = record.at;
    this.requestHash = record.hash;
    this.lockedUnits = this.initialLockUnits = BigInt(record.lock);
    this.openLots = record.lots;
  }

  get owner(): number {
    return this.account.id;
  }

  get isOpen(): boolean {
    return this.status === 'NEW' || this.status === 'PARTIALLY_FILLED';
  }

  get lockedAsset(): string {
    return this.side === 'BUY' ? this.spec.definition.quoteAsset : this.spec.definition.baseAsset;
  }

  get receivedAsset(): string {
    return this.side === 'BUY' ? this.spec.definition.baseAsset : this.spec.definition.quoteAsset;
  }
}
