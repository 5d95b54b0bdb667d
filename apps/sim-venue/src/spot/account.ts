import type { BookOrder, Level, Side } from '../matching/book.js';
import type { SelfTradeMode } from '../matching/match.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import { ClientIds } from '../floor/client-ids.js';
import type { Customer } from '../accounts/customer.js';
import type { PreventedMatch } from './prevented-match.js';
import type { LedgerRecord, OrderStatus, OrderType, TimeInForce } from './records.js';
import { Timeline } from './timeline.js';

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
  readonly #byClientId = new ClientIds<Order>();
  readonly #histories = new Map<SymbolSpec, SymbolHistory>();

  /** @param ledgerOrders all orders of the ledger that this account is part of, by id */
  constructor(
    readonly customer: Customer,
    private readonly ledgerOrders: ReadonlyMap<number, Order>,
  ) {
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
    this.#byClientId.add(order.spec.symbol, order.clientOrderId, order);
    const history = this.history(order.spec);
    history.orders.add(order);
    history.open += 1;
  }

  /** The order is not open any more. */
  retire(order: Order): void {
    if (this.openOrders.delete(order.id)) this.history(order.spec).open -= 1;
  }

  /** The order goes by another client id from now on, and by the old one no more. */
  rename(order: Order, clientOrderId: string): void {
    const { symbol } = order.spec;
    this.#byClientId.remove(symbol, order.clientOrderId, order);
    order.clientOrderId = clientOrderId;
    this.#byClientId.add(symbol, clientOrderId, order);
  }

  history(spec: SymbolSpec): SymbolHistory {
    let history = this.#histories.get(spec);
    if (history === undefined) this.#histories.set(spec, (history = new SymbolHistory()));
    return history;
  }

  /** The order with this number, if it is this account's and of this symbol. */
  orderById(spec: SymbolSpec, id: number): Order | undefined {
    const order = this.ledgerOrders.get(id);
    return order?.account === this && order.spec === spec ? order : undefined;
  }

  /** The latest open order under this client id, else the latest one that had it. */
  orderByClientId(symbol: string, clientOrderId: string): Order | undefined {
    return this.#byClientId.find(symbol, clientOrderId);
  }
}

/** A fill with its order. */
export type OwnTrade = readonly [order: Order, fill: Fill];

/** What an account did in one symbol. */
export class SymbolHistory {
  readonly orders = new Timeline<Order>(
    (order) => order.id,
    (order) => order.createdAt,
  );
  readonly trades = new Timeline<OwnTrade>(
    ([, fill]) => fill.tradeId,
    ([, fill]) => fill.at,
  );
  readonly prevented = new Timeline<PreventedMatch>(
    (match) => match.id,
    (match) => match.at,
  );
  /** How many of the orders are open. */
  open = 0;
}

export interface Fill {
  readonly tradeId: number;
  readonly ticks: number;
  readonly lots: number;
  readonly isMaker: boolean;
  readonly feeUnits: bigint;
  readonly feeAsset: string;
  readonly at: number;
  /** Place among all facts of the ledger. */
  readonly seq: number;
  /** Beyond the quantity of the order. */
  readonly isOver: boolean;
}

/** A trade that the exchange took back. */
export interface BustedFill {
  readonly fill: Fill;
  readonly at: number;
  /** Place among all facts of the ledger. */
  readonly seq: number;
}

/** A reduction of an order's quantity. */
export interface Amendment {
  readonly executionId: number;
  readonly fromLots: number;
  readonly toLots: number;
  readonly fromClientOrderId: string;
  readonly toClientOrderId: string;
  readonly at: number;
  /** Place among all facts of the ledger. */
  readonly seq: number;
}

const NONE: readonly never[] = [];

/** An order of an account, for as long as the exchange remembers it. */
export class Order implements BookOrder {
  readonly id: number;
  clientOrderId: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly ticks: number;
  /** As placed, less what amendments took off. */
  lots: number;
  /** 0 unless it is an iceberg. */
  readonly sliceLots: number;
  readonly quoteOrderUnits: bigint;
  readonly selfTrade: SelfTradeMode;
  readonly strategyId: number | null;
  readonly strategyType: number | null;
  readonly createdAt: number;
  readonly requestHash: string;
  /** What stands; trades that were taken back are among `busted`. */
  readonly fills: Fill[] = [];
  busted: readonly BustedFill[] = NONE;
  amendments: readonly Amendment[] = NONE;
  /** As maker or as taker. */
  preventedMatches: readonly PreventedMatch[] = NONE;
  /** What self-trade prevention took; 0 when nothing. */
  preventedLots = 0;
  status: OrderStatus = 'NEW';
  filledLots = 0;
  /** Of the lots filled, those beyond its quantity. */
  overLots = 0;
  /** Lots that traded and were taken back; nobody trades them again. */
  bustedLots = 0;
  /** Of the lots filled, those that it made. */
  madeLots = 0;
  quoteFilled = 0n;
  /** What of the account's balance this order still holds back: quote when buying, base when selling. */
  lockedUnits: bigint;
  readonly initialLockUnits: bigint;
  updatedAt: number;
  cancelClientOrderId: string | null = null;
  /** Place of its first fact, and of its last, among all facts of the ledger. */
  readonly seq: number;
  closedSeq = 0;
  /** Place of the fact since which it has its place in the queue. */
  queuedSeq: number;

  openLots: number;
  hiddenLots = 0;
  level: Level | null = null;
  before: BookOrder | null = null;
  after: BookOrder | null = null;

  constructor(
    readonly account: Account,
    readonly spec: SymbolSpec,
    record: Extract<LedgerRecord, { k: 'order' }>,
    seq: number,
  ) {
    this.id = record.id;
    this.clientOrderId = record.cid;
    this.side = record.side;
    this.type = record.type;
    this.timeInForce = record.tif;
    this.ticks = record.ticks;
    this.lots = record.lots;
    this.sliceLots = record.iceberg ?? 0;
    this.quoteOrderUnits = BigInt(record.quote);
    this.selfTrade = record.stp;
    this.strategyId = record.strategyId ?? null;
    this.strategyType = record.strategyType ?? null;
    this.createdAt = this.updatedAt = record.at;
    this.requestHash = record.hash;
    this.lockedUnits = this.initialLockUnits = BigInt(record.lock);
    this.openLots = record.lots;
    this.seq = this.queuedSeq = seq;
  }

  get owner(): number {
    return this.account.id;
  }

  get isOpen(): boolean {
    return this.status === 'NEW' || this.status === 'PARTIALLY_FILLED';
  }

  /** What of its quantity has traded, whether it was taken back later or not. */
  get tradedLots(): number {
    return this.filledLots - this.overLots + this.bustedLots;
  }

  /** What is neither filled nor given up; an iceberg's reserve included. */
  get remainingLots(): number {
    return this.lots - this.tradedLots - this.preventedLots;
  }

  /** Lots that trades took from the slice which an iceberg shows now. */
  get takenFromSlice(): number {
    return this.sliceLots === 0 ? 0 : this.madeLots % this.sliceLots;
  }

  get lockedAsset(): string {
    return this.side === 'BUY' ? this.spec.definition.quoteAsset : this.spec.definition.baseAsset;
  }

  get receivedAsset(): string {
    return this.side === 'BUY' ? this.spec.definition.baseAsset : this.spec.definition.quoteAsset;
  }
}
