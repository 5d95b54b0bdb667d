import type { BookOrder, Level, Side } from '../../matching/book.js';
import type { SelfTradeMode } from '../../matching/match.js';
import type { SymbolSpec } from '../../matching/symbol-spec.js';
import type { FuturesAccount } from './futures-account.js';
import type {
  FuturesOrderStatus,
  FuturesOrderType,
  FuturesRecordOf,
  FuturesTimeInForce,
  PositionSide,
} from './records.js';

export interface FuturesFill {
  readonly tradeId: number;
  readonly ticks: number;
  readonly lots: number;
  readonly isMaker: boolean;
  readonly feeUnits: bigint;
  readonly realisedUnits: bigint;
  readonly at: number;
}

export interface Amendment {
  readonly id: number;
  readonly at: number;
  readonly ticksBefore: number;
  readonly ticksAfter: number;
  readonly lotsBefore: number;
  readonly lotsAfter: number;
}

/** A USD-M order, for as long as the exchange remembers it. */
export class FuturesOrder implements BookOrder {
  readonly id: number;
  readonly clientOrderId: string;
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly type: FuturesOrderType;
  readonly timeInForce: FuturesTimeInForce;
  readonly reduceOnly: boolean;
  readonly goodTill: number;
  /** An amendment ends self-trade prevention of the order, as the vendor says. */
  selfTrade: SelfTradeMode;
  readonly liquidation: boolean;
  readonly createdAt: number;
  readonly requestHash: string;
  readonly fills: FuturesFill[] = [];
  readonly amendments: Amendment[] = [];
  /** Orders of a level queue by it: the arrival, or the last change that cost the place. */
  rank: number;
  /** Change when the order is amended; lots also when it is trimmed. */
  ticks: number;
  lots: number;
  status: FuturesOrderStatus = 'NEW';
  filledLots = 0;
  quoteFilled = 0n;
  updatedAt: number;

  openLots: number;
  level: Level | null = null;
  before: BookOrder | null = null;
  after: BookOrder | null = null;

  constructor(
    readonly account: FuturesAccount,
    readonly spec: SymbolSpec,
    record: FuturesRecordOf<'usdm.order'>,
    rank: number,
  ) {
    this.rank = rank;
    this.id = record.id;
    this.clientOrderId = record.cid;
    this.side = record.side;
    this.positionSide = record.positionSide;
    this.type = record.type;
    this.timeInForce = record.tif;
    this.ticks = record.ticks;
    this.lots = this.openLots = record.lots;
    this.reduceOnly = record.reduceOnly;
    this.goodTill = record.goodTill;
    this.selfTrade = record.stp;
    this.liquidation = record.liquidation;
    this.createdAt = this.updatedAt = record.at;
    this.requestHash = record.hash;
  }

  get owner(): number {
    return this.account.id;
  }

  get isOpen(): boolean {
    return this.status === 'NEW' || this.status === 'PARTIALLY_FILLED';
  }

  /** Whether nobody chose its price: it trades at once or not at all. */
  get isMarket(): boolean {
    return this.type === 'MARKET';
  }

  get leftLots(): number {
    return this.lots - this.filledLots;
  }

  /** Whether it may only make its position smaller: asked for, or because it sells a long or buys a short of hedge mode. */
  get onlyReduces(): boolean {
    return this.reduceOnly || (this.positionSide !== 'BOTH' && !opens(this.positionSide, this.side));
  }

  /** What of the order still claims margin, at its limit price; market orders never wait. */
  get claimUnits(): bigint {
    if (this.onlyReduces || this.isMarket || !this.isOpen) return 0n;
    return this.spec.notional(this.ticks, this.leftLots);
  }
}

/** Whether an order of this side opens that position of hedge mode. */
export function opens(positionSide: PositionSide, side: Side): boolean {
  return positionSide === 'LONG' ? side === 'BUY' : side === 'SELL';
}
