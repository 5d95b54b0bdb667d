import type { SymbolSpec } from '../matching/symbol-spec.js';
import type { Customers } from '../accounts/customers.js';
import { higherMarks, type IdMarks } from '../floor/symbol-market.js';
import { Account, Order, type Amendment, type Fill } from './account.js';
import type { PreventedMatch } from './prevented-match.js';
import type { LedgerRecord } from './records.js';

export interface FeeRates {
  readonly makerBps: number;
  readonly takerBps: number;
}

/**
 * Accounts, orders and money, as the fold of {@link LedgerRecord}s. `clearing` is what the market itself (synthetic or
 * scripted) gained from the accounts: a trade between two accounts leaves it at zero.
 */
export class Ledger {
  readonly accounts = new Map<number, Account>();
  readonly orders = new Map<number, Order>();
  readonly deposited = new Map<string, bigint>();
  readonly fees = new Map<string, bigint>();
  readonly clearing = new Map<string, bigint>();
  readonly ids = new Map<string, IdMarks>();
  /** The highest id of a prevented match that was given out, per symbol. */
  readonly preventedIds = new Map<string, number>();
  lastOrderId = 0;
  lastExecutionId = 0;
  #seq = 0;

  /** @param mayOwe orders may lock what is not there: of a view that leaves out trades which paid for them */
  constructor(
    private readonly customers: Customers,
    private readonly symbols: ReadonlyMap<string, SymbolSpec>,
    readonly feeRates: FeeRates,
    private readonly mayOwe = false,
  ) {}

  /** How many facts it was made of; no execution was reported without one. */
  get facts(): number {
    return this.#seq;
  }

  /** @throws Error when the record contradicts what is known: that is a bug, or a journal of other symbols. */
  apply(record: LedgerRecord): void {
    this.#seq += 1;
    switch (record.k) {
      case 'deposit':
        return this.#deposit(record);
      case 'order':
        return this.#openOrder(record);
      case 'fill':
        return this.#fill(record);
      case 'bust':
        return this.#bust(record);
      case 'close':
        return this.#close(record);
      case 'amend':
        return this.#amend(record);
      case 'prevented':
        return this.#prevent(record);
      case 'marks':
        this.lastOrderId = Math.max(this.lastOrderId, record.order);
        this.lastExecutionId = Math.max(this.lastExecutionId, record.execution);
        for (const [symbol, id] of Object.entries(record.prevented)) this.#notePrevented(symbol, id);
        return;
      case 'ids':
        this.ids.set(record.symbol, higherMarks(this.ids.get(record.symbol), record));
        return;
      default:
        throw new Error(`Unknown ledger record ${JSON.stringify(record satisfies never)}`);
    }
  }

  /** The wallet of a customer; it opens empty. @throws Error when there is no such customer: a bug */
  account(id: number): Account {
    let account = this.accounts.get(id);
    if (account !== undefined) return account;
    const customer = this.customers.byId.get(id);
    if (customer === undefined) throw new Error(`Account ${id} does not exist`);
    account = new Account(customer, this.orders);
    this.accounts.set(id, account);
    return account;
  }

  /** Commission in the received asset, rounded down to the unit. */
  feeFor(order: Order, ticks: number, lots: number, isMaker: boolean): bigint {
    const received = order.side === 'BUY' ? order.spec.baseUnits(lots) : order.spec.notional(ticks, lots);
    return (received * BigInt(isMaker ? this.feeRates.makerBps : this.feeRates.takerBps)) / 10_000n;
  }

  /** @throws Error when money was made or lost, an amount is negative, or locks are not the sum over open orders. */
  assertInvariants(): void {
    const sums = new Map<string, bigint>();
    for (const account of this.accounts.values()) {
      const locks = new Map<string, bigint>();
      for (const order of account.openOrders.values()) add(locks, order.lockedAsset, order.lockedUnits);
      for (const [asset, { free, locked }] of account.balances) {
        if (free < 0n || locked < 0n)
          throw new Error(`${account.name} ${asset} is negative: ${free} free, ${locked} locked`);
        if (locked !== (locks.get(asset) ?? 0n))
          throw new Error(`${account.name} ${asset} locked must be ${locks.get(asset) ?? 0n}, was ${locked}`);
        add(sums, asset, free + locked);
      }
    }
    for (const [asset, amount] of [...this.fees, ...this.clearing]) add(sums, asset, amount);
    for (const [asset, sum] of sums)
      if (sum !== (this.deposited.get(asset) ?? 0n))
        throw new Error(`${asset} must sum to the deposits ${this.deposited.get(asset) ?? 0n}, sums to ${sum}`);
  }

