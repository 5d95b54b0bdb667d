import type { SymbolSpec } from '../../matching/symbol-spec.js';
import { DEFAULT_LEVERAGE } from './brackets.js';
import type { FuturesOrder } from './futures-order.js';
import { Position } from './position.js';
import type { PositionSide } from './records.js';

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
  readonly #byClientId = new Map<string, FuturesOrder>();

  constructor(readonly id: number) {}

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
    this.openOrders.set(order.id, order);
    if (order.onlyReduces) this.openReducers.add(order);
    this.#byClientId.set(`${order.spec.symbol} ${order.clientOrderId}`, order);
  }

  /** The order is not open any more. */
  ended(order: FuturesOrder): void {
    this.openOrders.delete(order.id);
    this.openReducers.delete(order);
  }

  /** The latest order under this client id; an open one is always the latest. */
  orderByClientId(symbol: string, clientOrderId: string): FuturesOrder | undefined {
    return this.#byClientId.get(`${symbol} ${clientOrderId}`);
  }
}
