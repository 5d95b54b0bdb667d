import { type BookOrder, type Level, type Side } from '../matching/book.js';
import type { SelfTradeMode } from '../matching/match.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import type { Account } from './account.js';
import type { LedgerRecord, OrderStatus, OrderType, TimeInForce } from './records.js';

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