  #deposit(record: Extract<LedgerRecord, { k: 'deposit' }>): void {
    const account = this.account(record.account);
    account.balance(record.asset).free += BigInt(record.units);
    account.updatedAt = record.at;
    add(account.deposits, record.asset, BigInt(record.units));
    add(this.deposited, record.asset, BigInt(record.units));
  }

  #openOrder(record: Extract<LedgerRecord, { k: 'order' }>): void {
    const spec = this.symbols.get(record.symbol);
    if (spec === undefined)
      throw new Error(`Order ${record.id} is for ${record.symbol}, which this venue does not list`);
    if (this.orders.has(record.id)) throw new Error(`Order ${record.id} exists already`);
    const order = new Order(this.account(record.account), spec, record, this.#seq);
    const balance = order.account.balance(order.lockedAsset);
    if (order.lockedUnits < 0n || (!this.mayOwe && balance.free < order.lockedUnits))
      throw new Error(`Order ${order.id} must lock at most the ${balance.free} free, locks ${order.lockedUnits}`);
    balance.free -= order.lockedUnits;
    balance.locked += order.lockedUnits;
    order.account.remember(order);
    order.account.updatedAt = record.at;
    this.orders.set(order.id, order);
    this.lastOrderId = Math.max(this.lastOrderId, order.id);
  }

  #fill(record: Extract<LedgerRecord, { k: 'fill' }>): void {
    const order = this.#order(record.order);
    const { spec, account } = order;
    const feeUnits = BigInt(record.fee);
    const isOver = record.over === true;
    const { cost, paid, received } = amountsOf(order, record);
    // A buy held back its own limit price; trading below it frees the difference at once.
    const atLimit = order.side === 'BUY' && order.type !== 'MARKET' ? spec.notional(order.ticks, record.lots) : paid;
    // Nothing was held back for lots beyond the quantity.
    const held = isOver ? 0n : atLimit;
    const pays = account.balance(order.lockedAsset);
    pays.locked -= held;
    pays.free += held - paid;
    order.lockedUnits -= held;
    account.balance(order.receivedAsset).free += received - feeUnits;
    add(this.fees, order.receivedAsset, feeUnits);
    add(this.clearing, order.lockedAsset, paid);
    add(this.clearing, order.receivedAsset, -received);

    const fill: Fill = {
      tradeId: record.trade,
      ticks: record.ticks,
      lots: record.lots,
      isMaker: record.maker,
      feeUnits,
      feeAsset: order.receivedAsset,
      at: record.at,
      seq: this.#seq,
      isOver,
    };
    order.fills.push(fill);
    account.history(spec).trades.add([order, fill]);
    order.filledLots += record.lots;
    if (isOver) order.overLots += record.lots;
    else if (record.maker) order.madeLots += record.lots;
    // A refilled iceberg stands at the back of its level.
    if (order.sliceLots > 0 && order.takenFromSlice === 0) order.queuedSeq = this.#seq;
    order.quoteFilled += cost;
    order.updatedAt = account.updatedAt = record.at;
    if (order.tradedLots > order.lots)
      throw new Error(`Order ${order.id} overfilled: ${order.tradedLots} of ${order.lots}`);
    if (!isOver) this.#settle(order);
  }

  #bust(record: Extract<LedgerRecord, { k: 'bust' }>): void {
    const order = this.#order(record.order);
    const { account, spec } = order;
    const at = order.fills.findIndex(({ tradeId }) => tradeId === record.trade);
    const [fill] = at === -1 ? [] : order.fills.splice(at, 1);
    if (fill === undefined) throw new Error(`Order ${order.id} has no trade ${record.trade} to take back`);
    const { cost, paid, received } = amountsOf(order, fill);
    account.balance(order.lockedAsset).free += paid;
    account.balance(order.receivedAsset).free -= received - fill.feeUnits;
    add(this.fees, order.receivedAsset, -fill.feeUnits);
    add(this.clearing, order.lockedAsset, -paid);
    add(this.clearing, order.receivedAsset, received);

    order.busted = [...order.busted, { fill, at: record.at, seq: this.#seq }];
    account.history(spec).trades.remove(([, other]) => other === fill);
    order.filledLots -= fill.lots;
    if (fill.isOver) order.overLots -= fill.lots;
    else order.bustedLots += fill.lots;
    order.quoteFilled -= cost;
    order.updatedAt = account.updatedAt = record.at;
    if (order.isOpen) this.#settle(order);
    else if (order.status === 'FILLED') order.status = 'CANCELED';
  }

  /** Gives an open order the status that its trades make. */
  #settle(order: Order): void {
    if (order.tradedLots < order.lots) {
      order.status = order.filledLots === 0 ? 'NEW' : 'PARTIALLY_FILLED';
      return;
    }
    order.status = order.bustedLots === 0 ? 'FILLED' : 'CANCELED';
    this.#release(order);
  }

  #close(record: Extract<LedgerRecord, { k: 'close' }>): void {
    const order = this.#order(record.order);
    if (!order.isOpen) throw new Error(`Order ${order.id} must be open to be closed, was ${order.status}`);
    order.status = record.status;
    order.updatedAt = order.account.updatedAt = record.at;
    order.cancelClientOrderId = record.cancelId ?? null;
    order.closedSeq = this.#seq;
    this.#release(order);
  }

  #amend(record: Extract<LedgerRecord, { k: 'amend' }>): void {
    const order = this.#order(record.order);
    if (!order.isOpen || record.lots >= order.lots || record.lots < order.tradedLots)
      throw new Error(`Order ${order.id} of ${order.lots} lots must be open to be amended to ${record.lots}`);
    const lots = order.lots - record.lots;
    const given = order.side === 'BUY' ? order.spec.notional(order.ticks, lots) : order.spec.baseUnits(lots);
    const balance = order.account.balance(order.lockedAsset);
    balance.locked -= given;
    balance.free += given;
    order.lockedUnits -= given;
    const amendment: Amendment = {
      executionId: record.exec,
      fromLots: order.lots,
      toLots: record.lots,
      fromClientOrderId: order.clientOrderId,
      toClientOrderId: record.cid,
      at: record.at,
      seq: this.#seq,
    };
    order.amendments = [...order.amendments, amendment];
    order.account.rename(order, record.cid);
    order.lots = record.lots;
    order.updatedAt = order.account.updatedAt = record.at;
    this.lastExecutionId = Math.max(this.lastExecutionId, record.exec);
    if (order.tradedLots === order.lots) this.#settle(order);
  }

  #prevent(record: Extract<LedgerRecord, { k: 'prevented' }>): void {
    const [maker, taker] = [this.#order(record.maker), this.#order(record.taker)];
    const match: PreventedMatch = {
      id: record.id,
      makerOrderId: record.maker,
      takerOrderId: record.taker,
      mode: record.stp,
      ticks: record.ticks,
      makerLots: record.makerLots ?? null,
      takerLots: record.takerLots ?? null,
      at: record.at,
      seq: this.#seq,
    };
    maker.preventedMatches = [...maker.preventedMatches, match];
    taker.preventedMatches = [...taker.preventedMatches, match];
    maker.preventedLots += match.makerLots ?? 0;
    taker.preventedLots += match.takerLots ?? 0;
    maker.account.history(maker.spec).prevented.add(match);
    this.#notePrevented(maker.spec.symbol, match.id);
  }

  #notePrevented(symbol: string, id: number): void {
    this.preventedIds.set(symbol, Math.max(this.preventedIds.get(symbol) ?? 0, id));
  }

  #release(order: Order): void {
    const balance = order.account.balance(order.lockedAsset);
    balance.locked -= order.lockedUnits;
    balance.free += order.lockedUnits;
    order.lockedUnits = 0n;
    order.account.retire(order);
  }

  #order(id: number): Order {
    const order = this.orders.get(id);
    if (order === undefined) throw new Error(`Order ${id} does not exist`);
    return order;
  }
}

/** What a trade costs in quote, and what its order pays for it and receives before the fee. */
export function amountsOf(
  { side, spec }: Order,
  { ticks, lots }: { readonly ticks: number; readonly lots: number },
): { cost: bigint; paid: bigint; received: bigint } {
  const cost = spec.notional(ticks, lots);
  const goods = spec.baseUnits(lots);
  return side === 'BUY' ? { cost, paid: cost, received: goods } : { cost, paid: goods, received: cost };
}

function add(sums: Map<string, bigint>, asset: string, amount: bigint): void {
  sums.set(asset, (sums.get(asset) ?? 0n) + amount);
}
