import { ClientIds } from '../../floor/client-ids.js';
import type { BookOrder, Level, Side } from '../../matching/book.js';
import type { SelfTradeMode } from '../../matching/match.js';
import type { SymbolSpec } from '../../matching/symbol-spec.js';
import { DEFAULT_LEVERAGE } from './brackets.js';
import { Position } from './position.js';
import type {
  FuturesOrderStatus,
  FuturesOrderType,
  FuturesRecordOf,
  FuturesTimeInForce,
  PositionSide,
} from './records.js';

export type IncomeType = 'TRANSFER' | 'REALIZED_PNL' | 'COMMISSION' | 'FUNDING_FEE' | 'INSURANCE_CLEAR';

/** One line of the vendor's income history. */
export interface Income {
  readonly id: number;
  readonly symbol: string;
  readonly type: IncomeType;
  readonly units: bigint;
  readonly at: number;
  /** Of the trade it came from, or empty. */
  readonly tradeId: string;
}

export interface SymbolSettings {
  leverage: number;
  isolated: boolean;
}

/** What one customer has at the USD-M product. The number is that of the customer. */
export class FuturesAccount {
  /** Hedge mode: long and short of a symbol stand beside each other. */
  dual = false;
  /**
   * USDT that no isolated position holds. Below 0 only while crossed positions are open, whose unrealised profit may
   * still cover it.
   */
  walletUnits = 0n;
  transferredUnits = 0n;
  /** Losses, commission and funding it ever paid or owed, and what the insurance account paid of them. */
  lostUnits = 0n;
  insuredUnits = 0n;
  updatedAt = 0;
  readonly positions = new Map<string, Position>();
  readonly settings = new Map<string, SymbolSettings>();
  readonly incomes: Income[] = [];
  /** When all open orders of a symbol are to be cancelled. */
  readonly countdowns = new Map<string, number>();
  /** By arrival. */
  readonly orders: FuturesOrder[] = [];
  readonly openOrders = new Map<number, FuturesOrder>();
  /** Those of them that may only make a position smaller. */
  readonly openReducers = new Set<FuturesOrder>();
  readonly #byClientId = new ClientIds<FuturesOrder>();
  readonly #byId = new Map<number, FuturesOrder>();

  constructor(readonly id: number) {}

  /** Money, modes and positions of this account without its orders, to try something on. */
  copy(): FuturesAccount {
    const copy = new FuturesAccount(this.id);
    copy.dual = this.dual;
    copy.walletUnits = this.walletUnits;
    for (const [symbol, settings] of this.settings) copy.settings.set(symbol, settings);
    for (const [key, position] of this.positions) copy.positions.set(key, position.copy());
    return copy;
  }

  /** The position of a symbol, made when asked for the first time. */
  position(spec: SymbolSpec, side: PositionSide): Position {
    const key = `${spec.symbol} ${side}`;
    let position = this.positions.get(key);
    if (position === undefined) this.positions.set(key, (position = new Position(spec, side)));
    return position;
  }

  /** Positions of one symbol that exist, open or not. */
  positionsOf(symbol: string): Position[] {
    return (['BOTH', 'LONG', 'SHORT'] as const)
      .map((side) => this.positions.get(`${symbol} ${side}`))
      .filter((position) => position !== undefined);
  }

  openPositions(): Position[] {
    return [...this.positions.values()].filter(({ isOpen }) => isOpen);
  }

  settingsOf(symbol: string): SymbolSettings {
    return this.settings.get(symbol) ?? { leverage: DEFAULT_LEVERAGE, isolated: false };
  }

  isIsolated(position: Position): boolean {
    return this.settingsOf(position.spec.symbol).isolated;
  }

  /** Wallet with all isolated margin: what the vendor calls wallet balance. */
  get totalUnits(): bigint {
    return [...this.positions.values()].reduce((sum, { isolatedUnits }) => sum + isolatedUnits, this.walletUnits);
  }

  remember(order: FuturesOrder): void {
    this.orders.push(order);
    this.#byId.set(order.id, order);
    this.openOrders.set(order.id, order);
    if (order.onlyReduces) this.openReducers.add(order);
    this.#byClientId.add(order.spec.symbol, order.clientOrderId, order);
  }

  orderById(id: number): FuturesOrder | undefined {
    return this.#byId.get(id);
  }

  /** The order is not open any more. */
  ended(order: FuturesOrder): void {
    this.openOrders.delete(order.id);
    this.openReducers.delete(order);
  }

  /** The latest open order under this client id, else the latest one that had it. */
  orderByClientId(symbol: string, clientOrderId: string): FuturesOrder | undefined {
    return this.#byClientId.find(symbol, clientOrderId);
  }
}

export interface FuturesFill {
  readonly tradeId: number;
  readonly ticks: number;
  readonly lots: number;
  readonly isMaker: boolean;
  readonly feeUnits: bigint;
  readonly realisedUnits: bigint;
  readonly at: number;
  /** Beyond the quantity of the order. */
  readonly isOver: boolean;
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
  /** Of the lots filled, those beyond its quantity. */
  overLots = 0;
  /** Lots that traded and were taken back; nobody trades them again. */
  bustedLots = 0;
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

  /** What of its quantity has traded, whether it was taken back later or not. */
  get tradedLots(): number {
    return this.filledLots - this.overLots + this.bustedLots;
  }

  get leftLots(): number {
    return this.lots - this.tradedLots;
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
