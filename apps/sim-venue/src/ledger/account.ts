import type { KeyRestrictions, LedgerRecord } from './records.js';
import type { Order } from './order.js';

export interface Balance {
  free: bigint;
  locked: bigint;
}

export const DEFAULT_RESTRICTIONS: KeyRestrictions = {
  ipRestrict: true,
  enableReading: true,
  enableSpotAndMarginTrading: true,
  enableFutures: false,
  enableWithdrawals: false,
};

/** One customer of the exchange, with one key. */
export class Account {
  readonly id: number;
  readonly name: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly permissions: readonly string[];
  readonly createdAt: number;
  restrictions: KeyRestrictions;
  updatedAt: number;
  readonly balances = new Map<string, Balance>();
  readonly deposits = new Map<string, bigint>();
  /** By arrival. */
  readonly orders: Order[] = [];
  readonly openOrders = new Map<number, Order>();
  /** Latest order under a client id, per symbol. */
  readonly #byClientId = new Map<string, Order>();

  constructor(record: Extract<LedgerRecord, { k: 'account' }>) {
    this.id = record.id;
    this.name = record.name;
    this.apiKey = record.apiKey;
    this.apiSecret = record.apiSecret;
    this.permissions = record.permissions;
    this.restrictions = record.restrictions;
    this.createdAt = this.updatedAt = record.at;
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
